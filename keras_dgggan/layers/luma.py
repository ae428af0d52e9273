"""Conversion between RGB and luma, for networks that work on luma alone."""

import math
from typing import Any

import keras
from keras import ops

from keras_dgggan._types import Config, Tensor
from keras_dgggan.layers.properties import Count, ReceptiveField, Shape

# BT.601 of studio range: white has 219 steps more than black.
_WEIGHTS = (65.481 / 255, 128.553 / 255, 24.966 / 255)
_BLACK = 16 / 255
_WHITE_OVER_BLACK = 219 / 255


@keras.saving.register_keras_serializable(package="keras_dgggan")
class Luma(keras.layers.Layer):
    """Luma by BT.601 (studio range) of an RGB image.

    Input: `[batch, height, width, 3]`, RGB in [0, 1].
    Output: `[batch, height, width, 1]`, float32 in [16/255, 235/255].

    Examples:
        >>> white = np.ones([1, 1, 1, 3], "float32")
        >>> round(float(Luma()(white)[0, 0, 0, 0]) * 255, 3)
        235.0
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(autocast=False, **{**kwargs, "dtype": "float32"})

    def call(self, x: Tensor) -> Tensor:
        x = ops.cast(x, "float32")
        return ops.sum(x * ops.convert_to_tensor(_WEIGHTS, "float32"), -1, keepdims=True) + _BLACK

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], 1)

    def receptive_field(self) -> ReceptiveField:
        return ReceptiveField()

    def cost(self, shape: Shape) -> Count:
        # Three products, two sums and the black level make one number of three.
        return Count(flops=2 * math.prod(shape))

    def get_config(self) -> Config:
        config = super().get_config()
        config.pop("autocast", None)
        return config


def luma(rgb: Tensor) -> Tensor:
    """The luma `[batch, height, width, 1]` of RGB features in a functional network."""
    return Luma(name="luma")(rgb)


def with_luma(rgb: Tensor, old: Tensor, new: Tensor) -> Tensor:
    """Replace the luma `old` of an RGB image by `new`; the chroma stays.

    The difference is added to R, G and B alike, which changes no chroma.
    """
    change = keras.layers.Subtract(dtype="float32", name="luma_difference")([new, old])
    change = keras.layers.Rescaling(1 / _WHITE_OVER_BLACK, dtype="float32", name="change")(change)
    return keras.layers.Add(dtype="float32", name="image")([rgb, change])
