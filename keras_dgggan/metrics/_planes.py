"""What every full-reference metric does first: 8 bits, crop, channel."""

from typing import Literal

import numpy as np
import numpy.typing as npt

Channel = Literal["y", "rgb"]
YRounding = Literal["float", "8bit"]

# MATLAB's rgb2ycbcr: ITU-R BT.601, studio range (Y of black is 16, of white 235).
Y_WEIGHTS = (65.481, 128.553, 24.966)
Y_OFFSET = 16.0


def to_8bit(image: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """The picture as a file of 8 bits holds it: published numbers are measured on files.

    Args:
        image: RGB `[height, width, 3]` or gray `[height, width]`, uint8 (returned as it is) or
            floating point, where 0 is black and 1 white; what lies beyond is clipped.

    Returns:
        uint8 of the same shape.

    Raises:
        TypeError: Another dtype.
        ValueError: Another shape.

    Example:
        >>> to_8bit([[[-0.1, 0.5, 1.0]]])
        array([[[  0, 128, 255]]], dtype=uint8)
    """
    image = np.asarray(image)
    if image.ndim != 2 and image.shape[2:] != (3,):
        raise ValueError(
            "an image must be RGB [height, width, 3] or gray [height, width]. "
            f"Received: shape {image.shape}"
        )
    if image.dtype == np.uint8:
        return image
    if not np.issubdtype(image.dtype, np.floating):
        raise TypeError(
            f"an image must be uint8, or floating point in [0, 1]. Received: {image.dtype}"
        )
    return np.round(np.clip(image.astype(np.float64), 0.0, 1.0) * 255.0).astype(np.uint8)


def luma(image: npt.ArrayLike, y_rounding: YRounding = "float") -> npt.NDArray[np.float64]:
    """Y of BT.601 in studio range, 16 to 235, as MATLAB's `rgb2ycbcr` computes it.

    A gray image is its own luma, 0 to 255: benchmark scripts convert colour images alone.

    Args:
        image: RGB `[height, width, 3]` or gray `[height, width]`, uint8 or floating point in
            [0, 1].
        y_rounding: "8bit" rounds Y to whole levels, as `rgb2ycbcr` does for a uint8 image;
            "float" does not, as in the Python ports that most recent papers measure with.

    Returns:
        float64 `[height, width]`.

    Example:
        >>> luma(np.full((1, 1, 3), 255, np.uint8))
        array([[235.]])
    """
    if y_rounding not in ("float", "8bit"):
        raise ValueError(f"`y_rounding` must be 'float' or '8bit'. Received: {y_rounding!r}")
    image = to_8bit(image)
    if image.ndim == 2:
        return image.astype(np.float64)
    y = Y_OFFSET + image @ np.array(Y_WEIGHTS) / 255.0
    return np.floor(y + 0.5) if y_rounding == "8bit" else y


def planes_of_pair(
    hr: npt.ArrayLike,
    sr: npt.ArrayLike,
    crop_border: int,
    channel: Channel,
    y_rounding: YRounding,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Both images in 0-255 as `[height, width, planes]`, less `crop_border` on each side."""
    hr, sr = to_8bit(hr), to_8bit(sr)
    if hr.shape != sr.shape:
        raise ValueError(f"HR and SR differ in size. Received: HR {hr.shape}, SR {sr.shape}")
    if channel not in ("y", "rgb"):
        raise ValueError(f"`channel` must be 'y' or 'rgb'. Received: {channel!r}")
    if crop_border < 0 or 2 * crop_border >= min(hr.shape[:2]):
        raise ValueError(
            f"`crop_border` must leave something of {hr.shape[0]} x {hr.shape[1]} pixels. "
            f"Received: crop_border={crop_border}"
        )
    inside = slice(crop_border, -crop_border or None)
    pair = [image[inside, inside] for image in (hr, sr)]
    if channel == "y":
        return luma(pair[0], y_rounding)[..., None], luma(pair[1], y_rounding)[..., None]
    hr_planes, sr_planes = (np.atleast_3d(image).astype(np.float64) for image in pair)
    return hr_planes, sr_planes
