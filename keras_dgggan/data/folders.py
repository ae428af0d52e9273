"""Sources on disk: folders of HR images, and LR/HR folders that belong together."""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_dgggan.data.source import FileSource, Sample, Source, decode_file, file_stamp
from keras_dgggan.errors import UsageError, quoted
from keras_dgggan.images.folders import image_files
from keras_dgggan.images.formats import READABLE_SUFFIXES

AnyPath = str | os.PathLike[str]

# 0001x4 as DIV2K names it, and 0001x4_s003, a sub-image cut from it.
_LR_NAME = re.compile(r"(?P<stem>.+)x[2-9](?P<part>_s\d+)?")


@dataclass(frozen=True, init=False)
class FolderSource(FileSource):
    """HR images in folders, of any mix of formats; LR images are made from them.

    Hidden files and files that are not named like an image are passed over. The order is that
    of the folders given and, in each, of the names.

    Args:
        paths: A folder or a file, or several.
        recursive: Take the images of sub-folders too.

    Raises:
        UsageError: A path does not exist, or there is no image.

    Examples:
        >>> from PIL import Image
        >>> Image.new("RGB", (64, 48)).save("beach.png")
        >>> source = FolderSource(".", recursive=True)
        >>> len(source), source.load(0).hr.shape
        (1, (48, 64, 3))
    """

    def __init__(self, paths: AnyPath | Iterable[AnyPath], *, recursive: bool = False) -> None:
        folders = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        files = find_images(folders, recursive=recursive)
        if not files:
            hint = "" if recursive else " (sub-folders are not looked into)"
            raise UsageError(
                f"No images in {quoted(folders)}{hint}: "
                f"files should end in {', '.join(sorted(READABLE_SUFFIXES))}."
            )
        object.__setattr__(self, "files", tuple(files))


@dataclass(frozen=True, init=False)
class PairsSource(Source):
    """LR images in one folder and their HR images in another.

    An LR image is called like its HR image, in any format, or has the scale added as in DIV2K:
    `0001x4.png` for `0001.png`, and `0001x4_s003.png` for `0001_s003.png`.

    Args:
        lr: The folder of LR images.
        hr: The folder of HR images.

    Raises:
        UsageError: A folder does not exist, or no file of one belongs to a file of the other.

    Examples:
        >>> from PIL import Image
        >>> os.mkdir("lr"), os.mkdir("hr")
        (None, None)
        >>> Image.new("RGB", (64, 48)).save("hr/0001.png")
        >>> Image.new("RGB", (16, 12)).save("lr/0001x4.png")
        >>> PairsSource(lr="lr", hr="hr").load(0).lr.shape
        (12, 16, 3)
    """

    files: tuple[tuple[Path, Path], ...]
    problems: tuple[str, ...]
    paired = True

    def __init__(self, *, lr: AnyPath, hr: AnyPath) -> None:
        hr_files = _grouped(find_images([hr], recursive=False), key=lambda path: path.stem)
        lr_files = _grouped(
            find_images([lr], recursive=False), key=lambda path: _hr_stem(path.stem, hr_files)
        )
        problems = [
            f"{quoted(paths, ' and ')} belong to one image: keep one."
            for files in (lr_files, hr_files)
            for paths in files.values()
            if len(paths) > 1
        ]
        for stem, paths in hr_files.items():
            if stem not in lr_files:
                problems.append(f"'{paths[0]}' has no LR image in '{lr}'.")
        for stem, paths in lr_files.items():
            if stem not in hr_files:
                problems.append(f"'{paths[0]}' has no HR image in '{hr}'.")
        files = tuple(
            (lr_files[stem][0], paths[0])
            for stem, paths in hr_files.items()
            if len(paths) == 1 and len(lr_files.get(stem, ())) == 1
        )
        if not files:
            raise UsageError(
                f"No image of '{lr}' belongs to one of '{hr}': an LR image is called like its "
                "HR image, or has x2, x3 or x4 added (0001x4.png for 0001.png)."
            )
        object.__setattr__(self, "files", files)
        object.__setattr__(self, "problems", tuple(problems))

    @property
    def names(self) -> Sequence[str]:  # type: ignore[override]
        return tuple(str(hr) for _, hr in self.files)

    def __len__(self) -> int:
        return len(self.files)

    def load(self, index: int) -> Sample:
        lr, hr = self.files[index]
        return Sample(name=str(hr), hr=decode_file(hr), lr=decode_file(lr))

    def stamp(self, index: int) -> str:
        return "|".join(map(file_stamp, self.files[index]))


def find_images(paths: Iterable[AnyPath], *, recursive: bool) -> list[Path]:
    """The image files among `paths` and in the folders among them, each once.

    Raises:
        UsageError: A path does not exist.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise UsageError(f"'{path}' does not exist: name a folder of images.")
        if path.is_dir():
            files = image_files(path, recursive=recursive)
            found.update((file, None) for file in files if not file.is_dir())
        else:
            found[path] = None
    return list(found)


def _grouped(paths: Iterable[Path], key: Callable[[Path], str]) -> dict[str, list[Path]]:
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        groups[key(path)].append(path)
    return dict(groups)


def _hr_stem(lr_stem: str, hr_files: Container[str]) -> str:
    """Name of the HR image that an LR image belongs to; its own, where such an HR image exists."""
    match = _LR_NAME.fullmatch(lr_stem)
    if lr_stem in hr_files or match is None:
        return lr_stem
    return match["stem"] + (match["part"] or "")
