"""SRCNN: the first convolutional network for super-resolution."""

from collections.abc import Sequence
from typing import Any, Literal

import keras

from keras_dgggan.layers import Enlargement
from keras_dgggan.layers.luma import luma, with_luma
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import Count, Scale


@keras.saving.register_keras_serializable(package="keras_dgggan")
class SRCNN(SuperResolver):
    """Three convolutions of the bicubic enlargement.

    The public code works on luma alone, on a file's enlargement by MATLAB, and crops the border
    that its convolutions do not reach. Here the enlargement (the same bicubic) is part of the
    network, the border is padded with zeros, and with one channel the network's change of luma is
    added to the enlarged RGB image, which leaves its chroma as the bicubic has it.

    Args:
        filters: Channels after the first and the second convolution.
        sizes: Kernel sizes of the three.
        channels: 1 works on luma, as the paper's tables; 3 on RGB.
        scale: 2, 3 or 4.

    Input and output: as `SuperResolver`; at least 2 pixels a side.

    Examples:
        >>> SRCNN(filters=(8, 4))(np.zeros([1, 6, 8, 3], "float32"))["image"].shape
        TensorShape([1, 24, 32, 3])

    Reference:
        Dong et al., Image Super-Resolution Using Deep Convolutional Networks, TPAMI 2016,
        https://arxiv.org/abs/1501.00092. The defaults are its 9-5-5: 57,281 parameters.
    """

    minimum_size = 2

    def __init__(
        self,
        filters: Sequence[Count] = (64, 32),
        sizes: Sequence[Count] = (9, 5, 5),
        channels: Literal[1, 3] = 1,
        scale: Scale = 4,
        **kwargs: Any,
    ) -> None:
        build = Builder(kwargs)
        lr = build.lr()
        enlarged = Enlargement(scale, name="enlarged")(lr)
        source = luma(enlarged) if channels == 1 else enlarged
        x = build.conv(source, filters[0], sizes[0], name="conv1", activation="relu")
        x = build.conv(x, filters[1], sizes[1], name="conv2", activation="relu")
        image = build.last(x, sizes[2], name="conv3", filters=channels)
        if channels == 1:
            image = with_luma(enlarged, source, image)
        super().__init__(lr, {"image": image}, **kwargs)
