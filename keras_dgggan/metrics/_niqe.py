"""Natural image quality evaluator: how natural an image looks, without a reference."""

import functools
import importlib.resources
import math

import numpy as np
import numpy.typing as npt

from keras_dgggan.images.resize import imresize
from keras_dgggan.metrics._planes import cropped, gaussian_window, luma, weighted_means

BLOCK = 96
_WINDOW = gaussian_window(7, 7 / 6)
# The shape parameters that the moments are matched against.
_SHAPES = np.arange(200, 10001) / 1000
# Each pixel's neighbours to the right, below, and on both diagonals, as (rows, columns).
_NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))


def niqe(image: npt.ArrayLike, *, crop_border: int = 0) -> float:
    """NIQE of one image; lower is more natural.

    Blocks of 96 x 96 pixels of the rounded luma are described by 36 statistics of their locally
    normalised values at two scales; the value is the distance of their distribution from that of
    the authors' pristine photographs. Rows and columns that fill no block are left out.

    Args:
        image: RGB `[height, width, 3]` or gray `[height, width]`, uint8 or floating point in
            [0, 1]; at least 96 x 192 or 192 x 96 after the crop.
        crop_border: Pixels left out on each side; papers leave out the scale.

    Returns:
        About 2 to 5 for good photographs and above for others.

    Raises:
        TypeError: An image of another dtype.
        ValueError: An image of another shape or range, of fewer than two blocks, or with texture
            in fewer than two.

    Examples:
        >>> image = np.random.default_rng(0).integers(0, 256, (192, 192), np.uint8)
        >>> niqe(image) > 10   # noise is not natural
        True

    Reference:
        A. Mittal, R. Soundararajan and A. C. Bovik, Making a completely blind image quality
        analyzer, IEEE Signal Processing Letters 20 (3), 2013.
    """
    plane = cropped(luma(image, "8bit"), crop_border)
    rows, columns = (size // BLOCK for size in plane.shape)
    if rows * columns < 2:
        raise ValueError(
            f"NIQE needs two blocks of {BLOCK} x {BLOCK} pixels after the crop. "
            f"Received: {plane.shape[0]} x {plane.shape[1]} pixels"
        )
    plane = plane[: rows * BLOCK, : columns * BLOCK]
    half = imresize(plane, 0.5)
    features = np.concatenate(
        [_block_features(plane, BLOCK), _block_features(half, BLOCK // 2)], axis=1
    )
    # A block of one colour has no shape to measure.
    complete = features[np.isfinite(features).all(axis=1)]
    if len(complete) < 2:
        raise ValueError(
            f"NIQE needs two blocks of {BLOCK} x {BLOCK} pixels with texture. "
            f"Received: {rows * columns} blocks, of which {len(complete)} have any"
        )
    pristine_mean, pristine_covariance = _pristine()
    difference = pristine_mean - np.nanmean(features, axis=0)
    covariance = (pristine_covariance + np.cov(complete, rowvar=False)) / 2
    return float(np.sqrt(difference @ np.linalg.pinv(covariance) @ difference))


@functools.cache
def _pristine() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean `[36]` and covariance `[36, 36]` of the features of the authors' photographs."""
    source = importlib.resources.files("keras_dgggan.metrics") / "data" / "niqe_pris_params.npz"
    with source.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return arrays["mu_pris_param"][0], arrays["cov_pris_param"]


def _block_features(plane: npt.NDArray[np.float64], size: int) -> npt.NDArray[np.float64]:
    """The 18 statistics of each size x size block at one scale, `[blocks, 18]`."""
    values = _normalise(plane)
    rows, columns = (length // size for length in plane.shape)
    blocks = values.reshape(rows, size, columns, size).swapaxes(1, 2).reshape(-1, size, size)
    shape, left, right, _ = _asymmetric_gaussian(blocks)
    features = [shape, (left + right) / 2]
    for shift in _NEIGHBOURS:
        # Rolled inside of the block: its last column meets its first, as in the authors' program.
        shape, left, right, mean = _asymmetric_gaussian(blocks * np.roll(blocks, shift, (1, 2)))
        features += [shape, mean, left, right]
    return np.stack(features, axis=1)


def _normalise(plane: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean-subtracted and contrast-normalised luminance."""
    mean = _blur(plane)
    deviation = np.sqrt(np.abs(_blur(plane**2) - mean**2))
    return (plane - mean) / (deviation + 1)


def _blur(plane: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return weighted_means(np.pad(plane, len(_WINDOW) // 2, mode="edge"), _WINDOW)


@functools.cache
def _ratio_of_shapes() -> npt.NDArray[np.float64]:
    gamma = np.vectorize(math.gamma)
    return gamma(2 / _SHAPES) ** 2 / (gamma(1 / _SHAPES) * gamma(3 / _SHAPES))


def _asymmetric_gaussian(blocks: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], ...]:
    """Shape, left scale, right scale and mean of the distribution that fits each block."""
    values = blocks.reshape(len(blocks), -1)
    squares = values**2
    with np.errstate(divide="ignore", invalid="ignore"):
        left, right = (
            np.sqrt(np.sum(squares, axis=1, where=side) / np.count_nonzero(side, axis=1))
            for side in (values < 0, values > 0)
        )
        ratio = left / right
        moments = np.abs(values).mean(axis=1) ** 2 / squares.mean(axis=1)
        target = moments * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    # The ratio grows with the shape: the nearest entry is one of the two around the target.
    table = _ratio_of_shapes()
    above = np.searchsorted(table, target).clip(1, len(table) - 1)
    nearest = np.where(target - table[above - 1] <= table[above] - target, above - 1, above)
    shape = np.where(np.isfinite(target), _SHAPES[nearest], np.nan)
    gamma = np.vectorize(math.gamma, otypes=[float])
    one, two, three = (gamma(n / _SHAPES[nearest]) for n in (1, 2, 3))
    width = np.sqrt(one / three)
    left, right = left * width, right * width
    return shape, left, right, (right - left) * two / one


def perceptual_index(ma: float, niqe: float) -> float:
    """PI = ((10 - Ma) + NIQE) / 2; lower is better.

    Ma's score comes from regression forests that its authors publish as MATLAB files and that
    this package does not hold. Compute it with their program on images saved by
    `keras-dgggan evaluate --save-images`, and NIQE with `niqe(image, crop_border=4)`; `evaluate`
    leaves PI out rather than estimate it.

    Args:
        ma: Ma's score of the image, 0 to 10.
        niqe: NIQE of the image.

    Examples:
        >>> perceptual_index(ma=8.5, niqe=4.0)
        2.75

    Reference:
        Y. Blau et al., The 2018 PIRM challenge on perceptual image super-resolution, 2018;
        C. Ma et al., Learning a no-reference quality metric for single-image super-resolution,
        2017.
    """
    return ((10.0 - ma) + niqe) / 2.0
