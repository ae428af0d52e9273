"""RDN: residual dense blocks, fused locally and globally."""

from typing import Any

import keras

from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import Count, Scale


@keras.saving.register_keras_serializable(package="keras_dgggan")
class RDN(SuperResolver):
    """Residual dense blocks, whose results are all fused; pixel shuffles.

    As the public PyTorch code.

    Args:
        filters: Channels between the blocks.
        growth: Channels that each convolution of a block adds.
        blocks: Residual dense blocks.
        depth: Convolutions in each.
        scale: 2, 3 or 4.
        rgb_range: The range that the weights know: 1 for torchsr's, 255 for the authors'.

    Input and output: as `SuperResolver`.

    Examples:
        >>> network = RDN(filters=4, growth=4, blocks=1, depth=2)
        >>> network(np.zeros([1, 6, 8, 3], "float32"))["image"].shape
        TensorShape([1, 24, 32, 3])

    Reference:
        Zhang et al., Residual Dense Network for Image Super-Resolution, CVPR 2018,
        https://arxiv.org/abs/1802.08797. The defaults are its 22.3 M parameters.
    """

    def __init__(
        self,
        filters: Count = 64,
        growth: Count = 64,
        blocks: Count = 16,
        depth: Count = 8,
        scale: Scale = 4,
        rgb_range: float = 1.0,
        **kwargs: Any,
    ) -> None:
        build = Builder(kwargs)
        lr = build.lr()
        head = build.conv(build.ranged(lr, rgb_range, False), filters, name="head1")
        x = build.conv(head, filters, name="head2")
        results = []
        for i in range(1, blocks + 1):
            dense = x
            for j in range(1, depth + 1):
                name = f"block_{i}_conv{j}"
                y = build.conv(dense, growth, name=name, activation="relu")
                dense = build.concat([dense, y], f"{name}_dense")
            x = build.residual(
                x, build.conv(dense, filters, 1, name=f"block_{i}_fusion"), f"block_{i}"
            )
            results.append(x)
        x = build.concat(results, "all_results") if blocks > 1 else x
        x = build.conv(x, filters, 1, name="fusion")
        x = build.add([head, build.conv(x, filters, name="trunk")], "long_skip")
        image = build.reconstructed(x, growth, scale, rgb_range, False)
        super().__init__(lr, {"image": image}, **kwargs)
