"""NatSR: dense blocks under fractal skips."""

from typing import Any

import keras
from keras import KerasTensor

from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import Count, Scale

_BLOCKS = 8
_RESIDUAL_SCALE = 0.1


@keras.saving.register_keras_serializable(package="keras_dgggan")
class NatSR(SuperResolver):
    """Eight residual dense blocks, skipped by twos, by fours and all together; pixel shuffles.

    As the authors' TensorFlow code, whose network has 4,959,235 parameters, the 5.0 M of the
    tables that compare it.

    Args:
        filters: Channels of all features.
        depth: 3x3 convolutions of a dense block.
        scale: 2, 3 or 4.

    Input and output: as `SuperResolver`.

    Examples:
        >>> NatSR(filters=4, depth=1)(np.zeros([1, 6, 8, 3], "float32"))["image"].shape
        TensorShape([1, 24, 32, 3])

    Reference:
        Soh et al., Natural and Realistic Single Image Super-Resolution with Explicit Natural
        Manifold Discrimination, CVPR 2019, https://arxiv.org/abs/1911.03624.
    """

    def __init__(
        self, filters: Count = 64, depth: Count = 5, scale: Scale = 4, **kwargs: Any
    ) -> None:
        build = Builder(kwargs)

        def dense_block(x: KerasTensor, name: str) -> KerasTensor:
            dense = x
            for j in range(1, depth + 1):
                y = build.conv(dense, filters, name=f"{name}_conv{j}", activation="relu")
                dense = build.concat([dense, y], f"{name}_dense{j}")
            y = build.conv(dense, filters, 1, name=f"{name}_fusion")
            return build.residual(x, y, name, _RESIDUAL_SCALE)

        lr = build.lr()
        head = x = half = build.conv(lr, filters, name="head")
        for i in range(1, _BLOCKS + 1, 2):
            pair = dense_block(dense_block(x, f"block_{i}"), f"block_{i + 1}")
            x = build.add([x, pair], f"skip_of_2_{i}")
            if i % 4 == 3:
                # Over four blocks, and over all so far; over the first four these are the same
                # features, which the authors' code adds once.
                skips = [head] if half is head else [half, head]
                x = half = build.add([x, *skips], f"skip_of_4_{i}")
        x = build.add([head, build.conv(x, filters, name="trunk")], "long_skip")
        image = build.last(build.shuffled(x, filters, scale))
        super().__init__(lr, {"image": image}, **kwargs)
