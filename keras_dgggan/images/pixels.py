"""Arithmetic between depths and layouts of pixels: `[height, width, channels]`, 1 to 4 channels."""

import numpy as np
import numpy.typing as npt


def is_float(pixels: npt.NDArray) -> bool:
    """Whether the samples are floating point rather than integers of full range."""
    return np.issubdtype(pixels.dtype, np.floating)


def has_alpha(pixels: npt.NDArray) -> bool:
    """Whether the last channel is alpha: of 2 (gray, alpha) or 4 (RGB, alpha) channels."""
    return pixels.shape[-1] in (2, 4)


def white_of(pixels: npt.NDArray) -> float:
    """The value of colours that stands for 1.

    Of integers that is the largest of their type. Floats have their white at 1, and what exceeds
    it are highlights. Where most of a picture exceeds 1, it has a range of its own (counts of a
    sensor, 0 to 255): its white is its largest value, but a few samples far above all others
    (hot pixels) do not count.

    Args:
        pixels: Colours without alpha, finite.

    Examples:
        >>> white_of(np.array([3, 7], np.uint16))
        65535.0
        >>> white_of(np.array([0.1, 0.4, 0.9, 50.0]))
        1.0
        >>> white_of(np.array([0.0, 80.0, 200.0, 4000.0]))
        4000.0
    """
    if not is_float(pixels):
        return float(np.iinfo(pixels.dtype).max)
    largest = float(pixels.max())
    if largest <= 1 or 2 * np.count_nonzero(pixels > 1) <= np.count_nonzero(pixels > 0):
        return 1.0
    usual = float(np.quantile(pixels, 0.999, method="higher"))
    return largest if largest <= 2 * usual else usual


def to_unit(pixels: npt.NDArray, white: float) -> npt.NDArray:
    """Pixels of any dtype to float32, where `white` becomes 1."""
    wide = np.result_type(pixels.dtype, np.float32)
    return np.divide(pixels, white, dtype=wide).astype(np.float32, copy=False)


def from_unit(values: npt.NDArray, dtype: npt.DTypeLike, white: float) -> npt.NDArray:
    """Floats around [0, 1] to pixels: integers rounded, then clipped, then cast."""
    scaled = values * (np.float64 if dtype == np.float64 else np.float32)(white)
    if np.issubdtype(dtype, np.integer):
        np.rint(scaled, out=scaled)
        scaled.clip(0, white, out=scaled)
    return scaled.astype(dtype)


def to_uint8(values: npt.NDArray) -> npt.NDArray[np.uint8]:
    """Floats in [0, 1] of any shape to 0..255: rounded, and clipped where they lie outside.

    Examples:
        >>> to_uint8(np.array([-0.1, 0.0, 0.5, 0.999, 1.2], np.float32))
        array([  0,   0, 128, 255, 255], dtype=uint8)
    """
    return from_unit(np.asarray(values, np.float32), np.uint8, 255.0)


def to_depth(pixels: npt.NDArray, dtype: npt.DTypeLike) -> npt.NDArray:
    """Pixels in an integer depth, rounded; of floats, what exceeds white is clipped to it."""
    if pixels.dtype == dtype:
        return pixels
    if pixels.dtype == np.uint16 and dtype == np.uint8:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    top = float(np.iinfo(dtype).max)
    colours = pixels[..., :-1] if has_alpha(pixels) else pixels
    white = white_of(colours)
    values = to_unit(colours.clip(0, white), white)
    if has_alpha(pixels):
        values = np.concatenate([values, to_unit(pixels[..., -1:].clip(0, 1), 1.0)], axis=-1)
    return from_unit(values, dtype, top)


def over_white(pixels: npt.NDArray) -> npt.NDArray:
    """Without alpha, as seen on a white page: integers of any depth."""
    top = int(np.iinfo(pixels.dtype).max)
    alpha = pixels[..., -1:].astype(np.int64)
    mixed = pixels[..., :-1] * alpha + top * (top - alpha)
    return ((mixed + top // 2) // top).astype(pixels.dtype)


def on_white(pixels: npt.NDArray) -> npt.NDArray[np.uint8]:
    """Pixels of any depth, with or without channels, as 8-bit RGB on a white page.

    Examples:
        >>> on_white(np.array([[0, 65535]], np.uint16)).tolist()
        [[[0, 0, 0], [255, 255, 255]]]
    """
    eight = to_depth(pixels if pixels.ndim == 3 else pixels[..., None], np.uint8)
    return to_rgb(over_white(eight) if has_alpha(eight) else eight)


def to_rgb(pixels: npt.NDArray) -> npt.NDArray:
    """Gray repeated to RGB; an alpha channel stays last."""
    if pixels.shape[-1] > 2:
        return pixels
    return np.concatenate([np.repeat(pixels[..., :1], 3, axis=-1), pixels[..., 1:]], axis=-1)


def to_straight(pixels: npt.NDArray) -> npt.NDArray:
    """Colours that are stored multiplied by alpha, divided by it again."""
    top = 1.0 if is_float(pixels) else white_of(pixels)
    alpha = pixels[..., -1:].astype(np.float64) / top
    colours = np.divide(
        pixels[..., :-1], alpha, out=np.zeros(pixels[..., :-1].shape), where=alpha > 0
    )
    if not is_float(pixels):
        colours = np.rint(colours).clip(0, top)
    return np.concatenate([colours.astype(pixels.dtype), pixels[..., -1:]], axis=-1)


def oriented(pixels: npt.NDArray, orientation: int) -> npt.NDArray:
    """Pixels turned and flipped as an EXIF orientation (1 to 8) asks for; others are ignored."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
