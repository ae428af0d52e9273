"""Features of a whole image in host memory, which TensorFlow reads where they lie.

In traced functions an area is int32 `[top, bottom, left, right]`.
"""

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
            self.rows: tf.Tensor = tf.experimental.dlpack.from_dlpack(rows.__dlpack__())


def as_array(tensor: tf.Tensor) -> npt.NDArray:
    """A tensor's values, for reading; without a copy where they are in host memory."""
    if "GPU" in tensor.device:
        return tensor.numpy()
    return np.asarray(memoryview(tensor))


def places(areas: tf.Tensor, halo: int = 0) -> tuple[tf.Tensor, tf.Tensor]:
    """The pixels of areas of equal size with a halo around each, in the image.

    Args:
        areas: `[areas, 4]`.
        halo: Pixels on each side; they may lie beyond the image.

    Returns:
        Row `[areas, height, 1]` and column `[areas, 1, width]`.
    """
    height, width = areas[0, 1] - areas[0, 0], areas[0, 3] - areas[0, 2]
    y = areas[:, 0, None, None] - halo + tf.range(height + 2 * halo)[:, None]
    x = areas[:, 2, None, None] - halo + tf.range(width + 2 * halo)
    return y, x


def inside(y: tf.Tensor, x: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Which pixels lie in the image; `size` is its height and width."""
    return (y >= 0) & (y < size[0]) & (x >= 0) & (x < size[1])


def gathered(rows: tf.Tensor, size: tf.Tensor, areas: tf.Tensor, halo: int = 0) -> tf.Tensor:
    """Areas of equal size with a halo, from the rows of a `FeatureMap`; zeros beyond the image.

    Args:
        rows: `[height * width + 2, channels]`.
        size: Height and width of the image.
        areas: `[areas, 4]`.
        halo: Pixels on each side.

    Returns:
        `[areas, height, width, channels]`.

    Examples:
        >>> features = FeatureMap(30, 40, 16)
        >>> areas = tf.constant([[0, 15, 0, 20], [15, 30, 20, 40]])
        >>> gathered(features.rows, tf.constant([30, 40]), areas, halo=4).shape
        TensorShape([2, 23, 28, 16])
    """
    y, x = places(areas, halo)
    index = tf.where(inside(y, x, size), y * size[1] + x, size[0] * size[1])
    return tf.gather(rows, index)


def around(area: tf.Tensor, halo: int, size: tf.Tensor) -> tf.Tensor:
    """An area with a halo, as far as the image reaches; `size` is its height and width."""
    wider = area + tf.constant([-halo, halo, -halo, halo])
    return tf.clip_by_value(wider, 0, tf.gather(size, [0, 0, 1, 1]))
