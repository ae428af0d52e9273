"""Gray, alpha and any depth of samples around a model that knows RGB alone.

Prediction is a composition of functions, `alpha(gray(model))`; what cuts the image in tiles is the
model's own affair.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt

from keras_dgggan._types import Report
from keras_dgggan.errors import DggganError
from keras_dgggan.images.pixels import from_unit, has_alpha, is_float, to_unit, white_of
from keras_dgggan.images.resize import imresize

# RGB float32 [h, w, 3] in [0, 1] to [scale * h, scale * w, 3]: one array, or bands of its rows
# from top to bottom, so that a large result never exists in float32.
Model = Callable[[npt.NDArray], npt.NDArray | Iterable[npt.NDArray]]

# LR pixels around a place that are all opaque, or all hidden, where its enlargement is so too.
_REACH = 2


def upscale_picture(
    pixels: npt.NDArray, model: Model, scale: float, *, alpha_model: Model | None = None
) -> npt.NDArray:
    """Upscale an image of any channel layout and depth with a model of float RGB.

    Gray is repeated to RGB, and the mean of the three results is gray again. Alpha is upscaled by
    the model as a gray image of its own. Colours under alpha 0, which nobody sees, are replaced by
    those of the nearest visible pixels before the model sees them, so that they leave no fringe;
    all other colours reach it as they are.

    Args:
        pixels: `[height, width]` or `[height, width, channels]` with 1 (gray), 2 (gray, alpha),
            3 (RGB) or 4 (RGB, alpha) channels; uint8, uint16, or float. The model gets floats
            divided by their white (see `white_of`) and between -1 and 1; what lies beyond is
            resized by the bicubic and added to its result.
        model: Maps float32 RGB `[h, w, 3]` in [0, 1] to `[scale * h, scale * w, 3]`, as an
            array or as an iterable of bands of rows from top to bottom.
        scale: The model's factor. Sizes are rounded half up, as by `output_size`.
        alpha_model: The model for alpha, after `model` has run on the colours; by default the same.
            It runs if `runs_of` is 2.

    Returns:
        The layout and dtype of `pixels`. Integers are rounded and clipped; floats are not
        clipped, but for alpha.

    Raises:
        ValueError: Shape or dtype is none of the above, or holds values that are not finite.
        DggganError: The model's result is not finite or has another size.

    Examples:
        >>> nearest = lambda rgb: rgb.repeat(2, axis=0).repeat(2, axis=1)
        >>> upscale_picture(np.zeros((3, 5, 4), np.uint8), nearest, 2).shape
        (6, 10, 4)
    """
    pixels = np.asarray(pixels)
    check_pixels(pixels)
    planes = pixels if pixels.ndim == 3 else pixels[..., None]
    height, width, channels = planes.shape
    size = output_size(height, width, scale)

    colours = planes[..., : 1 if channels <= 2 else 3]
    if has_alpha(planes):
        wide = colours.astype(np.result_type(colours, np.float32), copy=False)
        colours = extended(wide, planes[..., -1] > 0)
    white = white_of(colours if is_float(pixels) else planes)
    inside = colours.clip(-white, white) if is_float(pixels) else colours
    rgb = to_unit(inside, white)
    result = np.empty((*size, channels), pixels.dtype)
    beyond = _resized_beyond(colours - inside, size) if is_float(pixels) else None
    for rows, band in _run(model, rgb, size):
        values = from_unit(band, pixels.dtype, white)
        if beyond is not None:
            values = (values + beyond[rows]).astype(pixels.dtype)
        result[rows, :, : colours.shape[-1]] = values
    if has_alpha(planes):
        opaque = 1.0 if is_float(pixels) else white
        alpha = to_unit(planes[..., -1:].clip(0, opaque), opaque)
        if runs_of(pixels) == 2:
            certain = _Certain(alpha, size)
            for rows, band in _run(alpha_model or model, alpha, size):
                result[rows, :, -1:] = from_unit(certain(band, rows), pixels.dtype, opaque)
        else:
            result[..., -1] = planes[0, 0, -1].clip(0, opaque)
    return result if pixels.ndim == 3 else result[..., 0]


def runs_of(pixels: npt.ArrayLike) -> int:
    """How often `upscale_picture` runs the model: twice for an image whose alpha varies.

    Examples:
        >>> runs_of(np.zeros((3, 5, 3))), runs_of(np.arange(60).reshape(3, 5, 4))
        (1, 2)
    """
    pixels = np.asarray(pixels)
    if pixels.ndim != 3 or not has_alpha(pixels) or pixels.size == 0:
        return 1
    return 2 if (pixels[..., -1] != pixels[0, 0, -1]).any() else 1


def share_of(report: Report | None, run: int, runs: int) -> Report | None:
    """Progress of one of several runs, counted from 0, as progress of all of them.

    Examples:
        >>> share_of(print, 1, 2)(0.5)
        0.75
    """
    return None if report is None else lambda part: report((run + part) / runs)


def extended(colours: npt.NDArray, visible: npt.NDArray) -> npt.NDArray:
    """Replace the colours of hidden pixels by those of the visible ones around, ring by ring.

    Args:
        colours: `[height, width, channels]`.
        visible: bool `[height, width]`; where nothing is, the colours stay as they are.

    Examples:
        >>> row = np.array([[[0.5], [0.0], [9.0], [0.7]]])
        >>> extended(row, np.array([[True, False, False, True]])).ravel().tolist()
        [0.5, 0.5, 0.7, 0.7]
    """
    if visible.all() or not visible.any():
        return colours
    # A rim around all, flat, so that eight steps in memory lead to a pixel's neighbours.
    known = np.pad(visible, 1).ravel()
    unknown = np.pad(~visible, 1).ravel()
    values = np.pad(colours, ((1, 1), (1, 1), (0, 0))).reshape(known.size, -1)
    row = visible.shape[1] + 2
    steps = np.array([-row - 1, -row, -row + 1, -1, 1, row - 1, row, row + 1])
    ring = np.flatnonzero(unknown)
    ring = ring[known[ring[:, None] + steps].any(axis=1)]
    while ring.size:
        near = ring[:, None] + steps
        weights = known[near].astype(values.dtype)
        sums = np.einsum("ns,nsc->nc", weights, values[near])
        values[ring] = sums / weights.sum(axis=1, keepdims=True)
        known[ring], unknown[ring] = True, False
        ring = np.unique(near[unknown[near]])
    return values.reshape(visible.shape[0] + 2, row, -1)[1:-1, 1:-1]


def output_size(height: int, width: int, scale: float) -> tuple[int, int]:
    """Height and width of an image enlarged by `scale`, rounded half up, at least 1.

    Examples:
        >>> output_size(5, 7, 1.5)
        (8, 11)
    """
    return max(1, int(height * scale + 0.5)), max(1, int(width * scale + 0.5))


def outscaled(model: Model, scale: float) -> Model:
    """A model whose result is resized by the bicubic to `scale` times the input's size.

    Examples:
        >>> nearest = lambda rgb: rgb.repeat(2, axis=0).repeat(2, axis=1)
        >>> outscaled(nearest, 1.5)(np.zeros((4, 6, 3))).shape
        (6, 9, 3)
    """

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


class _Certain:
    """Sets upscaled alpha to exactly 0 or 1 where all alpha around was 0 or 1."""

    def __init__(self, alpha: npt.NDArray, size: tuple[int, int]) -> None:
        self._hidden = _extreme(alpha, np.maximum) <= 0
        self._opaque = _extreme(alpha, np.minimum) >= 1
        self._rows, self._columns = (
            np.minimum(((np.arange(large) + 0.5) * small / large).astype(int), small - 1)
            for large, small in zip(size, alpha.shape[:2], strict=True)
        )

    def __call__(self, band: npt.NDArray, rows: slice) -> npt.NDArray:
        place = self._rows[rows][:, None], self._columns
        band = np.where(self._opaque[place], 1, band.clip(0, 1))
        return np.where(self._hidden[place], 0, band).astype(np.float32)


def _extreme(plane: npt.NDArray, extreme: np.ufunc) -> npt.NDArray:
    """The minimum or maximum around every pixel, `_REACH` pixels a side."""
    for axis in (0, 1):
        width = [(_REACH, _REACH) if i == axis else (0, 0) for i in range(plane.ndim)]
        padded = np.pad(plane, width, mode="edge")
        size = plane.shape[axis]
        shifted = [padded.take(range(i, i + size), axis) for i in range(2 * _REACH + 1)]
        plane = extreme.reduce(shifted)
    return plane


def _resized_beyond(beyond: npt.NDArray, size: tuple[int, int]) -> npt.NDArray | None:
    """What lies beyond white, or its negative, resized; None where nothing does.

    Either is kept from ringing over to the other side, which would blacken what surrounds a light.
    """
    if not beyond.any():
        return None
    above, below = beyond.clip(0, None), beyond.clip(None, 0)
    large = imresize(above, None, output_shape=size).clip(0, beyond.max())
    return large + imresize(below, None, output_shape=size).clip(beyond.min(), 0)


def _run(
    model: Model, planes: npt.NDArray, size: tuple[int, int]
) -> Iterator[tuple[slice, npt.NDArray]]:
    """The model's result for gray or RGB in as many channels, band by band with its rows."""
    colours = planes.shape[-1]
    row = 0
    for band in bands_of(model(np.repeat(planes, 3, axis=2) if colours == 1 else planes)):
        rows = slice(row, row + len(band))
        _check_band(band, rows.stop, size)
        yield rows, band.mean(axis=2, keepdims=True) if colours == 1 else band
        row = rows.stop
    if row != size[0]:
        raise DggganError(f"the model answered {row} rows where {size[0]} were expected")


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
