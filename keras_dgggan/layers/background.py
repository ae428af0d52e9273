"""A segmentation for SFTGAN where none is given."""

import keras
from keras import ops

from keras_dgggan._types import Tensor
from keras_dgggan.layers.properties import Count, ReceptiveField, Shape
from keras_dgggan.layers.upsampling import enlarged_shape

CATEGORIES = 8
_SCALE = 4


@keras.saving.register_keras_serializable(package="keras_dgggan")
class Background(keras.layers.Layer):
    """The segmentation in which every pixel is background.

    Input: LR, `[batch, height, width, channels]`.
    Output: `[batch, 4 * height, 4 * width, 8]`: 1 in the first channel and 0 in the others.

    Examples:
        >>> segmentation = Background()(np.zeros([1, 2, 2, 3], "float32"))
        >>> segmentation.shape, segmentation[0, 0, 0].numpy().tolist()
        (TensorShape([1, 8, 8, 8]), [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    """

    scale = _SCALE

    def call(self, lr: Tensor) -> Tensor:
        lr = ops.repeat(ops.repeat(lr[..., :1], _SCALE, axis=1), _SCALE, axis=2)
        first = ops.ones_like(lr)
        return ops.concatenate([first, *[ops.zeros_like(lr)] * (CATEGORIES - 1)], axis=-1)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return enlarged_shape(input_shape, _SCALE, CATEGORIES)

    def receptive_field(self) -> ReceptiveField:
        return ReceptiveField(0, _SCALE)

    def cost(self, shape: Shape) -> Count:
        return Count()
