"""The published protocol's picture pairs, made once."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from keras_dgggan.images.resize import imresize

Pair = tuple[npt.NDArray, npt.NDArray]


def reduce_and_enlarge(
    hr: npt.NDArray, rounding: str = "once", antialias: bool = True
) -> npt.NDArray:
    """Bicubic x4 of the bicubic LR, by either of MATLAB's 8-bit ways."""
    if rounding == "each pass":
        return imresize(imresize(hr, 0.25, antialias=antialias), 4)
    lr = np.rint(imresize(hr.astype(float), 0.25, antialias=antialias).clip(0, 255))
    return np.rint(imresize(lr, 4).clip(0, 255)).astype(np.uint8)


@pytest.fixture(scope="session")
def hr_images(shared_data) -> Callable[[str], dict[str, npt.NDArray]]:
    """HR by file stem, cropped to multiples of 4; gray stays gray."""
    cache: dict[str, dict[str, npt.NDArray]] = {}

    def load(name: str) -> dict[str, npt.NDArray]:
        if name not in cache:
            images = {p.stem: np.asarray(Image.open(p)) for p in (shared_data / name).glob("HR/*")}
            cache[name] = {
                stem: hr[: hr.shape[0] // 4 * 4, : hr.shape[1] // 4 * 4]
                for stem, hr in sorted(images.items())
            }
        return cache[name]

    return load


@pytest.fixture(scope="session")
def bicubic_pairs(hr_images) -> Callable[..., list[Pair]]:
    """HR and bicubic SR of every image of a set."""

    def load(name: str, rounding: str = "once", antialias: bool = True) -> list[Pair]:
        return [
            (hr, reduce_and_enlarge(hr, rounding, antialias)) for hr in hr_images(name).values()
        ]

    return load
