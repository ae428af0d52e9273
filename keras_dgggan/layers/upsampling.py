"""Enlargement of features: nearest neighbours with convolutions, and pixel shuffle."""

import math
from fractions import Fraction
from typing import Any

import keras
from keras import ops

from keras_dgggan._types import Config, Tensor
from keras_dgggan.layers.properties import Count, ReceptiveField, Shape, cost_of


def upsampling_factors(scale: int) -> list[int]:
    """The steps in which a scale is reached: of 2 as far as it goes, or one of 3.

    Raises:
        ValueError: The scale is not 2, 3, 4 or 8.

    Examples:
        >>> upsampling_factors(4), upsampling_factors(3)
        ([2, 2], [3])
    """
    if scale not in (2, 3, 4, 8):
        raise ValueError(f"`scale` must be 2, 3, 4 or 8. Received: scale={scale}")
    return [3] if scale == 3 else [2] * (scale.bit_length() - 1)


@keras.saving.register_keras_serializable(package="keras_dgggan")
class Upsampling(keras.layers.Layer):
    """Nearest-neighbour enlargement, 3x3 convolution and LeakyReLU, once per step of the scale.

    No pixel shuffle, whose unevenly started filters leave a checkerboard in GAN training.

    Args:
        filters: Channels of the convolutions.
        scale: 2, 3, 4 or 8; 4 and 8 are done in steps of 2.
        negative_slope: Slope of LeakyReLU for negative values.

    Input: `[batch, height, width, channels]`.
    Output: `[batch, scale * height, scale * width, filters]`.

    Examples:
        >>> Upsampling(filters=16, scale=4)(np.ones([1, 8, 6, 4], "float32")).shape
        TensorShape([1, 32, 24, 16])

    Reference:
        Odena et al., Deconvolution and Checkerboard Artifacts, Distill 2016.
    """

    def __init__(
        self, filters: int, scale: int = 4, negative_slope: float = 0.2, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.scale = scale
        self.negative_slope = negative_slope
        self.factors = upsampling_factors(scale)

    def build(self, input_shape: tuple) -> None:
        self.enlarge = []
        self.convs = []
        channels = input_shape[-1]
        for i, factor in enumerate(self.factors):
            # `tf.image.resize` has no gradient under XLA; this layer repeats, and has one.
            enlarge = keras.layers.UpSampling2D(factor, interpolation="nearest")
            conv = keras.layers.Conv2D(
                self.filters,
                3,
                padding="same",
                kernel_initializer="he_normal",
                dtype=self.dtype_policy,
                name=f"conv{i + 1}",
            )
            conv.build((None, None, None, channels))
            channels = self.filters
            self.enlarge.append(enlarge)
            self.convs.append(conv)
        self.built = True

    def call(self, x: Tensor) -> Tensor:
        for enlarge, conv in zip(self.enlarge, self.convs, strict=True):
            x = ops.leaky_relu(conv(enlarge(x)), self.negative_slope)
        return x

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return enlarged_shape(input_shape, self.scale, self.filters)

    def receptive_field(self) -> ReceptiveField:
        # Each 3x3 convolution reads one pixel more, of the size that is reached by then.
        radius, size = Fraction(0), 1
        for factor in self.factors:
            size *= factor
            radius += Fraction(1, size)
        return ReceptiveField(radius, self.scale)

    def cost(self, shape: Shape) -> Count:
        count = Count()
        for factor, conv in zip(self.factors, self.convs, strict=True):
            batch, height, width, channels = shape
            enlarged = (batch, height * factor, width * factor, channels)
            shape = (*enlarged[:-1], self.filters)
            count += (cost_of(conv, enlarged) or Count()) + Count(flops=math.prod(shape))
        return count

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "filters": self.filters,
            "scale": self.scale,
            "negative_slope": self.negative_slope,
        }


@keras.saving.register_keras_serializable(package="keras_dgggan")
class PixelShuffle(keras.layers.Layer):
    """Rearranges `scale * scale` channel groups into pixels; no weights.

    Args:
        scale: Enlargement of height and width.

    Input: `[batch, height, width, scale * scale * channels]`, the sub-pixel's row slowest, then
    its column, then the channel (the order of TensorFlow's `depth_to_space`).
    Output: `[batch, scale * height, scale * width, channels]`.

    Examples:
        >>> PixelShuffle(scale=2)(np.ones([1, 8, 8, 12], "float32")).shape
        TensorShape([1, 16, 16, 3])

    Reference:
        Shi et al., Efficient Sub-Pixel Convolutional Neural Network, CVPR 2016.
    """

    def __init__(self, scale: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, x: Tensor) -> Tensor:
        return shuffled(x, self.scale)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        depth, scale = input_shape[-1], self.scale
        if depth % (scale * scale):
            raise ValueError(
                f"The channels must be a multiple of scale * scale. Received: "
                f"channels={depth}, scale={scale}"
            )
        return enlarged_shape(input_shape, scale, depth // (scale * scale))

    def compute_output_spec(self, x: Tensor) -> keras.KerasTensor:
        return keras.KerasTensor(self.compute_output_shape(x.shape), dtype=self.compute_dtype)

    def receptive_field(self) -> ReceptiveField:
        return ReceptiveField(0, self.scale)

    def cost(self, shape: Shape) -> Count:
        return Count()

    def get_config(self) -> Config:
        return {**super().get_config(), "scale": self.scale}


def shuffled(x: Tensor, scale: int) -> Tensor:
    """`PixelShuffle` as a function."""
    _, height, width, depth = ops.shape(x)
    channels = depth // (scale * scale)
    # [b, h, w, sh, sw, c] -> [b, h, sh, w, sw, c]
    x = ops.reshape(x, (-1, height, width, scale, scale, channels))
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (-1, height * scale, width * scale, channels))


def enlarged_shape(shape: tuple, scale: int, channels: int) -> tuple:
    """The shape of an enlarged image or of features; sizes that are None stay so."""
    sizes = (None if size is None else size * scale for size in shape[1:3])
    return (shape[0], *sizes, channels)
