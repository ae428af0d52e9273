"""8-bit pixels for measuring: RGB as RGB, and gray as gray."""

import os

import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import DataError
from keras_dgggan.images import read_image
from keras_dgggan.images.pixels import has_alpha, over_white, to_depth


def read_pixels(path: str | os.PathLike[str]) -> npt.NDArray[np.uint8]:
    """Decode a picture of any format: uint8, `[height, width, 3]`, or `[height, width]` if gray.

    Benchmark scripts measure a gray picture (Set14's `bridge`) on its own levels, so it has to
    stay gray. Orientation, palettes, alpha and depth are treated as in `decode_rgb8`.

    Raises:
        ImageFileError: The file is missing, damaged, too large or no image.

    Example:
        >>> read_pixels("Set14/HR/bridge.png").shape
        (512, 512)
    """
    pixels = to_depth(read_image(path, first_frame=True).pixels, np.uint8)
    if has_alpha(pixels):
        pixels = over_white(pixels)
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels


def as_layout_of(
    reference: npt.NDArray[np.uint8], pixels: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """`pixels` with the channels of `reference`: a gray picture may come stored as RGB."""
    if reference.ndim == pixels.ndim:
        return pixels
    if pixels.ndim == 2:
        return np.repeat(pixels[..., None], 3, axis=2)
    return np.rint(pixels.mean(axis=2)).astype(np.uint8)


def cropped_to_multiple(pixels: npt.NDArray[np.uint8], scale: int) -> npt.NDArray[np.uint8]:
    """Without the rows and columns, at bottom and right, that do not fill a multiple of `scale`."""
    height, width = (size // scale * scale for size in pixels.shape[:2])
    if min(height, width) == 0:
        raise DataError(
            f"an image of {pixels.shape[1]}x{pixels.shape[0]} pixels is smaller than the scale "
            f"{scale}"
        )
    return pixels[:height, :width]
