"""SPAN: attention without parameters."""

from typing import Any, Literal

import keras
from keras import KerasTensor, layers

from keras_dgggan.layers import PixelShuffle
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import Count

_BLOCKS = 6


@keras.saving.register_keras_serializable(package="keras_dgggan")
class SPAN(SuperResolver):
    """Six blocks of three convolutions whose result gates itself; one pixel shuffle.

    A block computes `(y + x) * (sigmoid(y) - 0.5)` from its input `x` and its convolutions' result
    `y`. The public code trains each 3x3 convolution as the sum of two paths, which it folds into
    one for inference; here it is one from the start.

    Args:
        filters: Channels of all features.
        scale: 1, 2, 3 or 4.
        norm: Whether LR is shifted by DIV2K's mean colour and multiplied by 255 at the start.

    Input and output: as `SuperResolver`.

    Examples:
        >>> SPAN(filters=8, scale=2)(np.zeros([1, 6, 8, 3], "float32"))["image"].shape
        TensorShape([1, 12, 16, 3])

    Reference:
        Wan et al., Swift Parameter-free Attention Network for Efficient Super-Resolution, CVPR
        Workshops 2024, https://arxiv.org/abs/2311.12770.
    """

    def __init__(
        self, filters: Count = 48, scale: Literal[1, 2, 3, 4] = 4, norm: bool = True, **kwargs: Any
    ) -> None:
        build = Builder(kwargs)

        def block(x: KerasTensor, name: str) -> tuple[KerasTensor, KerasTensor]:
            first = build.conv(x, filters, name=f"{name}_conv1", activation="silu")
            y = build.conv(first, filters, name=f"{name}_conv2", activation="silu")
            y = build.conv(y, filters, name=f"{name}_conv3")
            gate = build.activation(y, "sigmoid", f"{name}_gate")
            gate = layers.Rescaling(1.0, -0.5, dtype=build.policy, name=f"{name}_attention")(gate)
            y = build.multiply([build.add([y, x], f"{name}_sum"), gate], name)
            return y, first

        lr = build.lr()
        x = head = build.conv(build.ranged(lr, 255.0, True) if norm else lr, filters, name="head")
        results = []
        for i in range(1, _BLOCKS + 1):
            x, first = block(x, f"block_{i}")
            results.append(x)
        x = build.conv(x, filters, name="trunk")
        x = build.concat([head, x, results[0], first], "all_results")
        x = build.last(build.conv(x, filters, 1, name="fusion"), name="tail", filters=3 * scale**2)
        image = PixelShuffle(scale, dtype="float32", name="tail_shuffle")(x)
        super().__init__(lr, {"image": image}, **kwargs)
