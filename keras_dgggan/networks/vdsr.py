"""VDSR: twenty convolutions that learn the difference from the bicubic."""

from typing import Annotated, Any, Literal

import keras

from keras_dgggan.layers import Enlargement
from keras_dgggan.layers.luma import luma, with_luma
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import AtLeast, Count, Scale


@keras.saving.register_keras_serializable(package="keras_dgggan")
class VDSR(SuperResolver):
    """A stack of 3x3 convolutions of the bicubic enlargement, which is added to its result.

    The enlargement is part of the network, as MATLAB makes it; the public PyTorch ports take the
    enlarged image, or make it by PyTorch's sharper bicubic. With one channel the change of luma is
    added to R, G and B alike, which leaves the chroma as the bicubic has it.

    Args:
        filters: Channels of all features.
        depth: Convolutions, at least 3.
        channels: 1 works on luma, as the paper's tables; 3 on RGB.
        bias: The published 665 K parameters include biases; the widely used PyTorch port has none.
        scale: 2, 3 or 4.

    Input and output: as `SuperResolver`; at least 2 pixels a side.

    Examples:
        >>> VDSR(filters=4, depth=3)(np.zeros([1, 6, 8, 3], "float32"))["image"].shape
        TensorShape([1, 24, 32, 3])

    Reference:
        Kim et al., Accurate Image Super-Resolution Using Very Deep Convolutional Networks,
        CVPR 2016, https://arxiv.org/abs/1511.04587.
    """

    minimum_size = 2

    def __init__(
        self,
        filters: Count = 64,
        depth: Annotated[int, AtLeast(3)] = 20,
        channels: Literal[1, 3] = 1,
        bias: bool = True,
        scale: Scale = 4,
        **kwargs: Any,
    ) -> None:
        build = Builder(kwargs)
        lr = build.lr()
        enlarged = Enlargement(scale, name="enlarged")(lr)
        source = luma(enlarged) if channels == 1 else enlarged
        x = source
        for i in range(1, depth):
            x = build.conv(x, filters, name=f"conv{i}", activation="relu", use_bias=bias)
        x = build.conv(x, channels, name=f"conv{depth}", small=True, use_bias=bias, dtype="float32")
        image = keras.layers.Add(dtype="float32", name="residual")([source, x])
        if channels == 1:
            image = with_luma(enlarged, source, image)
        super().__init__(lr, {"image": image}, **kwargs)
