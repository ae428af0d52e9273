"""The interface of image sources: names, and a method that decodes an image."""

import itertools
import os
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import DataError, ImageFileError
from keras_dgggan.images import decode_rgb8
from keras_dgggan.images.resize import imresize

Image = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One decoded image, with its LR version where the source has one.

    Attributes:
        name: The file's name, as messages show it.
        hr: uint8 `[height, width, 3]`.
        lr: uint8 `[height / scale, width / scale, 3]`, or None when LR is to be made from `hr`.
    """

    name: str
    hr: Image
    lr: Image | None = None

    def aligned(self, scale: int) -> "Sample":
        """The sample with HR cut, bottom and right, to a multiple of `scale`.

        Raises:
            DataError: The LR image is not `1 / scale` of that.
        """
        if self.lr is not None:
            problem = misfit(self.name, self.hr.shape, self.lr.shape, scale)
            if problem is not None:
                raise DataError(problem)
        height, width = (size // scale for size in self.hr.shape[:2])
        return Sample(name=self.name, hr=self.hr[: height * scale, : width * scale], lr=self.lr)


class Source(ABC):
    """Images by number. Sources are small and immutable; pixels are decoded on each `load`.

    Attributes:
        names: The file name of each image, as messages show it.
        paired: The source has LR images of its own.
        problems: A sentence for each file that could not become a part of the source;
            `check_source` reports them.
    """

    names: Sequence[str]
    paired: bool = False
    problems: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Sample]:
        return (self.load(index) for index in range(len(self)))

    @abstractmethod
    def load(self, index: int) -> Sample:
        """Decode one image; called from several threads at once.

        Raises:
            DataError: It cannot be read; the message names the file.
        """

    @abstractmethod
    def stamp(self, index: int) -> str:
        """A text that changes when the image's file does."""


@dataclass(frozen=True)
class Selection(Source):
    """Some images of another source, in the order given."""

    source: Source
    indices: tuple[int, ...]

    @property
    def names(self) -> Sequence[str]:  # type: ignore[override]
        return tuple(self.source.names[index] for index in self.indices)

    @property
    def paired(self) -> bool:  # type: ignore[override]
        return self.source.paired

    def __len__(self) -> int:
        return len(self.indices)

    def load(self, index: int) -> Sample:
        return self.source.load(self.indices[index])

    def stamp(self, index: int) -> str:
        return self.source.stamp(self.indices[index])


@dataclass(frozen=True, init=False)
class FileSource(Source):
    """HR images in files, one each; base of sources that find the files."""

    files: tuple[Path, ...]

    @property
    def names(self) -> Sequence[str]:  # type: ignore[override]
        return tuple(map(self.name_of, self.files))

    def __len__(self) -> int:
        return len(self.files)

    def load(self, index: int) -> Sample:
        path = self.files[index]
        return Sample(name=self.name_of(path), hr=decode_file(path))

    def stamp(self, index: int) -> str:
        return file_stamp(self.files[index])

    def name_of(self, path: Path) -> str:
        """What messages call a file."""
        return str(path)


def decode_file(path: Path) -> Image:
    """Decode an image file to 8-bit RGB.

    Raises:
        DataError: It cannot be read.
    """
    try:
        return decode_rgb8(path)
    except ImageFileError as error:
        raise DataError(str(error)) from None


def file_stamp(path: Path) -> str:
    """Path, size and time of last change; empty size and time if there is no such file."""
    try:
        status = path.stat()
    except OSError:
        return f"{os.path.abspath(path)}::"
    return f"{os.path.abspath(path)}:{status.st_size}:{status.st_mtime_ns}"


def validation_pairs(
    source: Source, *, scale: int, limit: int | None = None
) -> Iterator[tuple[str, Image, Image]]:
    """Yield whole images with their LR versions, one decoded at a time.

    Args:
        source: The images. Those without an LR image of their own get one by `imresize`.
        scale: HR is cut, bottom and right, to a multiple of it.
        limit: Stop after so many images.

    Yields:
        `(name, lr, hr)`: the file's name without suffix, made unique by a number where two are
        equal; uint8 `[height, width, 3]` and `[scale * height, scale * width, 3]`.

    Raises:
        DataError: An image cannot be read, or an LR image is not of HR's size / `scale`.

    Examples:
        >>> from keras_dgggan.data import SkimageSource
        >>> for name, lr, hr in validation_pairs(SkimageSource(["chelsea"]), scale=4):
        ...     print(name, lr.shape, hr.shape)
        chelsea (75, 112, 3) (300, 448, 3)
    """
    seen: Counter[str] = Counter()
    for sample in itertools.islice(source, limit):
        sample = sample.aligned(scale)
        stem = PurePath(sample.name).stem
        seen[stem] += 1
        name = stem if seen[stem] == 1 else f"{stem}_{seen[stem]}"
        lr = imresize(sample.hr, 1 / scale) if sample.lr is None else sample.lr
        yield name, lr, sample.hr


def misfit(name: str, hr: Sequence[int], lr: Sequence[int], scale: int) -> str | None:
    """A sentence on an image whose LR and HR of these shapes do not belong together."""
    height, width = hr[0] // scale, hr[1] // scale
    if (lr[0], lr[1]) == (height, width):
        return None
    return (
        f"'{name}' is {hr[1]}x{hr[0]} and its LR image {lr[1]}x{lr[0]}: "
        f"at scale {scale} it should be {width}x{height}."
    )
