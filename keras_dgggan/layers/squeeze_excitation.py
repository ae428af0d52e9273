"""Squeeze-and-excitation (paper section 2.3, eqs. 3 to 5)."""

import math
from typing import Any

import keras
from keras import ops

from keras_dgggan._types import Config, Tensor
from keras_dgggan.layers.properties import WHOLE_IMAGE, Count, ReceptiveField, Shape, cost_of


@keras.saving.register_keras_serializable(package="keras_dgggan")
class SqueezeExcitation(keras.layers.Layer):
    """Weighs every channel by a gate computed from the channel means of the whole image.

    `U = F_tr(x)`, `z = mean(U)` (eq. 3), `s = sigmoid(W2 relu(W1 z))` (eq. 4), `s * U` (eq. 5).
    The mean runs over the whole image: the layer is not local. `transform` and `gate` are its
    two halves, for a caller who has the image in tiles only.

    Args:
        reduction: Ratio of channels to hidden units, at least one unit; 16 gives 4 at 64 channels.

    Input and output: `[batch, height, width, channels]`.

    Examples:
        >>> SqueezeExcitation()(np.ones([1, 8, 8, 64], "float32")).shape
        TensorShape([1, 8, 8, 64])

    Reference:
        Hu et al., Squeeze-and-Excitation Networks, CVPR 2018.
    """

    def __init__(self, reduction: int = 16, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if reduction < 1:
            raise ValueError(f"`reduction` must be at least 1. Received: reduction={reduction}")
        self.reduction = reduction

    def build(self, input_shape: tuple) -> None:
        channels = input_shape[-1]
        hidden = max(1, channels // self.reduction)
        policy = self.dtype_policy
        self.transition = keras.layers.Conv2D(channels, 1, dtype=policy, name="transition")
        self.squeeze = keras.layers.Dense(hidden, activation="relu", dtype=policy, name="squeeze")
        self.excite = keras.layers.Dense(
            channels, activation="sigmoid", dtype=policy, name="excite"
        )
        self.transition.build(input_shape)
        self.squeeze.build((None, channels))
        self.excite.build((None, hidden))
        self.built = True

    def transform(self, x: Tensor) -> Tensor:
        """F_tr: `[batch, height, width, channels]` to features U of the same shape."""
        return self.transition(x)

    def gate(self, mean: Tensor) -> Tensor:
        """Eq. 4: channel means `[batch, channels]` to gates in (0, 1) of the same shape."""
        return self.excite(self.squeeze(mean))

    def call(self, x: Tensor) -> Tensor:
        features = self.transform(x)
        # A float16 sum over an image would overflow or stop growing.
        mean = ops.mean(ops.cast(features, "float32"), axis=(1, 2))
        gate = self.gate(ops.cast(mean, features.dtype))
        return features * gate[:, None, None, :]

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def receptive_field(self) -> ReceptiveField:
        return WHOLE_IMAGE

    def cost(self, shape: Shape) -> Count:
        batch, channels, numbers = shape[0], shape[-1], math.prod(shape)
        count = Count(flops=2 * numbers)  # the means, and the products with the gates
        for layer, given in (
            (self.transition, shape),
            (self.squeeze, (batch, channels)),
            (self.excite, (batch, self.squeeze.units)),
        ):
            count += cost_of(layer, given) or Count()
        return count

    def get_config(self) -> Config:
        return {**super().get_config(), "reduction": self.reduction}
