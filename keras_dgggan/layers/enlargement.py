"""Bicubic and bilinear enlargement inside a network."""

import math
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from keras_dgggan._types import Config, Tensor
from keras_dgggan.layers.properties import Count, ReceptiveField, Shape
from keras_dgggan.layers.upsampling import enlarged_shape, shuffled

# Pixels on each side that an enlarged one depends on.
RADIUS = {"bicubic": 2, "bilinear": 1}


@keras.saving.register_keras_serializable(package="keras_dgggan")
class Enlargement(keras.layers.Layer):
    """Enlarges an image by a whole factor, without weights.

    An output pixel's place among its neighbours repeats with the factor, so that the interpolation
    is one convolution of fixed weights and a rearrangement: no size has to be known when a model
    is exported, and all backends compute alike. The border is mirrored.

    Args:
        scale: Enlargement of height and width.
        kernel: `"bicubic"` (MATLAB's, a = -0.5) or `"bilinear"`.

    Input: `[batch, height, width, channels]`, for the bicubic at least 2 pixels a side.
    Output: `[batch, scale * height, scale * width, channels]`, float32.

    Examples:
        >>> Enlargement(scale=4)(np.ones([1, 8, 8, 3], "float32")).shape
        TensorShape([1, 32, 32, 3])

    Reference:
        Keys, Cubic Convolution Interpolation for Digital Image Processing, 1981.
    """

    def __init__(self, scale: int, kernel: str = "bicubic", **kwargs: Any) -> None:
        # 16 bits would band the image.
        super().__init__(autocast=False, **{**kwargs, "dtype": "float32"})
        if scale < 1:
            raise ValueError(f"`scale` must be at least 1. Received: scale={scale}")
        if kernel not in RADIUS:
            raise ValueError(f"`kernel` must be one of {[*RADIUS]}. Received: kernel={kernel!r}")
        self.scale = scale
        self.kernel = kernel

    def build(self, input_shape: tuple) -> None:
        channels = input_shape[-1]
        phases = _phases(self.scale, self.kernel)
        taps = np.einsum("py,qx->yxpq", phases, phases)
        # [taps, taps, channel in, row, column, channel out]: every channel for itself.
        self._weights_of_taps = (
            (taps[:, :, None, :, :, None] * np.eye(channels)[:, None, None, :])
            .reshape(*taps.shape[:2], channels, -1)
            .astype("float32")
        )
        self.built = True

    def call(self, x: Tensor) -> Tensor:
        x = ops.cast(x, "float32")
        radius = RADIUS[self.kernel]
        x = ops.pad(x, [[0, 0], [radius, radius], [radius, radius], [0, 0]], mode="symmetric")
        x = ops.conv(x, ops.convert_to_tensor(self._weights_of_taps), padding="valid")
        return shuffled(x, self.scale)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return enlarged_shape(input_shape, self.scale, input_shape[-1])

    def compute_output_spec(self, x: Tensor) -> keras.KerasTensor:
        return keras.KerasTensor(self.compute_output_shape(x.shape), dtype="float32")

    def receptive_field(self) -> ReceptiveField:
        return ReceptiveField(RADIUS[self.kernel], self.scale)

    def cost(self, shape: Shape) -> Count:
        # Its weights are constants, and it mixes no channels.
        taps = (2 * RADIUS[self.kernel] + 1) ** 2
        macs = taps * math.prod(self.compute_output_shape(shape))
        return Count(macs=macs, flops=2 * macs)

    def get_config(self) -> Config:
        config = super().get_config()
        # The layer sets it itself.
        config.pop("autocast", None)
        return {**config, "scale": self.scale, "kernel": self.kernel}


def _phases(scale: int, kernel: str) -> npt.NDArray[np.float64]:
    """The weights of the neighbours for each of the `scale` places between two pixels."""
    radius = RADIUS[kernel]
    places = (np.arange(scale) + 0.5) / scale - 0.5
    distance = np.abs(places[:, None] - np.arange(-radius, radius + 1))
    if kernel == "bilinear":
        return np.maximum(0.0, 1.0 - distance)
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
    return np.where(distance <= 1, near, np.where(distance <= 2, far, 0.0))
