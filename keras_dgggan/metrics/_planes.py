"""Preparation of images for metrics: range check, rounding to 8 bits, crop, choice of channel."""

from typing import Literal

import numpy as np
import numpy.typing as npt

Channel = Literal["y", "rgb"]
YRounding = Literal["float", "8bit"]

# MATLAB's rgb2ycbcr: ITU-R BT.601, studio range (Y of black is 16, of white 235).
Y_WEIGHTS = (65.481, 128.553, 24.966)
Y_OFFSET = 16.0

# A network's unclipped output and a bicubic overshoot [0, 1]; an image of [-1, 1] or of 0 to 255
# goes beyond these.
LEAST, MOST = -0.5, 1.5


def to_8bit(image: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """The image as a file of 8 bits holds it: published numbers are measured on files.

    Args:
        image: RGB `[height, width, 3]` or gray `[height, width]`, uint8 (returned as it is) or
            floating point, where 0 is black and 1 white; what lies a little beyond is clipped.

    Returns:
        uint8 of the same shape.

    Raises:
        TypeError: Another dtype.
        ValueError: Another shape; NaN or infinite values; floating point that reaches below -0.5
            or above 1.5, which is no image in [0, 1].

    Examples:
        >>> to_8bit([[[-0.1, 0.5, 1.0]]])
        array([[[  0, 128, 255]]], dtype=uint8)
        >>> to_8bit([[0.0, 200.0]])
        Traceback (most recent call last):
        ...
        ValueError: the image must be in [0, 1]: divide by 255. Received: values from 0 to 200
    """
    return checked_8bit(image, "the image")


def checked_8bit(image: npt.ArrayLike, name: str) -> npt.NDArray[np.uint8]:
    """`to_8bit` with messages that call the image `name`."""
    image = np.asarray(image)
    if image.ndim != 2 and (image.ndim != 3 or image.shape[2] != 3):
        raise ValueError(
            f"{name} must be RGB [height, width, 3] or gray [height, width]. "
            f"Received: shape {image.shape}"
        )
    if image.dtype == np.uint8:
        return image
    if not np.issubdtype(image.dtype, np.floating):
        raise TypeError(
            f"{name} must be uint8, or floating point in [0, 1]. Received: {image.dtype}"
        )
    check_range(image, name)
    return np.round(np.clip(image.astype(np.float64), 0.0, 1.0) * 255.0).astype(np.uint8)


def check_range(
    values: npt.NDArray[np.floating], name: str, least: float = LEAST, most: float = MOST
) -> None:
    """Raise `ValueError` unless all values are finite, and from `least` to `most`."""
    if not values.size:
        return
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        count = int(np.count_nonzero(~np.isfinite(values)))
        raise ValueError(
            f"{name} must be finite. Received: {count} of {values.size} values are NaN or infinite"
        )
    if low < least or high > most:
        if low >= -8 and 16 < high < 264:
            remedy = "divide by 255"
        elif low < -0.5 and high <= 1.05:
            remedy = "if it is of [-1, 1], take (x + 1) / 2"
        else:
            remedy = "clip what lies beyond if it is"
        raise ValueError(
            f"{name} must be in [0, 1]: {remedy}. Received: values from {low:.4g} to {high:.4g}"
        )


def cropped(image: npt.NDArray, crop_border: int) -> npt.NDArray:
    """`image` less `crop_border` pixels on each side.

    Raises:
        ValueError: Nothing would be left, or the border is negative.
    """
    if crop_border < 0 or 2 * crop_border >= min(image.shape[:2]):
        raise ValueError(
            f"`crop_border` must leave something of {image.shape[0]} x {image.shape[1]} pixels. "
            f"Received: crop_border={crop_border}"
        )
    inside = slice(crop_border, -crop_border or None)
    return image[inside, inside]


def pair_of_8bit(
    hr: npt.ArrayLike, sr: npt.ArrayLike, crop_border: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Both images as `to_8bit` gives them, less `crop_border` on each side.

    Raises:
        TypeError: An image of another dtype.
        ValueError: One is no image, they differ in shape, or nothing is left.
    """
    hr, sr = checked_8bit(hr, "HR"), checked_8bit(sr, "SR")
    if hr.shape != sr.shape:
        raise ValueError(f"HR and SR differ in shape. Received: HR {hr.shape}, SR {sr.shape}")
    return cropped(hr, crop_border), cropped(sr, crop_border)


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

    Examples:
        >>> luma(np.full((1, 1, 3), 255, np.uint8))
        array([[235.]])
    """
    check_choices("y", y_rounding)
    image = to_8bit(image)
    if image.ndim == 2:
        return image.astype(np.float64)
    y = Y_OFFSET + image @ np.array(Y_WEIGHTS) / 255.0
    return np.floor(y + 0.5) if y_rounding == "8bit" else y


def gaussian_window(size: int, sigma: float) -> npt.NDArray[np.float64]:
    """A window along one axis, `[size]`, of sum 1: that of two axes is its outer product."""
    x = np.arange(size) - size // 2
    window = np.exp(-(x**2) / (2 * sigma**2))
    return window / window.sum()


def weighted_means(
    planes: npt.NDArray[np.float64], window: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Means by a window of both axes where it fits: of `[height, width, ...]` less its size."""
    height, width = (size - len(window) + 1 for size in planes.shape[:2])
    columns = sum(weight * planes[i : i + height] for i, weight in enumerate(window))
    return np.asarray(sum(weight * columns[:, i : i + width] for i, weight in enumerate(window)))


def check_choices(channel: Channel, y_rounding: YRounding) -> None:
    """Raise `ValueError` for a channel or a rounding that is none."""
    if channel not in ("y", "rgb"):
        raise ValueError(f"`channel` must be 'y' or 'rgb'. Received: channel={channel!r}")
    if y_rounding not in ("float", "8bit"):
        raise ValueError(
            f"`y_rounding` must be 'float' or '8bit'. Received: y_rounding={y_rounding!r}"
        )


def planes_of_pair(
    hr: npt.ArrayLike,
    sr: npt.ArrayLike,
    crop_border: int,
    channel: Channel,
    y_rounding: YRounding,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Both images in 0-255 as float64 `[height, width, planes]`, less the border."""
    check_choices(channel, y_rounding)
    pair = pair_of_8bit(hr, sr, crop_border)
    if channel == "y":
        return luma(pair[0], y_rounding)[..., None], luma(pair[1], y_rounding)[..., None]
    hr_planes, sr_planes = (np.atleast_3d(image).astype(np.float64) for image in pair)
    return hr_planes, sr_planes
