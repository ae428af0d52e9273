"""Peak signal-to-noise ratio."""

import math

import numpy as np
import numpy.typing as npt

from keras_dgggan.metrics._planes import Channel, YRounding, planes_of_pair


def psnr(
    hr: npt.ArrayLike,
    sr: npt.ArrayLike,
    *,
    crop_border: int,
    channel: Channel = "y",
    y_rounding: YRounding = "float",
) -> float:
    """PSNR in dB of one image, with a peak of 255.

    Args:
        hr: The reference, RGB `[height, width, 3]` or gray `[height, width]`, uint8 or floating
            point in [0, 1]. Floating point is clipped and rounded to 8 bits first, as a saved
            picture is.
        sr: The image to judge, likewise.
        crop_border: Pixels left out on each side; papers leave out the scale.
        channel: "y" measures the luma, "rgb" the error over all three channels.
        y_rounding: See `luma`.

    Returns:
        10 log10(255² / MSE), infinite for equal images.

    Raises:
        TypeError: An image of another dtype.
        ValueError: Images of other shapes or ranges, or a crop that leaves nothing.

    Examples:
        >>> hr = np.full((16, 16, 3), 100, np.uint8)
        >>> round(psnr(hr, hr + 1, crop_border=4, channel="rgb"), 3)
        48.131
    """
    reference, judged = planes_of_pair(hr, sr, crop_border, channel, y_rounding)
    error = float(np.mean((reference - judged) ** 2))
    return 10.0 * math.log10(255.0**2 / error) if error else math.inf
