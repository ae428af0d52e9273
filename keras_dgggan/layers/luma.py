"""Between RGB and the luma that the oldest networks work on."""

from typing import Any

import keras
from keras import ops

# BT.601 of studio range: white has 219 steps more than black.
_WEIGHTS = (65.481 / 255, 128.553 / 255, 24.966 / 255)
_BLACK = 16 / 255
_WHITE_OVER_BLACK = 219 / 255


@keras.saving.register_keras_serializable(package="keras_dgggan")
class Luma(keras.layers.Layer):
    """RGB to Y in [16/255, 235/255], float32: `[batch, height, width, 1]`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(autocast=False, **{**kwargs, "dtype": "float32"})

    def call(self, x: Any) -> Any:
        x = ops.cast(x, "float32")
        return ops.sum(x * ops.convert_to_tensor(_WEIGHTS, "float32"), -1, keepdims=True) + _BLACK

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (*input_shape[:-1], 1)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.pop("autocast", None)
        return config


def luma(rgb: Any) -> Any:
    """The luma of the enlarged image."""
    return Luma(name="luma")(rgb)


def with_luma(rgb: Any, old: Any, new: Any) -> Any:
    """RGB whose luma is `new`, not `old`: one number added to R, G and B changes no chroma."""
    change = keras.layers.Subtract(dtype="float32", name="luma_difference")([new, old])
    change = keras.layers.Rescaling(1 / _WHITE_OVER_BLACK, dtype="float32", name="change")(change)
    return keras.layers.Add(dtype="float32", name="image")([rgb, change])
