"""Matching of HR, LR and ready SR files by their names."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from keras_dgggan.errors import DataError, UsageError
from keras_dgggan.images.folders import image_files

# img_001_SRF_4_HR, baby_LRBI_x4, baby_LR
_TAGGED = re.compile(
    r"(?P<name>.+?)(?:[_-]SRF[_-](?P<srf>\d+))?[_-](?P<kind>HR|GT|LR|LRBI)(?:[_-]?x(?P<x>\d+))?",
    re.IGNORECASE,
)


def images_in(folder: Path) -> dict[str, Path]:
    """Image files of a folder by stem, sorted.

    Raises:
        DataError: Two files differ in their ending alone.
    """
    files: dict[str, Path] = {}
    for path in image_files(folder):
        if path.stem in files:
            raise DataError(f"two images by one name: {str(files[path.stem])!r} and {path.name!r}")
        files[path.stem] = path
    return files


def matching(hr_files: dict[str, Path], folder: Path, suffix: str) -> dict[str, Path]:
    """The file in `folder` for each HR image: named alike, or with `suffix` (a pattern) behind.

    Raises:
        DataError: A line for each HR image without one, or with several.
    """
    files = images_in(folder)
    return only_ones(
        {
            name: [files[name]]
            if name in files
            else [p for s, p in files.items() if re.fullmatch(re.escape(name) + f"(?:{suffix})", s)]
            for name in hr_files
        },
        folder,
    )


class _Tag(NamedTuple):
    """What a file's name says: img_001_SRF_4_HR is the HR of img_001 at scale 4."""

    name: str
    is_hr: bool
    scale: int | None


class FilesOfFolder(NamedTuple):
    """The images of one folder: HR by the image's name, LR by the file's, and all others."""

    hr: dict[str, Path]
    lr: dict[str, Path]
    rest: list[Path]


def _tag(stem: str) -> _Tag | None:
    match = _TAGGED.fullmatch(stem)
    if match is None:
        return None
    scale = match["srf"] or match["x"]
    return _Tag(match["name"], match["kind"].upper() in ("HR", "GT"), int(scale) if scale else None)


def files_of(folder: Path, scale: int) -> FilesOfFolder:
    """Sort the images of a folder that may hold HR and LR, of several scales.

    Raises:
        UsageError: All are LR, or of other scales, by their names.
        DataError: Two files differ in their ending alone.
    """
    files = images_in(folder)
    tags = {stem: tag for stem in files if (tag := _tag(stem)) is not None}
    others = sorted({tag.scale for tag in tags.values() if tag.scale not in (None, scale)})
    if len(tags) == len(files) and all(tag.scale in others for tag in tags.values()) and tags:
        raise UsageError(
            f"the images in '{folder}' are of scale {', '.join(map(str, others))} by their "
            f"names, and {scale} is wanted: give --scale or another folder"
        )
    fitting = {stem: tag for stem, tag in tags.items() if tag.scale in (None, scale)}
    hr = {tag.name: files[stem] for stem, tag in fitting.items() if tag.is_hr}
    lr = {stem: files[stem] for stem, tag in fitting.items() if not tag.is_hr}
    plain = {stem: path for stem, path in files.items() if stem not in tags}
    # Ready SR images may lie beside HR: img_001_SRF_4_bicubic. Where there is anything else, an
    # image that is called porsche_gt is one like the others.
    if not hr or not all(any(_continues(stem, name) for name in hr) for stem in plain):
        hr = {**plain, **{stem: files[stem] for stem, tag in fitting.items() if tag.is_hr}}
        # 0001x4 is the LR of 0001; a name like matrix4 is one of its own.
        beside = {s: p for s, p in plain.items() if s.removesuffix(f"x{scale}") in hr.keys() - {s}}
        lr |= beside
        hr = {name: path for name, path in hr.items() if name not in beside}
    if not hr:
        raise UsageError(
            f"the images in '{folder}' are LR by their names: give the folder of HR by "
            "--data, and this one by --lr"
        )
    known = {*hr.values(), *lr.values()}
    return FilesOfFolder(
        dict(sorted(hr.items())), lr, [p for p in files.values() if p not in known]
    )


def _continues(stem: str, name: str) -> bool:
    return stem.startswith(name) and not stem[len(name) :][:1].isalnum()


def by_image(
    hr_files: dict[str, Path], lr_files: dict[str, Path], scale: int
) -> tuple[dict[str, list[Path]], list[Path]]:
    """The LR files that may belong to each HR image, and those that belong to none."""
    found: dict[str, list[Path]] = {name: [] for name in hr_files}
    named_alike = {name: name for name in hr_files}
    named_alike |= {path.stem: name for name, path in hr_files.items()}
    rest = []
    for stem, path in lr_files.items():
        tag = _tag(stem)
        if stem in named_alike:
            # Whatever else could be, this is it.
            found[named_alike[stem]] = [path]
            continue
        if tag and not tag.is_hr and tag.scale in (None, scale):
            name = tag.name
        else:
            name = stem.removesuffix(f"x{scale}")
        if name not in found:
            rest.append(path)
        elif not any(other.stem in named_alike for other in found[name]):
            found[name].append(path)
    return found, rest


def only_ones(found: dict[str, list[Path]], folder: Path) -> dict[str, Path]:
    """The single file of each image.

    Raises:
        DataError: A line for each image without one, or with several.
    """
    problems = []
    for name, paths in found.items():
        if not paths:
            problems.append(f"{name}: nothing that belongs to it in '{folder}'")
        elif len(paths) > 1:
            names = ", ".join(path.stem for path in paths)
            problems.append(f"{name}: several in '{folder}': {names}")
    if problems:
        raise DataError("\n".join(problems))
    return {name: path for name, (path,) in found.items()}


def listed(paths: Iterable[Path], most: int = 5) -> str:
    """Names with commas; after some, how many more there are."""
    names = [path.name for path in paths]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
