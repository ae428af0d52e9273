"""SFTGAN: features modulated by a segmentation of the scene."""

from typing import Any

import keras
from keras import KerasTensor

from keras_dgggan.layers.background import CATEGORIES, Background
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import Count

_SCALE = Background.scale


@keras.saving.register_keras_serializable(package="keras_dgggan")
class SFTGAN(SuperResolver):
    """Residual blocks whose features are scaled and shifted by maps made from a segmentation.

    As the PyTorch network of the authors whose weights are public (LeakyReLU of slope 0.1 between
    the modulating convolutions, `x * (scale + 1) + shift`, pixel shuffles).

    Args:
        filters: Channels of image features.
        blocks: Residual blocks.
        segmentation: True makes the network take `[lr, segmentation]`, where the second is
            `[batch, 4 * height, 4 * width, 8]`: the probabilities of background, sky, water,
            grass, mountain, building, plant and animal. False makes it take LR alone, and call
            everything background: so it works wherever other networks do, with the same weights;
            `with_segmentation` makes one of the other.

    Input: float `[batch, height, width, 3]`, or that and the segmentation. Output: as
    `SuperResolver`. The scale is 4.

    Examples:
        >>> network = SFTGAN(filters=4, blocks=1, segmentation=True)
        >>> network([np.zeros([1, 6, 8, 3]), np.zeros([1, 24, 32, 8])])["image"].shape
        TensorShape([1, 24, 32, 3])

    Reference:
        Wang et al., Recovering Realistic Texture in Image Super-Resolution by Deep Spatial Feature
        Transform, CVPR 2018, https://arxiv.org/abs/1804.02815. The defaults are its 1.8 M
        parameters.
    """

    scale = _SCALE

    def __init__(
        self, filters: Count = 64, blocks: Count = 16, segmentation: bool = False, **kwargs: Any
    ) -> None:
        build = Builder(kwargs)

        def modulated(x: KerasTensor, name: str) -> KerasTensor:
            maps = []
            for kind in ("scale", "shift"):
                y = build.conv(
                    condition, 32, 1, name=f"{name}_{kind}1", activation="leaky_relu", slope=0.1
                )
                maps.append(build.conv(y, filters, 1, name=f"{name}_{kind}2"))
            scaled = build.multiply([x, maps[0]], f"{name}_scaled")
            return build.add([x, scaled, maps[1]], f"{name}_modulated")

        lr = build.lr()
        if segmentation:
            classes = keras.Input((None, None, CATEGORIES), name="segmentation")
        else:
            classes = Background(dtype=build.policy, name="background")(lr)
        condition = build.conv(
            classes, 128, 4, name="condition1", activation="leaky_relu", slope=0.1, strides=4
        )
        for i in range(2, 5):
            condition = build.conv(
                condition, 128, 1, name=f"condition{i}", activation="leaky_relu", slope=0.1
            )
        condition = build.conv(condition, 32, 1, name="condition5")
        head = x = build.conv(lr, filters, name="head")
        for i in range(1, blocks + 1):
            y = modulated(x, f"block_{i}_sft1")
            y = build.conv(y, filters, name=f"block_{i}_conv1", activation="relu")
            y = modulated(y, f"block_{i}_sft2")
            y = build.conv(y, filters, name=f"block_{i}_conv2")
            x = build.add([x, y], f"block_{i}")
        x = build.conv(modulated(x, "trunk_sft"), filters, name="trunk")
        x = build.add([head, x], "long_skip")
        x = build.shuffled(x, filters, _SCALE, activation="relu")
        x = build.conv(x, filters, name="hr", activation="relu")
        image = build.last(x)
        inputs = [lr, classes] if segmentation else lr
        super().__init__(inputs, {"image": image}, **kwargs)

    def with_segmentation(self, segmentation: bool = True) -> "SFTGAN":
        """The network of the same weights that takes a segmentation, or that takes LR alone.

        Examples:
            >>> guided = SFTGAN(filters=4, blocks=1).with_segmentation()
            >>> guided.segmentation, len(guided.inputs)
            (True, 2)
        """
        other = SFTGAN.from_config({**self.get_config(), "segmentation": segmentation})
        other.set_weights(self.get_weights())
        return other
