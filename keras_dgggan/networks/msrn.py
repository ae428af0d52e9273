"""MSRN: the network that the multi-scale residual block comes from."""

from typing import Any

import keras

from keras_dgggan.layers import MultiScaleResidualBlock
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import Count, Scale


@keras.saving.register_keras_serializable(package="keras_dgggan")
class MSRN(SuperResolver):
    """Multi-scale residual blocks, all of whose results are fused at the end.

    Its block is `MultiScaleResidualBlock` without squeeze-and-excitation and with ReLU in place of
    LeakyReLU. The change of range is part of the network.

    Args:
        filters: Channels of all features.
        blocks: Multi-scale residual blocks.
        scale: 2, 3 or 4.
        rgb_range: The range that the weights know: 255 for the authors', 1 for super-image's.
        mean_shift: Whether DIV2K's mean colour is subtracted at the start and added at the end, as
            the authors' code does and super-image's does not.

    Input and output: as `SuperResolver`.

    Examples:
        >>> MSRN(filters=4, blocks=1)(np.zeros([1, 6, 8, 3], "float32"))["image"].shape
        TensorShape([1, 24, 32, 3])

    Reference:
        Li et al., Multi-scale Residual Network for Image Super-Resolution, ECCV 2018,
        https://openaccess.thecvf.com/content_ECCV_2018/papers/Juncheng_Li_Multi-scale_Residual_Network_ECCV_2018_paper.pdf.
        A block has 713,152 parameters.
    """

    def __init__(
        self,
        filters: Count = 64,
        blocks: Count = 8,
        scale: Scale = 4,
        rgb_range: float = 255.0,
        mean_shift: bool = True,
        **kwargs: Any,
    ) -> None:
        build = Builder(kwargs)
        lr = build.lr()
        head = x = build.conv(build.ranged(lr, rgb_range, mean_shift), filters, name="head")
        results = []
        for i in range(1, blocks + 1):
            x = MultiScaleResidualBlock(
                filters, se=False, negative_slope=0.0, dtype=build.policy, name=f"block_{i}"
            )(x)
            results.append(x)
        x = build.concat([*results, head], "all_results")
        x = build.conv(x, filters, 1, name="fusion")
        x = build.conv(x, filters, name="trunk")
        image = build.reconstructed(x, filters, scale, rgb_range, mean_shift)
        super().__init__(lr, {"image": image}, **kwargs)
