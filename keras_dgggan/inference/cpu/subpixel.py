"""Convolutions of enlarged features without the enlargement; their kernels are `kernels`'."""

import tensorflow as tf


def blocks(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor, negative_slope: float) -> tf.Tensor:
    """Blocks of the enlarged, convolved and activated features; `kernel` by `enlarging_kernel`."""
    padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
    convolved = tf.nn.bias_add(tf.nn.conv2d(padded, kernel, 1, "VALID"), bias)
    return tf.nn.leaky_relu(convolved, negative_slope)


def from_blocks(x: tf.Tensor, factor: int) -> tf.Tensor:
    """The features `[1, factor * height, factor * width, filters]` that blocks consist of."""
    enlarged = tf.nn.depth_to_space(x, factor)
    # Blocks begin one pixel before the image, and the last ones end behind it.
    return enlarged[:, 1 : 1 - factor, 1 : 1 - factor]


def inside(height: tf.Tensor, width: tf.Tensor, factor: int) -> tf.Tensor:
    """Which pixels of the blocks lie in the image: `[1, height + 1, width + 1, f * f]`, 1 or 0.

    Args:
        height: Of the features before the enlargement.
        width: Their width.
        factor: Of the enlargement.
    """

    def along(size: tf.Tensor) -> tf.Tensor:
        pixel = factor * tf.range(size + 1)[:, None] - 1 + tf.range(factor)
        return tf.cast((pixel >= 0) & (pixel < factor * size), tf.float32)

    both = tf.einsum("ya,xb->yxab", along(height), along(width))
    return tf.reshape(both, [1, height + 1, width + 1, factor**2])
