"""A multi-scale residual block's features, for two ways to lay out features in memory."""

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.inference.rewritten.grid import Grid
from keras_dgggan.inference.rewritten.winograd import WinogradConvolution
from keras_dgggan.layers import image_gradient


class Layout(Protocol):
    """How the features of an image lie in memory between its blocks."""

    def enter(self, x: tf.Tensor) -> tf.Tensor: ...
    def leave(self, x: tf.Tensor) -> tf.Tensor: ...
    def mean(self, x: tf.Tensor) -> tf.Tensor: ...
    def image_gradient(self, x: tf.Tensor, epsilon: float) -> tf.Tensor: ...


class Plane:
    """The plain layout: `[1, height, width, channels]`."""

    def enter(self, x: tf.Tensor) -> tf.Tensor:
        return x

    def leave(self, x: tf.Tensor) -> tf.Tensor:
        return x

    def mean(self, x: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(x, [1, 2])

    def image_gradient(self, x: tf.Tensor, epsilon: float) -> tf.Tensor:
        return image_gradient(x, epsilon)


class PlainBlock:
    """A block's features by plain convolutions.

    Bias and LeakyReLU directly after each convolution become one operation with it. Computes in
    the type of its input.

    Args:
        block: A `MultiScaleResidualBlock`.
    """

    def __init__(self, block: Any) -> None:
        self._slope = block.negative_slope
        self._level1 = [_weights(block.level1_3x3), _weights(block.level1_5x5)]
        self._level2 = [_weights(block.level2_3x3), _weights(block.level2_5x5)]
        kernel, self._bias = pointwise(block)
        # The branches are summed by the fusion: nothing has to be concatenated for it.
        self._fusion = np.split(kernel[None, None], 2, axis=2)

    def __call__(self, x: tf.Tensor, layout: Layout) -> tf.Tensor:
        """All before SE's gate, from and to a `Plane`."""
        y = tf.concat(self._branches(x, self._level1), axis=-1)
        parts = [
            tf.nn.conv2d(branch, tf.cast(kernel, x.dtype), 1, "SAME")
            for branch, kernel in zip(self._branches(y, self._level2), self._fusion, strict=True)
        ]
        return tf.nn.bias_add(parts[0], tf.cast(self._bias, x.dtype)) + parts[1]

    def _branches(self, x: tf.Tensor, level: list[tuple[Any, Any]]) -> list[tf.Tensor]:
        return [tf.nn.leaky_relu(convolved(x, weights), self._slope) for weights in level]


class WinogradBlock:
    """A block's features by Winograd's convolution.

    It transforms its input once for the branches of both kernel sizes, the 3x3 as a 5x5 with a
    border of zeros; their results are concatenated as they are.

    Args:
        block: A `MultiScaleResidualBlock`.
    """

    def __init__(self, block: Any) -> None:
        self._level1 = _both_branches(block.level1_3x3, block.level1_5x5, block.negative_slope)
        self._level2 = _both_branches(block.level2_3x3, block.level2_5x5, block.negative_slope)
        kernel, bias = pointwise(block)
        self._kernel, self._bias = tf.constant(kernel), tf.constant(bias)

    def __call__(self, x: tf.Tensor, layout: Layout) -> tf.Tensor:
        """All before SE's gate, from and to the rows of a `Grid`."""
        assert isinstance(layout, Grid)
        source1 = self._level1.source(x)
        y = layout.by_chunk(lambda index: self._level1.tiles(source1, index), self._level1.filters)
        source2 = self._level2.source(y)

        def level2(index: tf.Tensor) -> tf.Tensor:
            fused = tf.matmul(self._level2.tiles(source2, index), self._kernel)
            return tf.nn.bias_add(fused, self._bias)

        return layout.by_chunk(level2, self._kernel.shape[-1])


def convolved(x: tf.Tensor, weights: tuple[npt.NDArray, npt.NDArray]) -> tf.Tensor:
    """A convolution of unchanged size, in the type of its input."""
    kernel, bias = (tf.cast(values, x.dtype) for values in weights)
    return tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias)


def pointwise(block: Any) -> tuple[npt.NDArray, npt.NDArray]:
    """Fusion and SE's transition as one: nothing lies between these two 1x1 convolutions.

    Returns:
        A kernel `[4 * filters, filters]` and a bias `[filters]`.
    """
    kernel, bias = (w.astype(np.float64) for w in _weights(block.fusion))
    kernel = kernel[0, 0]
    if block.squeeze_excitation is not None:
        transition, offset = _weights(block.squeeze_excitation.transition)
        kernel, bias = kernel @ transition[0, 0], bias @ transition[0, 0] + offset
    return kernel.astype(np.float32), bias.astype(np.float32)


def _both_branches(conv3: Any, conv5: Any, negative_slope: float) -> WinogradConvolution:
    kernel3, bias3 = _weights(conv3)
    kernel5, bias5 = _weights(conv5)
    bordered = np.pad(kernel3, [(1, 1), (1, 1), (0, 0), (0, 0)])
    return WinogradConvolution(
        np.concatenate([bordered, kernel5], axis=-1), np.concatenate([bias3, bias5]), negative_slope
    )


def _weights(layer: Any) -> tuple[npt.NDArray, npt.NDArray]:
    kernel, bias = layer.get_weights()
    return kernel, bias
