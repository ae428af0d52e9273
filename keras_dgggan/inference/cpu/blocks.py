"""A multi-scale residual block's features, for two ways to lay out features in memory."""

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.inference.cpu.pixel_order import Grid, Raster, by_chunk
from keras_dgggan.inference.cpu.winograd import WinogradConvolution
from keras_dgggan.inference.feature_maps import (
    around,
    gathered,
    inside,
    places,
)
from keras_dgggan.inference.kernels import successive
from keras_dgggan.layers import MultiScaleResidualBlock, image_gradient

Weights = tuple[npt.NDArray, npt.NDArray]

# Pixels that each level reads on each side.
_REACH = 2


class PlainLayout:
    """The plain layout: `[1, height, width, channels]`."""

    def enter(self, x: tf.Tensor) -> tf.Tensor:
        return x

    def leave(self, x: tf.Tensor) -> tf.Tensor:
        return x

    def mean(self, x: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(x, [1, 2])

    def image_gradient(self, x: tf.Tensor, epsilon: float) -> tf.Tensor:
        return image_gradient(x, epsilon)


# How the features of an image lie in memory between its blocks.
Layout = PlainLayout | Grid


class PlainBlock:
    """A block's features by plain convolutions.

    Bias and LeakyReLU directly after each convolution become one operation with it.

    Args:
        block: A `MultiScaleResidualBlock`.
    """

    def __init__(self, block: MultiScaleResidualBlock) -> None:
        self._slope = block.negative_slope
        self._level1 = [weights_of(block.level1_3x3), weights_of(block.level1_5x5)]
        self._level2 = [weights_of(block.level2_3x3), weights_of(block.level2_5x5)]
        kernel, self._bias = pointwise(block)
        # The branches are summed by the fusion: nothing has to be concatenated for it.
        self._fusion = np.split(kernel[None, None], 2, axis=2)

    def __call__(self, x: tf.Tensor, layout: Layout) -> tf.Tensor:
        """A block's output before SE's gate, in a `PlainLayout`."""
        return self._second(self._first(x))

    def at(self, rows: tf.Tensor, size: tf.Tensor, areas: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
        """A block's output before SE's gate for areas of an image, from a `FeatureMap`'s rows.

        Args:
            rows: `[height * width + 2, filters]`.
            size: Height and width of the image.
            areas: Of equal size: `[areas, 4]`, top, bottom, left and right of each.
            dtype: In which it is computed.

        Returns:
            `[areas, bottom - top, right - left, filters]`.
        """
        # Each level is computed just where the next one reads it.
        x = gathered(rows, size, areas, 2 * _REACH)
        y = self._first(tf.cast(x, dtype), "VALID")
        # What a convolution reads beyond the image is zero, not what the first level gives there.
        y *= tf.cast(inside(*places(areas, _REACH), size), dtype)[..., None]
        return self._second(y, "VALID")

    def _first(self, x: tf.Tensor, padding: str = "SAME") -> tf.Tensor:
        return tf.concat(self._branches(x, self._level1, padding), axis=-1)

    def _second(self, y: tf.Tensor, padding: str = "SAME") -> tf.Tensor:
        branches = self._branches(y, self._level2, padding)
        parts = [
            tf.nn.conv2d(branch, tf.cast(kernel, y.dtype), 1, "SAME")
            for branch, kernel in zip(branches, self._fusion, strict=True)
        ]
        return tf.nn.bias_add(parts[0], tf.cast(self._bias, y.dtype)) + parts[1]

    def _branches(
        self, x: tf.Tensor, level: list[tuple[tf.Tensor, tf.Tensor]], padding: str
    ) -> list[tf.Tensor]:
        # Without padding the 3x3 one reads a pixel less on each side than the 5x5 one.
        inputs = [x if padding == "SAME" else x[:, 1:-1, 1:-1], x]
        return [
            tf.nn.leaky_relu(convolved(each, weights, padding), self._slope)
            for each, weights in zip(inputs, level, strict=True)
        ]


class WinogradBlock:
    """A block's features by Winograd's convolution.

    It transforms its input once for the branches of both kernel sizes, the 3x3 as a 5x5 with a
    border of zeros; their results are concatenated as they are.

    Args:
        block: A `MultiScaleResidualBlock`.
    """

    def __init__(self, block: MultiScaleResidualBlock) -> None:
        self._level1 = _both_branches(block.level1_3x3, block.level1_5x5, block.negative_slope)
        self._level2 = _both_branches(block.level2_3x3, block.level2_5x5, block.negative_slope)
        kernel, bias = pointwise(block)
        self._kernel, self._bias = tf.constant(kernel), tf.constant(bias)

    def __call__(self, x: tf.Tensor, layout: Layout) -> tf.Tensor:
        """A block's output before SE's gate, from and to the rows of a `Grid`."""
        assert isinstance(layout, Grid)
        index = layout.index(layout)
        y = self._first(self._level1.source(x), index)
        return self._second(self._level2.source(y), index)

    def at(self, rows: tf.Tensor, size: tf.Tensor, areas: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
        """A block's output before SE's gate, as `PlainBlock.at`, but for one area alone."""
        area = areas[0]
        top, bottom, left, right = tf.unstack(around(area, _REACH, size))
        outer = Grid(bottom - top, right - left, top, left)
        y = self._first(rows, outer.index(Raster(size[0], size[1])))
        top, bottom, left, right = tf.unstack(area)
        inner = Grid(bottom - top, right - left, top, left)
        return inner.leave(self._second(self._level2.source(y), inner.index(outer)))

    def _first(self, source: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        return by_chunk(
            lambda chunk: self._level1.tiles(source, chunk), index, self._level1.filters
        )

    def _second(self, source: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        def fused(chunk: tf.Tensor) -> tf.Tensor:
            return tf.nn.bias_add(
                tf.matmul(self._level2.tiles(source, chunk), self._kernel), self._bias
            )

        return by_chunk(fused, index, self._kernel.shape[-1])


def convolved(x: tf.Tensor, weights: Weights, padding: str = "SAME") -> tf.Tensor:
    """A convolution, by default of unchanged size, in the type of its input."""
    kernel, bias = (tf.cast(values, x.dtype) for values in weights)
    return tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, padding), bias)


def pointwise(block: MultiScaleResidualBlock) -> Weights:
    """Fusion and SE's transition as one: nothing lies between these two 1x1 convolutions.

    Returns:
        A kernel `[4 * filters, filters]` and a bias `[filters]`.
    """
    kernel, bias = weights_of(block.fusion)
    if block.squeeze_excitation is not None:
        kernel, bias = successive((kernel, bias), weights_of(block.squeeze_excitation.transition))
    return kernel[0, 0], bias


def _both_branches(
    conv3: keras.layers.Conv2D, conv5: keras.layers.Conv2D, negative_slope: float
) -> WinogradConvolution:
    kernel3, bias3 = weights_of(conv3)
    kernel5, bias5 = weights_of(conv5)
    bordered = np.pad(kernel3, [(1, 1), (1, 1), (0, 0), (0, 0)])
    return WinogradConvolution(
        np.concatenate([bordered, kernel5], axis=-1), np.concatenate([bias3, bias5]), negative_slope
    )


def convolutions_of(generator: keras.Model) -> dict[str, Weights]:
    """Kernel and bias of the generator's own convolutions, by name."""
    return {
        layer.name: weights_of(layer)
        for layer in generator.layers
        if isinstance(layer, keras.layers.Conv2D)
    }


def weights_of(layer: keras.Layer) -> Weights:
    """Kernel and bias of a layer."""
    kernel, bias = layer.get_weights()
    return kernel, bias
