"""SRResNet: the generator of SRGAN."""

from typing import Any

import keras
from keras import KerasTensor, layers

from keras_dgggan.layers import Enlargement
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import Count, Scale


@keras.saving.register_keras_serializable(package="keras_dgggan")
class SRResNet(SuperResolver):
    """Residual blocks at LR size and pixel shuffles.

    The published network has batch normalisation, 9x9 convolutions at its ends and PReLU. The one
    whose weights are in use (BasicSR's MSRResNet, 1.52 M parameters) has neither of the three,
    LeakyReLU of slope 0.1 in the tail, one convolution more at HR size, and adds the bilinear
    enlargement of LR: it is the default here. The published one put out [-1, 1]; ours [0, 1].

    Args:
        filters: Channels of all features.
        blocks: Residual blocks.
        modified: False gives the published network.
        scale: 2, 3 or 4.

    Input and output: as `SuperResolver`.

    Examples:
        >>> network = SRResNet(filters=4, blocks=1)
        >>> network(np.zeros([1, 6, 8, 3], "float32"))["image"].shape
        TensorShape([1, 24, 32, 3])

    Reference:
        Ledig et al., Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial
        Network, CVPR 2017, https://arxiv.org/abs/1609.04802.
    """

    def __init__(
        self,
        filters: Count = 64,
        blocks: Count = 16,
        modified: bool = True,
        scale: Scale = 4,
        **kwargs: Any,
    ) -> None:
        build = Builder(kwargs)
        lr = build.lr()
        image = (
            _modified(build, lr, filters, blocks, scale)
            if modified
            else _published(build, lr, filters, blocks, scale)
        )
        super().__init__(lr, {"image": image}, **kwargs)


def _modified(
    build: Builder, lr: KerasTensor, filters: int, blocks: int, scale: int
) -> KerasTensor:
    x = build.conv(lr, filters, name="head", activation="leaky_relu", slope=0.1)
    for i in range(1, blocks + 1):
        y = build.conv(x, filters, name=f"block_{i}_conv1", activation="relu", small=True)
        y = build.conv(y, filters, name=f"block_{i}_conv2", small=True)
        x = build.residual(x, y, f"block_{i}")
    x = build.shuffled(x, filters, scale, activation="leaky_relu")
    x = build.conv(x, filters, name="hr", activation="leaky_relu", slope=0.1)
    enlarged = Enlargement(scale, "bilinear", name="enlarged")(lr)
    return layers.Add(dtype="float32", name="image")([build.last(x, name="tail"), enlarged])


def _published(
    build: Builder, lr: KerasTensor, filters: int, blocks: int, scale: int
) -> KerasTensor:
    def normalised(x: KerasTensor, name: str) -> KerasTensor:
        # PyTorch's numbers, which Keras counts the other way round.
        return layers.BatchNormalization(
            momentum=0.9, epsilon=1e-5, dtype=build.policy, name=f"{name}_norm"
        )(x)

    head = x = build.conv(lr, filters, 9, name="head", activation="prelu")
    for i in range(1, blocks + 1):
        name = f"block_{i}_conv1"
        y = normalised(build.conv(x, filters, name=name), name)
        y = build.activation(y, "prelu", name)
        name = f"block_{i}_conv2"
        x = build.add([x, normalised(build.conv(y, filters, name=name), name)], f"block_{i}")
    x = build.add([head, normalised(build.conv(x, filters, name="trunk"), "trunk")], "long_skip")
    x = build.shuffled(x, filters, scale, activation="prelu")
    return build.last(x, 9)
