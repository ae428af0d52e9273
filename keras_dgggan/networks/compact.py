"""Compact: plain convolutions at LR size, for fast models."""

from typing import Any, Literal

import keras
from keras import layers

from keras_dgggan.layers import PixelShuffle
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import Count


@keras.saving.register_keras_serializable(package="keras_dgggan")
class Compact(SuperResolver):
    """3x3 convolutions in a row, one pixel shuffle, and the nearest enlargement of LR.

    As BasicSR's SRVGGNetCompact, which Real-ESRGAN's small models are.

    Args:
        filters: Channels of all features.
        depth: Convolutions between the first and the last; Real-ESRGAN's general model has 32.
        activation: `"prelu"` (a slope for each channel), `"leaky_relu"` (slope 0.1) or `"relu"`.
        scale: 1, 2, 3 or 4.

    Input and output: as `SuperResolver`.

    Examples:
        >>> network = Compact(filters=8, depth=2)
        >>> network(np.zeros([1, 6, 8, 3], "float32"))["image"].shape
        TensorShape([1, 24, 32, 3])

    Reference:
        Wang et al., Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic
        Data, ICCV Workshops 2021, https://arxiv.org/abs/2107.10833, and its repository.
    """

    def __init__(
        self,
        filters: Count = 64,
        depth: Count = 16,
        activation: Literal["prelu", "leaky_relu", "relu"] = "prelu",
        scale: Literal[1, 2, 3, 4] = 4,
        **kwargs: Any,
    ) -> None:
        build = Builder(kwargs)
        lr = build.lr()
        x = build.conv(lr, filters, name="head", activation=activation, slope=0.1)
        for i in range(1, depth + 1):
            x = build.conv(x, filters, name=f"conv{i}", activation=activation, slope=0.1)
        x = build.last(x, name="tail", filters=3 * scale**2)
        x = PixelShuffle(scale, dtype="float32", name="tail_shuffle")(x)
        enlarged = layers.UpSampling2D(scale, dtype="float32", name="lr_enlarged")(lr)
        image = layers.Add(dtype="float32", name="image")([x, enlarged])
        super().__init__(lr, {"image": image}, **kwargs)
