"""RCAN: residual groups with channel attention."""

from typing import Any

import keras
from keras import KerasTensor, layers

from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import Count, Scale


@keras.saving.register_keras_serializable(package="keras_dgggan")
class RCAN(SuperResolver):
    """Groups of residual blocks whose channels are weighed by the means of the whole image.

    As the public code, but for the change of range, which is part of the network. The means are
    taken in float32 under every policy. They make the network non-local: tiles of an image never
    give what the whole image would.

    Args:
        filters: Channels of all features.
        groups: Residual groups.
        blocks: Blocks in each group.
        reduction: Of the attention's hidden channels.
        scale: 2, 3 or 4.
        rgb_range: The range that the weights know: 255 for public ones.
        mean_shift: Whether DIV2K's mean colour is subtracted at the start and added at the end.

    Input and output: as `SuperResolver`.

    Examples:
        >>> network = RCAN(filters=4, groups=1, blocks=1)
        >>> network(np.zeros([1, 6, 8, 3], "float32"))["image"].shape
        TensorShape([1, 24, 32, 3])

    Reference:
        Zhang et al., Image Super-Resolution Using Very Deep Residual Channel Attention Networks,
        ECCV 2018, https://arxiv.org/abs/1807.02758. The defaults are its 15.6 M parameters.
    """

    def __init__(
        self,
        filters: Count = 64,
        groups: Count = 10,
        blocks: Count = 20,
        reduction: Count = 16,
        scale: Scale = 4,
        rgb_range: float = 255.0,
        mean_shift: bool = True,
        **kwargs: Any,
    ) -> None:
        build = Builder(kwargs)

        def attended(x: KerasTensor, name: str) -> KerasTensor:
            # A float16 sum over an image would overflow or stop growing.
            gate = layers.GlobalAveragePooling2D(
                keepdims=True, dtype="float32", name=f"{name}_means"
            )(x)
            hidden = max(1, filters // reduction)
            gate = build.conv(gate, hidden, 1, name=f"{name}_squeeze", activation="relu")
            gate = build.conv(gate, filters, 1, name=f"{name}_excite")
            gate = layers.Activation("sigmoid", dtype=build.policy, name=f"{name}_gate")(gate)
            return build.multiply([x, gate], f"{name}_attended")

        lr = build.lr()
        head = x = build.conv(build.ranged(lr, rgb_range, mean_shift), filters, name="head")
        for i in range(1, groups + 1):
            before = x
            for j in range(1, blocks + 1):
                name = f"group_{i}_block_{j}"
                y = build.conv(x, filters, name=f"{name}_conv1", activation="relu")
                y = build.conv(y, filters, name=f"{name}_conv2")
                x = build.residual(x, attended(y, name), name)
            x = build.residual(before, build.conv(x, filters, name=f"group_{i}_conv"), f"group_{i}")
        x = build.add([head, build.conv(x, filters, name="trunk")], "long_skip")
        image = build.reconstructed(x, filters, scale, rgb_range, mean_shift)
        super().__init__(lr, {"image": image}, **kwargs)
