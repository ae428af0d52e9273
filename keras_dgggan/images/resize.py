"""Bicubic resizing as MATLAB's `imresize` does it, in NumPy alone."""

import functools
import math
from typing import Literal

import numpy as np
import numpy.typing as npt

Border = Literal["symmetric", "replicate"]

# Output rows worked on at once: one float64 band of a wide picture then stays in the CPU's cache.
_BAND_ELEMENTS = 1 << 16


def imresize(
    image: npt.NDArray,
    scale: float | tuple[float, float] | None,
    *,
    border: Border = "symmetric",
    output_shape: tuple[int, int] | None = None,
    antialias: bool = True,
) -> npt.NDArray:
    """Resize an image by bicubic interpolation, bit for bit as MATLAB's `imresize`.

    The cubic kernel has a = -0.5; for scales below 1 it is widened by 1/scale (antialiasing).
    The two axes are resized one after the other, the one with the smaller scale first, height
    before width when they are equal. Sums are taken in float64, tap by tap, so that the result
    does not depend on the machine. uint8 and uint16 images are rounded (half up) and clipped
    after **each** of the two passes, as MATLAB does; float images are neither rounded nor clipped.

    Low-resolution images of the super-resolution literature are made so, from a high-resolution
    image whose height and width are multiples of the scale.

    Args:
        image: `[height, width]` or `[height, width, channels]`, any number of channels (alpha
            is a channel like the others); uint8, uint16, or floating point of any range.
        scale: Output size over input size; a pair gives (vertical, horizontal). None takes it
            from `output_shape`.
        border: What lies outside of the image: "symmetric" mirrors it (`cba|abc|cba`, MATLAB's
            choice today), "replicate" repeats its edge (`aaa|abc|ccc`, older releases').
        output_shape: (height, width) of the result. By default scale x size, rounded up.
        antialias: False keeps the kernel's width when reducing, which aliases.

    Returns:
        `[out_height, out_width]` or `[out_height, out_width, channels]`, of the input's dtype.

    Raises:
        TypeError: The dtype is none of the above.
        ValueError: The shape, the scale or the border is none of the above.

    Examples:
        >>> import numpy as np
        >>> imresize(np.full((8, 12, 3), 200, np.uint8), 0.25).shape
        (2, 3, 3)
        >>> imresize(np.array([[0, 255]], np.uint8), None, output_shape=(1, 4))
        array([[  0,  52, 203, 255]], dtype=uint8)

    Reference:
        R. Keys, Cubic convolution interpolation for digital image processing, IEEE Trans. ASSP
        29 (6), 1981.
    """
    image = np.asarray(image)
    if image.ndim not in (2, 3) or 0 in image.shape:
        raise ValueError(
            "`image` must be [height, width] or [height, width, channels] and not empty. "
            f"Received: shape {image.shape}"
        )
    if image.dtype not in (np.uint8, np.uint16) and not np.issubdtype(image.dtype, np.floating):
        raise TypeError(f"`image` must be uint8, uint16 or floating point. Received: {image.dtype}")
    if border not in ("symmetric", "replicate"):
        raise ValueError(f"`border` must be 'symmetric' or 'replicate'. Received: {border!r}")
    scales, sizes = _scales_and_sizes(image.shape[:2], scale, output_shape)
    for axis in sorted((0, 1), key=lambda axis: scales[axis]):
        taps = _taps(image.shape[axis], sizes[axis], scales[axis], border, antialias)
        image = _resize_axis(image, axis, *taps)
    return image


def imresize_crop(
    image: npt.NDArray,
    scale: float,
    *,
    top: int,
    left: int,
    height: int,
    width: int,
    border: Border = "symmetric",
) -> npt.NDArray:
    """A crop of `imresize(image, scale)`, bit for bit, at the cost of the crop alone.

    Args:
        image: As for `imresize`.
        scale: Output size over input size.
        top: First row of the crop, in pixels of the resized image.
        left: First column.
        height: Rows of the crop.
        width: Columns of the crop.
        border: As for `imresize`.

    Returns:
        `[height, width]` or `[height, width, channels]`, of the input's dtype.

    Raises:
        ValueError: The crop does not lie in the resized image.

    Examples:
        >>> image = np.arange(48 * 48, dtype=np.float32).reshape(48, 48)
        >>> crop = imresize_crop(image, 0.25, top=2, left=3, height=4, width=5)
        >>> np.array_equal(crop, imresize(image, 0.25)[2:6, 3:8])
        True
    """
    scales, sizes = _scales_and_sizes(image.shape[:2], scale, None)
    windows = (slice(top, top + height), slice(left, left + width))
    for window, size in zip(windows, sizes, strict=True):
        if not 0 <= window.start < window.stop <= size:
            raise ValueError(
                f"The crop must lie in the resized image of {sizes[0]} x {sizes[1]}. Received: "
                f"top={top}, left={left}, height={height}, width={width}"
            )
    taps = []
    for axis, window in enumerate(windows):
        # The weights of the whole image, not of a part resized on its own: positions differ by
        # a rounding error there, which is enough to turn a sum of 0.5 the other way.
        weights, index = _taps(image.shape[axis], sizes[axis], scales[axis], border, True)
        index = index[:, window]
        first = int(index.min())
        image = image[(slice(None),) * axis + (slice(first, int(index.max()) + 1),)]
        taps.append((weights[:, window], index - first))
    for axis in sorted((0, 1), key=lambda axis: scales[axis]):
        image = _resize_axis(image, axis, *taps[axis])
    return image


def _scales_and_sizes(
    shape: tuple[int, ...],
    scale: float | tuple[float, float] | None,
    output_shape: tuple[int, int] | None,
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    if scale is None:
        if output_shape is None:
            raise ValueError("Give `scale` or `output_shape`. Received: neither")
        scales = tuple(out / size for out, size in zip(output_shape, shape, strict=True))
    elif isinstance(scale, tuple):
        scales = (float(scale[0]), float(scale[1]))
    else:
        scales = (float(scale), float(scale))
    if not all(math.isfinite(s) and s > 0 for s in scales):
        raise ValueError(f"`scale` must be finite and above 0. Received: {scale}")
    if output_shape is None:
        # 1.1 * 10 is 11.000000000000002 in floating point and must not become 12.
        sizes = tuple(math.ceil(s * n - 1e-9 * n) for s, n in zip(scales, shape, strict=True))
        return scales, tuple(max(1, size) for size in sizes)
    if min(output_shape) < 1:
        raise ValueError(f"`output_shape` must be at least 1 x 1. Received: {output_shape}")
    return scales, (int(output_shape[0]), int(output_shape[1]))


def _cubic(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Keys' kernel, a = -0.5, of support [-2, 2]."""
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1.0
    far = -0.5 * x**3 + 2.5 * x**2 - 4.0 * x + 2.0
    return np.where(x <= 1, near, np.where(x <= 2, far, 0.0))


@functools.lru_cache(maxsize=256)
def _taps(
    size: int, out_size: int, scale: float, border: Border, antialias: bool
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]:
    """Weights and source indices of each output sample, both `[taps, out_size]`."""
    squeeze = min(scale, 1.0) if antialias else 1.0
    # Centre of output sample i in input coordinates (samples are areas, not points).
    centre = (np.arange(out_size) + 0.5) / scale - 0.5
    width = 4.0 / squeeze
    left = np.floor(centre - width / 2.0)
    position = left + np.arange(math.ceil(width) + 2)[:, None]
    weights = squeeze * _cubic(squeeze * (centre - position))
    weights /= weights.sum(axis=0)
    if border == "symmetric":
        index = position.astype(np.intp) % (2 * size)
        index = np.minimum(index, 2 * size - 1 - index)
    else:
        index = np.clip(position.astype(np.intp), 0, size - 1)
    used = weights.any(axis=1)
    weights, index = weights[used], index[used]
    # The cache hands the same arrays to every caller.
    weights.flags.writeable = index.flags.writeable = False
    return weights, index


def _resize_axis(
    image: npt.NDArray, axis: int, weights: npt.NDArray[np.float64], index: npt.NDArray[np.intp]
) -> npt.NDArray:
    rows = np.ascontiguousarray(np.moveaxis(image, axis, 0))
    flat = rows.reshape(rows.shape[0], -1)
    out = np.empty((index.shape[1], flat.shape[1]), image.dtype)
    band = max(1, _BAND_ELEMENTS // flat.shape[1])
    for start in range(0, len(out), band):
        part = slice(start, start + band)
        total = np.zeros((len(out[part]), flat.shape[1]))
        for weight, source in zip(weights[:, part], index[:, part], strict=True):
            total += weight[:, None] * flat[source]
        if np.issubdtype(image.dtype, np.integer):
            total = np.clip(np.floor(total + 0.5), 0, np.iinfo(image.dtype).max)
        out[part] = total
    return np.ascontiguousarray(np.moveaxis(out.reshape(-1, *rows.shape[1:]), 0, axis))
