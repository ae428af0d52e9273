"""Arithmetic between depths and layouts of pixels: `[height, width, channels]`, 1 to 4 channels."""

import numpy as np
import numpy.typing as npt


def is_float(pixels: npt.NDArray) -> bool:
    """Whether the samples are floating point rather than integers of full range."""
    return np.issubdtype(pixels.dtype, np.floating)


def has_alpha(pixels: npt.NDArray) -> bool:
    """Whether the last channel is alpha: of 2 (gray, alpha) or 4 (RGB, alpha) channels."""
    return pixels.shape[-1] in (2, 4)


def peak(pixels: npt.NDArray) -> float:
    """The value that stands for 1: the integer's largest; for floats 1, or their largest above."""
    if is_float(pixels):
        return max(1.0, float(pixels.max()))
    return float(np.iinfo(pixels.dtype).max)


def to_unit(pixels: npt.NDArray, top: float) -> npt.NDArray:
    """Pixels of any dtype to float32, where `top` becomes 1."""
    return pixels.astype(np.float32) / np.float32(top)


def from_unit(values: npt.NDArray, dtype: npt.DTypeLike, top: float) -> npt.NDArray:
    """Floats around [0, 1] to pixels: integers rounded, then clipped, then cast."""
    scaled = values * np.float32(top)
    if np.issubdtype(dtype, np.integer):
        np.rint(scaled, out=scaled)
        scaled.clip(0, top, out=scaled)
    return scaled.astype(dtype)


def to_depth(pixels: npt.NDArray, dtype: npt.DTypeLike) -> npt.NDArray:
    """Pixels in another integer depth, rounded; unchanged where the depth is the same already."""
    if pixels.dtype == dtype:
        return pixels
    if pixels.dtype == np.uint16 and dtype == np.uint8:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    top = float(np.iinfo(dtype).max)
    if has_alpha(pixels) and is_float(pixels):
        # Colours above 1 are scaled into the range; alpha has its own, which never exceeds 1.
        colours = to_unit(pixels[..., :-1], peak(pixels[..., :-1]))
        alpha = to_unit(pixels[..., -1:], 1.0)
        return from_unit(np.concatenate([colours, alpha], axis=-1), dtype, top)
    return from_unit(to_unit(pixels, peak(pixels)), dtype, top)


def over_white(pixels: npt.NDArray) -> npt.NDArray:
    """Without alpha, as seen on a white page: integers of any depth."""
    top = int(np.iinfo(pixels.dtype).max)
    alpha = pixels[..., -1:].astype(np.int64)
    mixed = pixels[..., :-1] * alpha + top * (top - alpha)
    return ((mixed + top // 2) // top).astype(pixels.dtype)


def to_rgb(pixels: npt.NDArray) -> npt.NDArray:
    """Gray repeated to RGB; an alpha channel stays last."""
    if pixels.shape[-1] > 2:
        return pixels
    return np.concatenate([np.repeat(pixels[..., :1], 3, axis=-1), pixels[..., 1:]], axis=-1)


def to_straight(pixels: npt.NDArray) -> npt.NDArray:
    """Colours that are stored multiplied by alpha, divided by it again."""
    top = 1.0 if is_float(pixels) else peak(pixels)
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
