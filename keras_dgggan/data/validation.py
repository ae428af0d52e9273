"""Whole images with their LR versions, to measure a model on."""

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath

from keras_dgggan.data.source import Image, Source
from keras_dgggan.images.resize import imresize


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

    Example:
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
