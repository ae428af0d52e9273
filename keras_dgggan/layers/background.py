"""The segmentation that SFTGAN takes where there is none."""

from typing import Any

import keras
from keras import ops

CATEGORIES = 8
_SCALE = 4


@keras.saving.register_keras_serializable(package="keras_dgggan")
class Background(keras.layers.Layer):
    """The segmentation that calls every pixel background: `[batch, 4 h, 4 w, 8]` for LR."""

    scale = _SCALE

    def call(self, lr: Any) -> Any:
        lr = ops.repeat(ops.repeat(lr[..., :1], _SCALE, axis=1), _SCALE, axis=2)
        first = ops.ones_like(lr)
        return ops.concatenate([first, *[ops.zeros_like(lr)] * (CATEGORIES - 1)], axis=-1)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, height, width, _ = input_shape
        sizes = (None if size is None else size * _SCALE for size in (height, width))
        return (batch, *sizes, CATEGORIES)
