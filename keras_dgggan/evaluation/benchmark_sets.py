"""Benchmark sets: where their HR and LR images are.

The layouts that are known, where 4 stands for the scale:

    Set5/baby.png                             HR alone
    Set5/HR/baby.png                          LR/baby.png, LR_bicubic/X4/babyx4.png, or none
    Set5/hr/baby.png                          lr/baby.png
    Set5/GTmod12/baby.png                     LRbicx4/baby.png
    DIV2K/DIV2K_train_HR/0001.png             DIV2K_train_LR_bicubic/X4/0001x4.png
    Set5/image_SRF_4/img_001_SRF_4_HR.png     img_001_SRF_4_LR.png in the same folder
    HR/Set5/x4/baby_HR_x4.png                 baby_LRBI_x4.png in the folder that --lr names
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_dgggan.errors import UsageError
from keras_dgggan.evaluation.degraded_lr import DegradedLR
from keras_dgggan.evaluation.image_pairs import by_image, files_of, images_in, listed, only_ones

_HR_FOLDER = re.compile(r"hr|gt|gtmod\d+|.+_hr", re.IGNORECASE)
# Folders that name no set: the folder above does.
_UNNAMED_FOLDER = re.compile(r"hr|gt|gtmod\d+|x\d+|image_srf_\d+", re.IGNORECASE)


@dataclass(frozen=True)
class BenchmarkImage:
    """An HR file, and the LR file that belongs to it where there are LR files."""

    name: str
    hr: Path
    lr: Path | None = None


@dataclass(frozen=True)
class BenchmarkSet:
    """A named folder of benchmark images.

    Attributes:
        name: The folder's name; of the folder above where it is called `HR`, `GTmod12` or alike.
        images: Sorted by name.
        lr_folder: Where the LR files are; None where LR is made from HR.
        degradation: How LR is made from HR; by the bicubic alone if None.
        notes: A sentence for each kind of file that was left out.
    """

    name: str
    images: tuple[BenchmarkImage, ...]
    lr_folder: Path | None = None
    degradation: DegradedLR | None = None
    notes: tuple[str, ...] = ()


def find_benchmark_set(
    folder: Path, scale: int, lr: str | None = None, degradation: DegradedLR | None = None
) -> BenchmarkSet:
    """Find the images of a benchmark set, in one of the layouts that this module names.

    Args:
        folder: HR images, perhaps with their LR images beside them; or the folder above.
        scale: HR size over LR size. Folders and files of LR carry it in their names.
        lr: A subfolder beside the HR folder, or any folder, that holds the LR images. By default
            the one that belongs to the layout, if it is there.
        degradation: Make LR from HR by it, whatever LR images there are.

    Raises:
        UsageError: There is no such folder, it holds no images, or more than one folder of HR; or
            `lr` and `degradation` are both given.
        DataError: Some HR images have no LR image or several, or LR images no HR image.

    Examples:
        >>> for file in (Path("Set5/HR/baby.png"), Path("Set5/LR_bicubic/X4/babyx4.png")):
        ...     file.parent.mkdir(parents=True)
        ...     file.touch()
        >>> found = find_benchmark_set(Path("Set5"), scale=4)
        >>> found.name, found.images[0].name, found.images[0].lr.name
        ('Set5', 'baby', 'babyx4.png')
    """
    if not folder.is_dir():
        raise UsageError(f"no folder '{folder}' of benchmark images")
    if lr is not None and degradation is not None:
        raise UsageError("LR is taken from a folder or made by a degradation: give one of the two")
    hr_folder = _hr_folder(folder, scale)
    files = files_of(hr_folder, scale)
    if degradation is not None:
        images = tuple(BenchmarkImage(name, hr) for name, hr in files.hr.items())
        return BenchmarkSet(_set_name(hr_folder), images, degradation=degradation)
    lr_folder = _named_lr_folder(hr_folder, lr, scale) if lr else _lr_folder(hr_folder, scale)
    if lr_folder is None:
        # They may lie beside HR.
        found, rest = by_image(files.hr, files.lr, scale)
        lr_folder = hr_folder if any(found.values()) else None
    else:
        found, rest = by_image(files.hr, images_in(lr_folder), scale)
    pairs = only_ones(found, lr_folder) if lr_folder else {}
    images = tuple(BenchmarkImage(name, hr, pairs.get(name)) for name, hr in files.hr.items())
    notes = []
    if rest:
        notes.append(f"LR images without HR, left out: {listed(rest)}")
    if files.rest:
        notes.append(
            f"by their names neither HR nor LR of x{scale}, left out: {listed(files.rest)}"
        )
    return BenchmarkSet(_set_name(hr_folder), images, lr_folder, notes=tuple(notes))


def check_names(names: Sequence[str], what: str) -> None:
    """Raise `UsageError` if a name is there twice: rows and folders go by it."""
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two {what} by the name {name!r}")


def _hr_folder(folder: Path, scale: int) -> Path:
    """The folder of HR images that `folder` is, or holds."""
    inside = _subfolders(folder)
    candidates = [path for path in inside if _HR_FOLDER.fullmatch(path.name)]
    candidates += [path for path in inside if path.name.lower() == f"image_srf_{scale}"]
    if len(candidates) > 1:
        candidates = [path for path in candidates if path.name == "HR"] or candidates
    if len(candidates) > 1:
        names = ", ".join(path.name for path in candidates)
        raise UsageError(
            f"several folders of HR images in '{folder}': give one of {names} by --data"
        )
    chosen = candidates[0] if candidates else folder
    if not images_in(chosen):
        chosen = next((p for p in _subfolders(chosen) if p.name.lower() == f"x{scale}"), chosen)
    if not images_in(chosen):
        there = f": there are the folders {listed(inside)}" if inside else ""
        hint = "; give the one of HR images by --data, and that of LR by --lr" if inside else ""
        raise UsageError(f"no images in '{chosen}'{there}{hint}")
    return chosen


def _lr_folder(hr_folder: Path, scale: int) -> Path | None:
    """The folder of LR images that belongs to a folder of HR by the layout, if it is there."""
    name = hr_folder.name.lower()
    if name == f"x{scale}":
        hr_folder = hr_folder.parent
        name = hr_folder.name.lower()
    if name in ("hr", "gt"):
        wanted = ["lr", f"lr_bicubic/x{scale}"]
    elif name.startswith("gtmod"):
        wanted = [f"lrbicx{scale}"]
    elif name.endswith("_hr"):
        wanted = [f"{name.removesuffix('_hr')}_lr_bicubic/x{scale}"]
    else:
        return None
    for path in wanted:
        found = hr_folder.parent
        for part in path.split("/"):
            below = [inside for inside in _subfolders(found) if inside.name.lower() == part]
            if not below:
                break
            found = below[0]
        else:
            return _of_scale(found, scale)
    return None


def _named_lr_folder(hr_folder: Path, lr: str, scale: int) -> Path:
    owner = hr_folder.parent if _UNNAMED_FOLDER.fullmatch(hr_folder.name) else hr_folder
    places = [owner / lr, hr_folder.parent / lr, Path(lr)]
    for folder in places:
        if folder.is_dir():
            return _of_scale(folder, scale)
    raise UsageError(f"no folder {lr!r} of LR images, neither in '{owner}' nor as a path")


def _of_scale(folder: Path, scale: int) -> Path:
    """The subfolder `x4` of a folder that holds a subfolder for each scale; else the folder."""
    if images_in(folder):
        return folder
    return next((p for p in _subfolders(folder) if p.name.lower() == f"x{scale}"), folder)


def _set_name(hr_folder: Path) -> str:
    hr_folder = hr_folder.resolve()
    while _UNNAMED_FOLDER.fullmatch(hr_folder.name) and hr_folder.parent.name:
        hr_folder = hr_folder.parent
    return hr_folder.name


def _subfolders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")


# The names that 0.1.0 had.
TestImage = BenchmarkImage
TestSet = BenchmarkSet
find_test_set = find_benchmark_set
