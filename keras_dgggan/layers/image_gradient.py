"""The gradient map of an image or of features (paper eq. 1)."""

import math
from typing import Any

import keras
from keras import ops

from keras_dgggan._types import Config, Tensor
from keras_dgggan.layers.properties import Count, ReceptiveField, Shape

# Of a number: two differences, two squares, their sum, epsilon, the root.
_FLOPS = 7


def image_gradient(x: Tensor, epsilon: float = 1e-6) -> Tensor:
    """Magnitude of the horizontal and vertical central differences, per channel.

    `sqrt((A * x)^2 + (A^T * x)^2 + epsilon)` with A = [1, 0, -1], not divided by two. The border
    is replicated: zeros would paint a bright frame around every crop and tile. `epsilon` stands
    inside the root because the root's derivative at zero is infinite, which makes flat areas NaN.

    Args:
        x: `[batch, height, width, channels]`, any range. Computed in float32 whatever its dtype:
            in float16 the square of a difference under 2.4e-4 is zero.
        epsilon: Added to the squared magnitude; a flat area has the value `sqrt(epsilon)`.

    Returns:
        float32, the shape of `x`. For an image in [0, 1] it lies in [sqrt(epsilon), sqrt(2)]
        to rounding.

    Examples:
        >>> flat = np.full([1, 4, 4, 3], 0.5, "float32")
        >>> round(float(image_gradient(flat)[0, 0, 0, 0]), 6)
        0.001

    Reference:
        Eq. 1 of the paper. The magnitude follows SPSR (Ma et al., CVPR 2020).
    """
    x = ops.cast(x, "float32")
    # With a pad of one, symmetric and edge-replicating padding are the same.
    rows = ops.pad(x, [[0, 0], [1, 1], [0, 0], [0, 0]], mode="symmetric")
    columns = ops.pad(x, [[0, 0], [0, 0], [1, 1], [0, 0]], mode="symmetric")
    vertical = rows[:, 2:] - rows[:, :-2]
    horizontal = columns[:, :, 2:] - columns[:, :, :-2]
    return ops.sqrt(ops.square(horizontal) + ops.square(vertical) + epsilon)


@keras.saving.register_keras_serializable(package="keras_dgggan")
class ImageGradient(keras.layers.Layer):
    """`image_gradient` as a layer: no weights, float32 inside, the policy's dtype outside.

    Args:
        epsilon: Added to the squared magnitude.

    Examples:
        >>> ImageGradient()(np.zeros([1, 8, 8, 3], "float32")).shape
        TensorShape([1, 8, 8, 3])

    Reference:
        Eq. 1 of the paper.
    """

    def __init__(self, epsilon: float = 1e-6, **kwargs: Any) -> None:
        # Under float16 an automatic cast would round the input before the differences are taken.
        super().__init__(autocast=False, **kwargs)
        if not epsilon > 0:
            raise ValueError(f"`epsilon` must be positive. Received: epsilon={epsilon}")
        self.epsilon = epsilon

    def call(self, x: Tensor) -> Tensor:
        return ops.cast(image_gradient(x, self.epsilon), self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape

    def receptive_field(self) -> ReceptiveField:
        return ReceptiveField(1)

    def cost(self, shape: Shape) -> Count:
        return Count(flops=_FLOPS * math.prod(shape))

    def get_config(self) -> Config:
        config = super().get_config()
        # The layer sets it itself.
        config.pop("autocast", None)
        return {**config, "epsilon": self.epsilon}
