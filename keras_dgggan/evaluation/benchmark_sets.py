"""Which files belong together: HR, LR and ready SR images of test sets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_dgggan.errors import DataError, UsageError
from keras_dgggan.evaluation.degraded_lr import DegradedLR
from keras_dgggan.images.formats import READABLE_SUFFIXES


@dataclass(frozen=True)
class TestImage:
    """An HR file, and the LR file that belongs to it where there are LR files."""

    __test__ = False  # pytest collects classes by this name

    name: str
    hr: Path
    lr: Path | None = None


@dataclass(frozen=True)
class TestSet:
    """A named folder of test images.

    Attributes:
        name: The folder's name, of the folder above where it is `HR`.
        images: Sorted by name.
        lr_folder: Where the LR files are; None where LR is made from HR.
        degradation: How LR is made from HR; by the bicubic alone if None.
    """

    __test__ = False

    name: str
    images: tuple[TestImage, ...]
    lr_folder: Path | None = None
    degradation: DegradedLR | None = None


def find_test_set(
    folder: Path, scale: int, lr: str | None = None, degradation: DegradedLR | None = None
) -> TestSet:
    """Find the images of a test set.

    Args:
        folder: HR images; or a folder with the subfolder `HR`, and perhaps `LR`.
        scale: LR files may carry it in their name: `babyx4.png` belongs to `baby.png`.
        lr: A subfolder beside `HR`, or any folder, that holds the LR images. By default the
            subfolder `LR` if there is one.
        degradation: Make LR from HR by it, whatever LR images there are.

    Raises:
        UsageError: There is no such folder, or `lr` and `degradation` are both given.
        DataError: There is no image, or some HR images have no LR image.

    Example:
        >>> find_test_set(Path("data/Set5"), scale=4, lr="LR_bicubic_x4").name
        'Set5'
    """
    if not folder.is_dir():
        raise UsageError(f"no folder {str(folder)!r} of test images")
    if lr is not None and degradation is not None:
        raise UsageError("LR is taken from a folder or made by a degradation: give one of the two")
    hr_folder = folder / "HR" if (folder / "HR").is_dir() else folder
    owner = hr_folder.parent if hr_folder.name == "HR" else hr_folder
    has_lr = degradation is None and (hr_folder.name == "HR" or lr is not None)
    lr_folder = _lr_folder(owner, lr) if has_lr else None
    hr_files = images_in(hr_folder)
    if not hr_files:
        raise DataError(f"no images in {str(hr_folder)!r}")
    images = tuple(TestImage(name, path) for name, path in hr_files.items())
    if lr_folder is not None:
        pairs = matching(hr_files, lr_folder, rf"x{scale}")
        images = tuple(TestImage(name, path, pairs[name]) for name, path in hr_files.items())
    return TestSet(owner.resolve().name, images, lr_folder, degradation)


def matching(hr_files: dict[str, Path], folder: Path, suffix: str) -> dict[str, Path]:
    """The file in `folder` for each HR image: named alike, or with `suffix` (a pattern) behind.

    Raises:
        DataError: A line for each HR image without one, or with several.
    """
    files = images_in(folder)
    found, problems = {}, []
    for name in hr_files:
        pattern = re.compile(re.escape(name) + f"(?:{suffix})")
        candidates = [name] if name in files else [f for f in files if pattern.fullmatch(f)]
        if len(candidates) == 1:
            found[name] = files[candidates[0]]
        elif candidates:
            problems.append(f"{name}: several in {str(folder)!r}: {', '.join(candidates)}")
        else:
            problems.append(f"{name}: nothing that belongs to it in {str(folder)!r}")
    if problems:
        raise DataError("\n".join(problems))
    return found


def images_in(folder: Path) -> dict[str, Path]:
    """Image files of a folder by stem, sorted.

    Raises:
        DataError: Two files differ in their ending alone.
    """
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() not in READABLE_SUFFIXES:
            continue
        if path.stem in files:
            raise DataError(f"two images by one name: {str(files[path.stem])!r} and {path.name!r}")
        files[path.stem] = path
    return files


def check_names(names: Sequence[str], what: str) -> None:
    """Raise `UsageError` if a name is there twice: rows and folders go by it."""
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two {what} by the name {name!r}")


def _lr_folder(owner: Path, lr: str | None) -> Path | None:
    if lr is None:
        return owner / "LR" if (owner / "LR").is_dir() else None
    for folder in (owner / lr, Path(lr)):
        if folder.is_dir():
            return folder
    raise UsageError(f"no folder {lr!r} of LR images, neither in {str(owner)!r} nor as a path")
