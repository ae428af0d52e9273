"""Aligned crops of LR/HR pairs, in NumPy; decoded images kept in memory."""

import threading

import numpy as np
import numpy.typing as npt

from keras_dgggan.data.photo_degradation import degraded_crop, turned
from keras_dgggan.data.source import Image, Sample, Source
from keras_dgggan.images.resize import imresize_crop
from keras_dgggan.recipe.degradation import PhotoDegradation


def cut_pair(
    sample: Sample,
    draws: npt.NDArray[np.uint32],
    *,
    scale: int,
    lr_crop: int,
    augment: bool,
    degradation: PhotoDegradation | None = None,
    random: np.random.Generator | None = None,
) -> tuple[Image, Image]:
    """Cut the LR and HR crops that three random integers choose.

    Args:
        sample: An image whose HR size is a multiple of `scale`.
        draws: `[3]`: for the crop's row, its column, and which of the square's eight symmetries.
        scale: HR size over LR size.
        lr_crop: Height and width of the LR crop.
        augment: Flip and turn.
        degradation: How LR is made of HR; bicubic, or as the sample has it, if not given.
        random: For the degradation.

    Returns:
        uint8 `[lr_crop, lr_crop, 3]` and `[scale * lr_crop, scale * lr_crop, 3]`.
    """
    height, width = sample.hr.shape[0] // scale, sample.hr.shape[1] // scale
    top = int(draws[0]) % (height - lr_crop + 1)
    left = int(draws[1]) % (width - lr_crop + 1)
    symmetry = int(draws[2]) % 8 if augment else 0
    hr = sample.hr[top * scale : (top + lr_crop) * scale, left * scale : (left + lr_crop) * scale]
    if degradation is not None and random is not None:
        place = {"top": top, "left": left, "size": lr_crop, "symmetry": symmetry}
        lr = degraded_crop(sample.hr, degradation, random, scale=scale, **place)
    elif sample.lr is None:
        lr = imresize_crop(sample.hr, 1 / scale, top=top, left=left, height=lr_crop, width=lr_crop)
        lr = turned(lr, symmetry)
    else:
        lr = turned(sample.lr[top : top + lr_crop, left : left + lr_crop], symmetry)
    return np.ascontiguousarray(lr), np.ascontiguousarray(turned(hr, symmetry))


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
