"""Any channel layout through a model that knows RGB alone; NumPy only.

Prediction is a composition of functions: `alpha(gray(model))`. What cuts the image in tiles is
the model's own affair.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import DggganError
from keras_dgggan.images.pixels import from_unit, has_alpha, is_float, peak, to_unit
from keras_dgggan.images.resize import imresize
from keras_dgggan.inference.alpha import StraightColours

# RGB float32 [h, w, 3] in [0, 1] to [scale * h, scale * w, 3]: one array, or bands of its rows
# from top to bottom, so that a large result never exists in float32.
Model = Callable[[npt.NDArray], npt.NDArray | Iterable[npt.NDArray]]


def upscale_picture(pixels: npt.NDArray, model: Model, scale: float) -> npt.NDArray:
    """Upscale an image of any channel layout and depth with a model of float RGB.

    Gray is repeated to RGB, and the mean of the three results is gray again. Alpha is straight:
    the model gets RGB multiplied by alpha, so that colours hidden under alpha 0 do not leak over
    its edge; alpha itself is resized by the bicubic, and RGB divided by it again.

    Args:
        pixels: `[height, width]` or `[height, width, channels]` with 1 (gray), 2 (gray, alpha),
            3 (RGB) or 4 (RGB, alpha) channels; uint8, uint16, or float. A float image with
            values above 1 is divided by its largest value, and multiplied by it afterwards.
        model: Maps float32 RGB `[h, w, 3]` in [0, 1] to `[scale * h, scale * w, 3]`, as an
            array or as an iterable of bands of rows from top to bottom.
        scale: The model's factor. Sizes are rounded half up, as by `output_size`.

    Returns:
        The layout and dtype of `pixels`. Integers are rounded and clipped; floats are not
        clipped, but for alpha.

    Raises:
        ValueError: Shape or dtype is none of the above, or holds values that are not finite.
        DggganError: The model's result is not finite or has another size.

    Example:
        >>> nearest = lambda rgb: rgb.repeat(2, axis=0).repeat(2, axis=1)
        >>> upscale_picture(np.zeros((3, 5, 4), np.uint8), nearest, 2).shape
        (6, 10, 4)
    """
    pixels = np.asarray(pixels)
    check_pixels(pixels)
    planes = pixels if pixels.ndim == 3 else pixels[..., None]
    height, width, channels = planes.shape
    size = output_size(height, width, scale)

    colours = 1 if channels <= 2 else 3
    top = peak(planes[..., :colours])
    rgb = to_unit(planes[..., :colours], top)
    if colours == 1:
        rgb = np.repeat(rgb, 3, axis=2)
    opaque = 1.0 if is_float(pixels) else top
    alpha = None
    if has_alpha(planes) and (planes[..., -1] != opaque).any():
        straight = to_unit(planes[..., -1:], opaque).clip(0, 1)
        straight_colours = StraightColours(rgb[..., :colours], straight, size)
        rgb = rgb * straight
        alpha = imresize(straight, None, output_shape=size).clip(0, 1)

    result = np.empty((*size, channels), pixels.dtype)
    if has_alpha(planes):
        result[..., -1] = opaque
    row = 0
    for band in bands_of(model(rgb)):
        rows = slice(row, row + len(band))
        _check_band(band, rows.stop, size)
        if colours == 1:
            band = band.mean(axis=2, keepdims=True)
        if alpha is not None:
            cover = alpha[rows]
            band = straight_colours(band, cover, rows)
            result[rows, :, -1:] = from_unit(cover, pixels.dtype, opaque)
        result[rows, :, :colours] = from_unit(band, pixels.dtype, top)
        row = rows.stop
    if row != size[0]:
        raise DggganError(f"the model answered {row} rows where {size[0]} were expected")
    return result if pixels.ndim == 3 else result[..., 0]


def output_size(height: int, width: int, scale: float) -> tuple[int, int]:
    """Height and width of an image enlarged by `scale`, rounded half up, at least 1."""
    return max(1, int(height * scale + 0.5)), max(1, int(width * scale + 0.5))


def outscaled(model: Model, scale: float) -> Model:
    """A model whose result is resized by the bicubic to `scale` times the input's size."""

    def resized(rgb: npt.NDArray) -> npt.NDArray:
        size = output_size(rgb.shape[0], rgb.shape[1], scale)
        return imresize(whole(model(rgb)), None, output_shape=size)

    return resized


def bands_of(result: npt.NDArray | Iterable[npt.NDArray]) -> Iterator[npt.NDArray]:
    """The bands of a model's result; an array is a single band."""
    if isinstance(result, np.ndarray):
        yield result
    else:
        yield from result


def whole(result: npt.NDArray | Iterable[npt.NDArray]) -> npt.NDArray:
    """A model's result as one array."""
    return result if isinstance(result, np.ndarray) else np.concatenate(list(result))


def check_pixels(pixels: npt.NDArray) -> None:
    """Raise `ValueError` unless `pixels` is an image that `upscale_picture` takes."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[-1] if pixels.ndim == 3 else 0
    if channels not in (1, 2, 3, 4) or 0 in pixels.shape:
        raise ValueError(
            "an image must be [height, width] or [height, width, channels] with 1 to 4 channels "
            f"and not empty. Received: shape {pixels.shape}"
        )
    if is_float(pixels):
        if not np.isfinite(pixels).all():
            raise ValueError("a float image must hold finite values only. Received: NaN or inf")
    elif pixels.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"an image must be uint8, uint16 or float. Received: {pixels.dtype}")


def _check_band(band: npt.NDArray, stop: int, size: tuple[int, int]) -> None:
    if band.ndim != 3 or band.shape[1:] != (size[1], 3) or stop > size[0]:
        raise DggganError(
            f"the model answered shape {band.shape} where rows of [{size[1]}, 3] of an image "
            f"{size[0]} high were expected"
        )
    if not np.isfinite(band).all():
        raise DggganError(
            "the model's result holds NaN or infinite values: its weights are damaged, or it "
            "overflows in 16 bits and should run in float32"
        )
