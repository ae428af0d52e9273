"""SPSR: an image branch guided by a branch of gradient maps."""

from typing import Any

import keras
from keras import KerasTensor

from keras_dgggan.layers import ImageGradient, Upsampling
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import Count, Scale
from keras_dgggan.networks.rrdbnet import rrdb

_STAGES = 4


@keras.saving.register_keras_serializable(package="keras_dgggan")
class SPSR(SuperResolver):
    """RRDBNet's trunk, a gradient branch that takes its features, and their fusion.

    The gradient branch starts from the gradient map of LR; after every `tap_every` blocks of the
    image branch, four times, that branch's features are concatenated and go through a
    residual-in-residual dense block of twice the channels. Both branches are enlarged by nearest
    neighbours, and fused at HR size by one more such block.

    The public code pads with zeros before it takes the gradient map, which paints a bright frame
    around every image and tile; here the border is replicated. Away from the border both are the
    same network.

    Args:
        filters: Channels of each branch.
        blocks: Blocks of the image branch, at least four times `tap_every`.
        growth: Channels that each convolution of a dense block adds.
        tap_every: Blocks between two taps.
        scale: 2, 3 or 4.

    Input: as `SuperResolver`. Output: also `gradient_map`, the prediction of the HR image's.

    Examples:
        >>> network = SPSR(filters=2, blocks=4, growth=2, tap_every=1)
        >>> sorted(network(np.zeros([1, 6, 8, 3], "float32")))
        ['gradient_map', 'image']

    Reference:
        Ma et al., Structure-Preserving Super Resolution with Gradient Guidance, CVPR 2020,
        https://arxiv.org/abs/2003.13081. The defaults are its 24.8 M parameters.
    """

    def __init__(
        self,
        filters: Count = 64,
        blocks: Count = 23,
        growth: Count = 32,
        tap_every: Count = 5,
        scale: Scale = 4,
        **kwargs: Any,
    ) -> None:
        if blocks < _STAGES * tap_every:
            raise ValueError(
                f"`blocks` must be at least {_STAGES} times `tap_every`. Received: "
                f"blocks={blocks}, tap_every={tap_every}"
            )

        build = Builder(kwargs)
        lr = build.lr()
        head = x = build.conv(lr, filters, name="image_head")
        gradient = ImageGradient(dtype=build.policy, name="lr_gradient")(lr)
        gradient_head = g = build.conv(gradient, filters, name="gradient_head")
        for i in range(1, blocks + 1):
            x = rrdb(build, x, growth, f"image_block_{i}")
            stage, rest = divmod(i, tap_every)
            if rest == 0 and stage <= _STAGES:
                g = build.concat([g, x], f"tap_{stage}")
                g = rrdb(build, g, growth, f"gradient_block_{stage}")
                g = build.conv(g, filters, name=f"gradient_conv_{stage}")
        x = build.add([head, build.conv(x, filters, name="image_trunk")], "image_long_skip")
        g = build.add(
            [gradient_head, build.conv(g, filters, name="gradient_trunk")], "gradient_long_skip"
        )

        def enlarged(x: KerasTensor, branch: str) -> KerasTensor:
            x = Upsampling(filters, scale, dtype=build.policy, name=f"{branch}_upsampling")(x)
            x = build.conv(x, filters, name=f"{branch}_hr1", activation="leaky_relu")
            return build.conv(x, filters, name=f"{branch}_hr2")

        x, g = enlarged(x, "image"), enlarged(g, "gradient")
        gradient_map = build.last(g, 1, name="gradient_map")
        x = rrdb(build, build.concat([g, x], "branches"), growth, "fusion_block")
        x = build.conv(x, filters, name="fusion_conv")
        x = build.conv(x, filters, name="fusion_hr", activation="leaky_relu")
        outputs = {"gradient_map": gradient_map, "image": build.last(x)}
        super().__init__(lr, outputs, **kwargs)
