"""The metrics by name, with the protocol each follows: for benchmark sets and for validation."""

import math
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keras_dgggan import metrics
from keras_dgggan.errors import UsageError, WeightsError
from keras_dgggan.metrics._planes import YRounding
from keras_dgggan.metrics.weights import load_convolutions

Pixels = npt.NDArray[np.uint8]
# A metric's value by its name, or None where the image is too small for it.
Values = dict[str, float | None]


@dataclass(frozen=True)
class Protocol:
    """The protocol of a measurement: scale, cropped border, rounding of Y, folder of weights.

    Attributes:
        scale: HR size over LR size.
        crop_border: Pixels left out on each side; LPIPS sees the whole image.
        y_rounding: Y as "float", or rounded to "8bit" as MATLAB's `rgb2ycbcr` does.
        weights: Folder of LPIPS' networks; see `keras_dgggan.metrics.weights`.
    """

    scale: int
    crop_border: int
    y_rounding: YRounding = "float"
    weights: str | os.PathLike[str] | None = None


@dataclass(frozen=True)
class Measure:
    """A metric by its name on the command line.

    Attributes:
        label: Its name in tables.
        decimals: Digits behind the point in tables.
        higher_is_better: Whether it is.
        explain: The sentence under a table, given the protocol.
        value: The number for HR, SR and the protocol.
    """

    label: str
    decimals: int
    higher_is_better: bool
    explain: Callable[[Protocol], str]
    value: Callable[[Pixels, Pixels, Protocol], float]


def _on_y(protocol: Protocol) -> str:
    rounding = "rounded to 8 bits" if protocol.y_rounding == "8bit" else "not rounded"
    return f"on Y of BT.601 (16 to 235, {rounding}); gray images on their own levels"


_WINDOW = "Gaussian window of 11x11, sigma 1.5, where it fits"

MEASURES = {
    "psnr": Measure(
        "PSNR",
        3,
        True,
        _on_y,
        lambda hr, sr, p: metrics.psnr(hr, sr, crop_border=p.crop_border, y_rounding=p.y_rounding),
    ),
    "ssim": Measure(
        "SSIM",
        4,
        True,
        lambda p: f"{_on_y(p)}; {_WINDOW}",
        lambda hr, sr, p: metrics.ssim(hr, sr, crop_border=p.crop_border, y_rounding=p.y_rounding),
    ),
    "ssim-m": Measure(
        "SSIM (ssim.m)",
        4,
        True,
        lambda p: f"{_on_y(p)}; first reduced by round(min(height, width) / 256), as ssim.m does",
        lambda hr, sr, p: metrics.ssim(
            hr, sr, crop_border=p.crop_border, y_rounding=p.y_rounding, downsample=True
        ),
    ),
    "psnr-rgb": Measure(
        "PSNR (RGB)",
        3,
        True,
        lambda p: "over the three channels",
        lambda hr, sr, p: metrics.psnr(hr, sr, crop_border=p.crop_border, channel="rgb"),
    ),
    "ssim-rgb": Measure(
        "SSIM (RGB)",
        4,
        True,
        lambda p: f"mean of the three channels; {_WINDOW}",
        lambda hr, sr, p: metrics.ssim(hr, sr, crop_border=p.crop_border, channel="rgb"),
    ),
    "lpips": Measure(
        "LPIPS",
        4,
        False,
        lambda p: "v0.1 with AlexNet; RGB, not cropped",
        lambda hr, sr, p: metrics.lpips(hr, sr, weights=p.weights),
    ),
    "lpips-vgg": Measure(
        "LPIPS (VGG)",
        4,
        False,
        lambda p: "v0.1 with VGG16; RGB, not cropped",
        lambda hr, sr, p: metrics.lpips(hr, sr, network="vgg", weights=p.weights),
    ),
    "niqe": Measure(
        "NIQE",
        3,
        False,
        lambda p: "of SR alone; on Y rounded to 8 bits, blocks of 96x96",
        lambda hr, sr, p: metrics.niqe(sr, crop_border=p.crop_border),
    ),
    "color": Measure(
        "color error",
        3,
        False,
        lambda p: "mean absolute difference of the means of 16x16 boxes, in levels of 255",
        lambda hr, sr, p: metrics.color_error(hr, sr, crop_border=p.crop_border),
    ),
}
DEFAULT = ("psnr", "ssim", "lpips", "niqe", "color")
# The feature network that a measure cannot do without.
NEEDS_WEIGHTS = {"lpips": "alex", "lpips-vgg": "vgg"}


def measures_named(text: str) -> tuple[str, ...]:
    """Names of measures out of a list with commas.

    Raises:
        UsageError: An unknown name.

    Examples:
        >>> measures_named("psnr,lpips")
        ('psnr', 'lpips')
    """
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    for name in names:
        if name == "pi":
            raise UsageError(
                "the perceptual index needs Ma's score, whose regression forests are not part of "
                "this package: save the images by --save-images, compute the score by its "
                "authors' program, and combine it with niqe by metrics.perceptual_index"
            )
        if name not in MEASURES:
            raise UsageError(f"no metric {name!r}: choose among {', '.join(MEASURES)}")
    if not names:
        raise UsageError(f"no metric in {text!r}: choose among {', '.join(MEASURES)}")
    return tuple(dict.fromkeys(names))


def usable_measures(names: Sequence[str], protocol: Protocol) -> tuple[tuple[str, ...], list[str]]:
    """The metrics whose weights are there, and a sentence for each that has to be left out.

    Raises:
        WeightsError: None is left.
    """
    usable, notes = [], []
    for name in names:
        try:
            if name in NEEDS_WEIGHTS:
                load_convolutions(NEEDS_WEIGHTS[name], protocol.weights)
        except WeightsError as error:
            notes.append(f"{MEASURES[name].label} is left out: {error}")
        else:
            usable.append(name)
    if not usable:
        raise WeightsError("; ".join(notes))
    return tuple(usable), notes


def measure(
    hr: Pixels, sr: Pixels, names: Iterable[str], protocol: Protocol
) -> tuple[Values, dict[str, str]]:
    """One image by several metrics.

    Returns:
        The values by name, and for each that is None the reason.

    Examples:
        >>> hr = np.full((16, 16, 3), 100, np.uint8)
        >>> values, missing = measure(hr, hr, ["psnr", "color"], Protocol(4, 4))
        >>> values
        {'psnr': inf, 'color': None}
        >>> missing["color"]
        'the colour error needs 16 x 16 pixels after the crop. Received: 8 x 8'
    """
    values: Values = {}
    missing = {}
    for name in names:
        try:
            values[name] = MEASURES[name].value(hr, sr, protocol)
        except ValueError as error:
            values[name], missing[name] = None, str(error)
    return values, missing


def mean_values(rows: Sequence[Values]) -> Values:
    """The mean of each metric over images; over those that have the value, where some do not.

    Examples:
        >>> mean_values([{"psnr": 30.0, "lpips": 0.25}, {"psnr": 32.0, "lpips": None}])
        {'psnr': 31.0, 'lpips': 0.25}
    """
    means: Values = {}
    for name in rows[0] if rows else ():
        values = [value for row in rows if (value := row[name]) is not None]
        means[name] = math.fsum(values) / len(values) if values else None
    return means


def explanations(names: Sequence[str], protocol: Protocol) -> list[str]:
    """What each measure's number is, and which way is better, for the lines under a table."""
    lines = []
    for name in names:
        measure = MEASURES[name]
        better = "higher" if measure.higher_is_better else "lower"
        lines.append(f"{measure.label} ({better} is better): {measure.explain(protocol)}")
    return lines
