"""The enhanced multi-scale residual block (paper section 2.2, eq. 2)."""

import math
from typing import Any

import keras
from keras import ops

from keras_dgggan._types import Config, Tensor
from keras_dgggan.layers.properties import WHOLE_IMAGE, Count, ReceptiveField, Shape, cost_of
from keras_dgggan.layers.squeeze_excitation import SqueezeExcitation


@keras.saving.register_keras_serializable(package="keras_dgggan")
class MultiScaleResidualBlock(keras.layers.Layer):
    """Two levels of 3x3 and 5x5 convolutions, 1x1 fusion, squeeze-and-excitation, residual sum.

    Level 1: a 3x3 and a 5x5 convolution of the input (C to C). Level 2: four branches over
    their concatenation (2C), two of 3x3 and two of 5x5, C channels each. The concatenation of
    the four (4C) goes through a 1x1 convolution to C, then through SE, and is added to the
    input. LeakyReLU follows every convolution but the 1x1.

    The two branches of one kernel size read the same input, so they are one convolution of 2C
    channels here: the same function, in one kernel launch instead of two.

    Args:
        filters: C, the channels of input and output.
        se: Whether squeeze-and-excitation follows the fusion.
        se_reduction: Its reduction.
        negative_slope: Slope of LeakyReLU for negative values.

    Input and output: `[batch, height, width, filters]`. Without SE an output pixel depends on
    the 9x9 input pixels around it; SE adds a dependence on the channel means of the image.

    Examples:
        >>> MultiScaleResidualBlock(filters=8)(np.ones([1, 6, 5, 8], "float32")).shape
        TensorShape([1, 6, 5, 8])

    Reference:
        Eq. 2 of the paper; MSRB of Li et al., ECCV 2018.
    """

    # Input pixels on each side that `features` depend on: two 5x5 convolutions in a row.
    receptive_radius = 4

    def __init__(
        self,
        filters: int = 64,
        se: bool = True,
        se_reduction: int = 16,
        negative_slope: float = 0.2,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if filters < 1:
            raise ValueError(f"`filters` must be at least 1. Received: filters={filters}")
        self.filters = filters
        self.se = se
        self.se_reduction = se_reduction
        self.negative_slope = negative_slope

    def _conv(
        self, filters: int, size: int, name: str, initializer: keras.Initializer
    ) -> keras.layers.Conv2D:
        return keras.layers.Conv2D(
            filters,
            size,
            padding="same",
            kernel_initializer=initializer,
            dtype=self.dtype_policy,
            name=name,
        )

    def build(self, input_shape: tuple) -> None:
        filters = self.filters
        if input_shape[-1] != filters:
            raise ValueError(
                f"The input must have `filters` channels. Received: input_shape={input_shape}, "
                f"filters={filters}"
            )
        he = keras.initializers.HeNormal()
        # A small residual branch keeps a stack of blocks near the identity at the start.
        small = keras.initializers.VarianceScaling(scale=0.1)
        self.level1_3x3 = self._conv(filters, 3, "level1_3x3", he)
        self.level1_5x5 = self._conv(filters, 5, "level1_5x5", he)
        self.level2_3x3 = self._conv(2 * filters, 3, "level2_3x3", he)
        self.level2_5x5 = self._conv(2 * filters, 5, "level2_5x5", he)
        self.fusion = self._conv(filters, 1, "fusion", small)
        self.squeeze_excitation = None
        if self.se:
            self.squeeze_excitation = SqueezeExcitation(
                self.se_reduction, dtype=self.dtype_policy, name="squeeze_excitation"
            )
            self.squeeze_excitation.build((*input_shape[:-1], filters))
        self.level1_3x3.build(input_shape)
        self.level1_5x5.build(input_shape)
        self.level2_3x3.build((*input_shape[:-1], 2 * filters))
        self.level2_5x5.build((*input_shape[:-1], 2 * filters))
        self.fusion.build((*input_shape[:-1], 4 * filters))
        self.built = True

    def _pair(self, x: Tensor, conv3: keras.Layer, conv5: keras.Layer) -> Tensor:
        pair = ops.concatenate([conv3(x), conv5(x)], axis=-1)
        return ops.leaky_relu(pair, self.negative_slope)

    def features(self, x: Tensor) -> Tensor:
        """Everything before SE: `[batch, height, width, filters]`, with a receptive radius of 4."""
        x = self._pair(x, self.level1_3x3, self.level1_5x5)  # 2C
        x = self._pair(x, self.level2_3x3, self.level2_5x5)  # 4C
        return self.fusion(x)  # C

    def call(self, x: Tensor) -> Tensor:
        fused = self.features(x)
        if self.squeeze_excitation is not None:
            fused = self.squeeze_excitation(fused)
        return x + fused

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def receptive_field(self) -> ReceptiveField:
        return WHOLE_IMAGE if self.se else ReceptiveField(self.receptive_radius)

    def cost(self, shape: Shape) -> Count:
        space, filters = shape[:-1], self.filters
        level2 = (*space, 2 * filters)
        count = Count()
        for convolution, given in (
            (self.level1_3x3, shape),
            (self.level1_5x5, shape),
            (self.level2_3x3, level2),
            (self.level2_5x5, level2),
            (self.fusion, (*space, 4 * filters)),
        ):
            count += cost_of(convolution, given) or Count()
        # LeakyReLU after both levels, and the residual sum.
        count += Count(flops=math.prod(space) * (2 + 4 + 1) * filters)
        return (
            count
            if self.squeeze_excitation is None
            else (count + self.squeeze_excitation.cost(shape))
        )

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "filters": self.filters,
            "se": self.se,
            "se_reduction": self.se_reduction,
            "negative_slope": self.negative_slope,
        }
