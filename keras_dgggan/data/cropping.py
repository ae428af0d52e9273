"""Aligned crops of LR/HR pairs, in NumPy; decoded images kept in memory."""

import threading

import numpy as np
import numpy.typing as npt

from keras_dgggan.data.source import Image, Sample, Source
from keras_dgggan.images.resize import imresize_crop


def cut_pair(
    sample: Sample,
    draws: npt.NDArray[np.uint32],
    *,
    scale: int,
    lr_crop: int,
    augment: bool,
) -> tuple[Image, Image]:
    """Cut the LR and HR crops that three random integers choose.

    Args:
        sample: An image whose HR size is a multiple of `scale`.
        draws: `[3]`: for the crop's row, its column, and which of the square's eight symmetries.
        scale: HR size over LR size.
        lr_crop: Height and width of the LR crop.
        augment: Flip and turn.

    Returns:
        uint8 `[lr_crop, lr_crop, 3]` and `[scale * lr_crop, scale * lr_crop, 3]`.
    """
    height, width = sample.hr.shape[0] // scale, sample.hr.shape[1] // scale
    top = int(draws[0]) % (height - lr_crop + 1)
    left = int(draws[1]) % (width - lr_crop + 1)
    if sample.lr is None:
        lr = imresize_crop(sample.hr, 1 / scale, top=top, left=left, height=lr_crop, width=lr_crop)
    else:
        lr = sample.lr[top : top + lr_crop, left : left + lr_crop]
    hr = sample.hr[top * scale : (top + lr_crop) * scale, left * scale : (left + lr_crop) * scale]
    symmetry = int(draws[2]) % 8 if augment else 0
    return _turned(lr, symmetry), _turned(hr, symmetry)


def _turned(image: Image, symmetry: int) -> Image:
    """One of the eight symmetries of the square; 0 leaves the image as it is."""
    flipped = image[:, ::-1] if symmetry >= 4 else image
    return np.ascontiguousarray(np.rot90(flipped, symmetry % 4))


class ImageCache:
    """Decoded images of a source, kept as long as they fit; any number of threads may ask.

    None is dropped for another: an image that was just used is not needed again in the same
    epoch, so to make room for it would cost as many reads as it saves.

    Args:
        source: Where images come from.
        scale: HR is cut to a multiple of it.
        budget: Bytes of pixels to keep.
    """

    def __init__(self, source: Source, *, scale: int, budget: int) -> None:
        self._source = source
        self._scale = scale
        self._free = budget
        self._kept: dict[int, Sample] = {}
        self._lock = threading.Lock()

    def load(self, index: int) -> Sample:
        """The sample at `index`.

        Raises:
            DataError: It cannot be read, or its LR image does not fit.
        """
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        sample = self._source.load(index).aligned(self._scale)
        size = sample.hr.nbytes + (0 if sample.lr is None else sample.lr.nbytes)
        with self._lock:
            if size <= self._free and index not in self._kept:
                self._free -= size
                self._kept[index] = sample
        return sample
