"""Conversion of paths, Pillow images, tensors and batches to arrays and back."""

import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from keras_dgggan._types import Tensor
from keras_dgggan.images.pixels import to_depth
from keras_dgggan.images.reading import pillow_samples, read_image


def like_the_input(function: Callable[[npt.NDArray], npt.NDArray], image: Any) -> Any:
    """A function of arrays `[h, w]` or `[h, w, c]` applied to images of any kind.

    Args:
        function: From an array to an array of the same layout and dtype.
        image: An array or tensor, `[h, w]`, `[h, w, c]` or a batch `[b, h, w, c]`; a Pillow
            image; the path of a file; or a list of these.

    Returns:
        The same kind: an array, a tensor of the same library, a Pillow image (for a path too,
        in 8 bits), or a list.

    Examples:
        >>> doubled = lambda pixels: pixels.repeat(2, axis=0).repeat(2, axis=1)
        >>> like_the_input(doubled, Image.new("LA", (4, 3))).size
        (8, 6)
        >>> [result.shape for result in like_the_input(doubled, [np.zeros((2, 3, 5, 3))])]
        [(2, 6, 10, 3)]
    """
    if isinstance(image, list | tuple):
        return [like_the_input(function, each) for each in image]
    pixels = pixels_of(image)
    if isinstance(image, str | os.PathLike | Image.Image):
        return _pillow(function(pixels))
    return _as_tensor_of(image, _of_array(function, pixels))


def pixels_of(image: Any) -> npt.NDArray:
    """The pixels of a file (in 8 bits), a Pillow image, an array or a tensor."""
    if isinstance(image, str | os.PathLike):
        return to_depth(read_image(image).pixels, np.uint8)
    if isinstance(image, Image.Image):
        return pillow_samples(image, getattr(image, "filename", "") or "the image")
    if _library(image) == "torch":
        return image.detach().cpu().numpy()
    return np.asarray(image)


def _of_array(function: Callable[[npt.NDArray], npt.NDArray], image: npt.NDArray) -> npt.NDArray:
    if image.ndim != 4:
        return function(image)
    return np.stack([function(each) for each in image])


def _pillow(pixels: npt.NDArray) -> Image.Image:
    return Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)


def _library(tensor: object) -> str:
    return type(tensor).__module__.split(".")[0]


def _as_tensor_of(example: Tensor, values: npt.NDArray) -> Tensor:
    """Values as a tensor of the example's library; an array for what is of none."""
    library = _library(example)
    if library == "tensorflow":
        return sys.modules["tensorflow"].convert_to_tensor(values)
    if library == "torch":
        return sys.modules["torch"].from_numpy(values).to(example.device)
    if library in ("jax", "jaxlib"):
        return sys.modules["jax"].numpy.asarray(values)
    return values
