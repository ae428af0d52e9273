"""Features of a whole image in host memory, which TensorFlow reads where they lie.

In traced functions an area is int32 `[top, bottom, left, right]`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

# TensorFlow takes memory over only if it begins at a multiple of so many bytes.
_ALIGNMENT = 64


class FeatureMap:
    """Features that are written by numpy and read by TensorFlow, without a copy between them.

    Args:
        height: Of the image.
        width: Its width.
        channels: Of the features.

    Attributes:
        pixels: `[height, width, channels]`, float32, to be written.
        rows: The same memory as a tensor `[height * width + 2, channels]`. The last two rows are
            zeros and ones: what a convolution reads beyond the image, and for its bias.

    Examples:
        >>> features = FeatureMap(30, 40, 16)
        >>> features.pixels[:] = 0.5
        >>> features.rows.shape
        TensorShape([1202, 16])
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


def as_array(tensor: tf.Tensor) -> npt.NDArray:
    """A tensor's values, for reading; without a copy where they are in host memory."""
    if "GPU" in tensor.device:
        return tensor.numpy()
    return np.asarray(memoryview(tensor))


def as_image(rows: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """The rows of a `FeatureMap` as `[1, height, width, channels]`."""
    return tf.reshape(rows[:-2], [1, size[0], size[1], rows.shape[-1]])


def cut(x: tf.Tensor, area: tf.Tensor) -> tf.Tensor:
    """An area of `[1, height, width, channels]`."""
    # Whole lines are cut without a copy, if theirs is the first axis.
    part = tf.squeeze(x, 0)[area[0] : area[1], area[2] : area[3]]
    return part[None]


def around(area: tf.Tensor, halo: int, size: tf.Tensor) -> tf.Tensor:
    """An area with a halo, as far as the image reaches; `size` is its height and width."""
    wider = area + tf.constant([-halo, halo, -halo, halo])
    return tf.clip_by_value(wider, 0, tf.gather(size, [0, 0, 1, 1]))


def within(area: tf.Tensor, outer: tf.Tensor) -> tf.Tensor:
    """An area counted from the corner of one that holds it."""
    return area - tf.gather(outer, [0, 0, 2, 2])


def beyond(area: tf.Tensor, halo: int) -> tf.Tensor:
    """An area with a halo, beyond the image too."""
    return area + tf.constant([-halo, halo, -halo, halo])


def cut_with_zeros(x: tf.Tensor, held: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """An area of the image, with zeros where `x`, which holds another area of it, ends."""
    inner = tf.clip_by_value(wanted, tf.gather(held, [0, 0, 2, 2]), tf.gather(held, [1, 1, 3, 3]))
    rows, columns = tf.split(tf.abs(wanted - inner), 2)
    return tf.pad(cut(x, within(inner, held)), tf.stack([[0, 0], rows, columns, [0, 0]]))
