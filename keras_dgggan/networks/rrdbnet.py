"""RRDBNet: the generator of ESRGAN and Real-ESRGAN."""

from typing import Any, Literal

import keras
from keras import KerasTensor

from keras_dgggan.layers import Upsampling
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import Count


@keras.saving.register_keras_serializable(package="keras_dgggan")
class RRDBNet(SuperResolver):
    """Residual-in-residual dense blocks, a long skip, and nearest-neighbour upsampling.

    As the public code. Real-ESRGAN's x2 weights are of a variant that folds LR to half its size
    first, which this one does not.

    Args:
        filters: Channels between the blocks.
        blocks: Residual-in-residual dense blocks; Real-ESRGAN's anime network has 6.
        growth: Channels that each convolution of a dense block adds.
        scale: 1 (restoration without enlargement), 2, 3, 4 or 8.

    Input and output: as `SuperResolver`.

    Examples:
        >>> network = RRDBNet(filters=4, blocks=1, growth=2)
        >>> network(np.zeros([1, 6, 8, 3], "float32"))["image"].shape
        TensorShape([1, 24, 32, 3])

    Reference:
        Wang et al., ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks, ECCV
        Workshops 2018, https://arxiv.org/abs/1809.00219. 16,697,987 parameters.
    """

    def __init__(
        self,
        filters: Count = 64,
        blocks: Count = 23,
        growth: Count = 32,
        scale: Literal[1, 2, 3, 4, 8] = 4,
        **kwargs: Any,
    ) -> None:
        build = Builder(kwargs)
        lr = build.lr()
        head = x = build.conv(lr, filters, name="head")
        for i in range(1, blocks + 1):
            x = rrdb(build, x, growth, f"block_{i}")
        x = build.add([head, build.conv(x, filters, name="trunk")], "long_skip")
        if scale > 1:
            x = Upsampling(filters, scale, dtype=build.policy, name="upsampling")(x)
        x = build.conv(x, filters, name="hr", activation="leaky_relu")
        image = build.last(x)
        super().__init__(lr, {"image": image}, **kwargs)


# Of each dense block, and of the three together.
_RESIDUAL_SCALE = 0.2


def rrdb(build: Builder, x: KerasTensor, growth: int, name: str) -> KerasTensor:
    """Three dense blocks of five convolutions, as layers `NAME_rdb1_conv1` and so on.

    LeakyReLU follows the first four convolutions of a dense block, not the fifth.

    Args:
        build: Makes the layers.
        x: Features; the result has as many channels.
        growth: Channels that each of the four convolutions adds.
        name: What the names begin with.
    """
    filters = x.shape[-1]
    y = x
    for i in range(1, 4):
        block = f"{name}_rdb{i}"
        dense = y
        for j in range(1, 5):
            z = build.conv(
                dense, growth, name=f"{block}_conv{j}", activation="leaky_relu", small=True
            )
            dense = build.concat([dense, z], f"{block}_dense{j}")
        z = build.conv(dense, filters, name=f"{block}_conv5", small=True)
        y = build.residual(y, z, block, _RESIDUAL_SCALE)
    return build.residual(x, y, name, _RESIDUAL_SCALE)
