"""Features of a whole image in host memory, which TensorFlow reads where they lie."""

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

# TensorFlow takes memory over only if it begins at a multiple of so many bytes.
_ALIGNMENT = 64

# Rows of features that stay in a processor's cache while they are worked on.
_ROWS = 16


class Plane:
    """Features that are written by numpy and read by TensorFlow, without a copy between them.

    Args:
        height: Of the image.
        width: Its width.
        channels: Of the features.

    Attributes:
        pixels: `[height, width, channels]`, float32, to be written.
        rows: The same memory as a tensor `[height * width + 2, channels]`. The last two rows are
            zeros and ones: what a convolution reads beyond the image, and for its bias.

    Example:
        >>> plane = Plane(30, 40, 16)
        >>> plane.pixels[:] = 0.5
        >>> plane.rows.shape   # (1202, 16)
    """

    def __init__(self, height: int, width: int, channels: int) -> None:
        count = (height * width + 2) * channels
        memory = np.empty(4 * count + _ALIGNMENT, np.uint8)
        start = -memory.ctypes.data % _ALIGNMENT
        rows = memory[start : start + 4 * count].view(np.float32).reshape(-1, channels)
        rows[-2], rows[-1] = 0.0, 1.0
        self.pixels = rows[:-2].reshape(height, width, channels)
        with tf.device("CPU"):
            self.rows: Any = tf.experimental.dlpack.from_dlpack(rows.__dlpack__())


def add_gated(place: npt.NDArray, features: npt.NDArray, gate: npt.NDArray | None) -> None:
    """`place += features * gate`, without memory for the product."""
    for row in range(0, len(place), _ROWS):
        rows = slice(row, row + _ROWS)
        place[rows] += features[rows] if gate is None else features[rows] * gate


def sums(features: npt.NDArray) -> npt.NDArray:
    """The sum of each channel of `[height, width, channels]`, in float64."""
    # Lines are summed in float32, which is fast; not by BLAS, whose threads wait for busy ones.
    return features.sum(axis=0).sum(axis=0, dtype=np.float64)


def as_array(tensor: tf.Tensor) -> npt.NDArray:
    """A tensor's values, for reading; without a copy where they are in host memory."""
    if "GPU" in tensor.device:
        return tensor.numpy()
    return np.asarray(memoryview(tensor))
