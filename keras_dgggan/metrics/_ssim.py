"""Structural similarity."""

import math

import numpy as np
import numpy.typing as npt

from keras_dgggan.metrics._planes import (
    Channel,
    YRounding,
    gaussian_window,
    planes_of_pair,
    weighted_means,
)

WINDOW = 11
GAUSSIAN = gaussian_window(WINDOW, 1.5)
C1 = (0.01 * 255.0) ** 2
C2 = (0.03 * 255.0) ** 2


def ssim(
    hr: npt.ArrayLike,
    sr: npt.ArrayLike,
    *,
    crop_border: int,
    channel: Channel = "y",
    y_rounding: YRounding = "float",
    downsample: bool = False,
) -> float:
    """SSIM of one image: Gaussian window of 11 x 11 and sigma 1.5, on the pixels where it fits.

    Args:
        hr: The reference, RGB `[height, width, 3]` or gray `[height, width]`, uint8 or floating
            point in [0, 1]. Floating point is clipped and rounded to 8 bits first, as a saved
            picture is.
        sr: The image to judge, likewise.
        crop_border: Pixels left out on each side; papers leave out the scale.
        channel: "y" measures the luma, "rgb" averages the SSIM of the three channels.
        y_rounding: See `luma`.
        downsample: First reduce both images by round(min(height, width) / 256), as the authors'
            later `ssim.m` does: higher values on large images. The tables of SPSR are such.

    Returns:
        The mean of the SSIM map, 1 for equal images.

    Raises:
        TypeError: An image of another dtype.
        ValueError: Images of other shapes or ranges, or smaller than the window after the crop.

    Examples:
        >>> hr = np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)
        >>> ssim(hr, hr, crop_border=4)
        1.0

    Reference:
        Z. Wang et al., Image quality assessment: from error visibility to structural similarity,
        IEEE Trans. Image Processing 13 (4), 2004.
    """
    reference, judged = planes_of_pair(hr, sr, crop_border, channel, y_rounding)
    if downsample:
        # MATLAB rounds halves up.
        factor = math.floor(min(reference.shape[:2]) / 256 + 0.5)
        reference, judged = _box_reduce(reference, factor), _box_reduce(judged, factor)
    if min(reference.shape[:2]) < WINDOW:
        raise ValueError(
            f"SSIM needs {WINDOW} x {WINDOW} pixels after the crop. "
            f"Received: {reference.shape[0]} x {reference.shape[1]}"
        )
    mean_a, mean_b = (weighted_means(planes, GAUSSIAN) for planes in (reference, judged))
    variance_a = weighted_means(reference**2, GAUSSIAN) - mean_a**2
    variance_b = weighted_means(judged**2, GAUSSIAN) - mean_b**2
    covariance = weighted_means(reference * judged, GAUSSIAN) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
    structure = (2 * covariance + C2) / (variance_a + variance_b + C2)
    return float(np.mean(luminance * structure))


def _box_reduce(planes: npt.NDArray[np.float64], factor: int) -> npt.NDArray[np.float64]:
    """Mean of factor x factor pixels, symmetric border, then every factor-th: as `ssim.m`."""
    if factor <= 1:
        return planes
    # MATLAB's imfilter centres an even window on the pixel left above of its middle.
    before = (factor - 1) // 2
    around = (before, factor - 1 - before)
    padded = np.pad(planes, (around, around, (0, 0)), mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (factor, factor), axis=(0, 1))
    return windows[::factor, ::factor].mean(axis=(-2, -1))
