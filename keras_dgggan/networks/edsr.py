"""EDSR: a wide residual network without normalisation."""

from typing import Any

import keras

from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import Count, Scale


@keras.saving.register_keras_serializable(package="keras_dgggan")
class EDSR(SuperResolver):
    """Residual blocks of two convolutions, scaled; a long skip; pixel shuffles.

    As the public code, but for the change of range, which is part of the network: it takes and
    gives [0, 1].

    Args:
        filters: Channels of all features.
        blocks: Residual blocks.
        residual_scale: Factor of every residual branch.
        scale: 2, 3 or 4.
        rgb_range: The range that the weights know: 255 for public ones.
        mean_shift: Whether DIV2K's mean colour is subtracted at the start and added at the end.

    Input and output: as `SuperResolver`.

    Examples:
        >>> baseline = EDSR(filters=64, blocks=16, residual_scale=1.0)
        >>> baseline.count_params()
        1517571

    Reference:
        Lim et al., Enhanced Deep Residual Networks for Single Image Super-Resolution, CVPR
        Workshops 2017, https://arxiv.org/abs/1707.02921. The defaults are its 43.1 M parameters.
    """

    def __init__(
        self,
        filters: Count = 256,
        blocks: Count = 32,
        residual_scale: float = 0.1,
        scale: Scale = 4,
        rgb_range: float = 255.0,
        mean_shift: bool = True,
        **kwargs: Any,
    ) -> None:
        build = Builder(kwargs)
        lr = build.lr()
        head = x = build.conv(build.ranged(lr, rgb_range, mean_shift), filters, name="head")
        for i in range(1, blocks + 1):
            y = build.conv(x, filters, name=f"block_{i}_conv1", activation="relu")
            y = build.conv(y, filters, name=f"block_{i}_conv2")
            x = build.residual(x, y, f"block_{i}", residual_scale)
        x = build.add([head, build.conv(x, filters, name="trunk")], "long_skip")
        image = build.reconstructed(x, filters, scale, rgb_range, mean_shift)
        super().__init__(lr, {"image": image}, **kwargs)
