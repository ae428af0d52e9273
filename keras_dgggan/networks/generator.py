"""The generator of two branches (paper section 2.1, fig. 1)."""

from typing import Any, Literal

import keras
from keras import KerasTensor, layers

from keras_dgggan.layers import ImageGradient, MultiScaleResidualBlock, PixelShuffle, Upsampling
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.builder import Builder
from keras_dgggan.networks.configured import Count, Scale
from keras_dgggan.presets import preset_file


@keras.saving.register_keras_serializable(package="keras_dgggan")
class Generator(SuperResolver):
    """An image branch that upscales, guided by a gradient branch.

    Both branches are a 3x3 convolution, `blocks` multi-scale residual blocks, a 3x3 convolution
    with a long skip around the blocks, and an upsampling tail. The gradient branch starts from
    the gradient map of the LR image; after every `gradient_every` blocks the gradient map of the
    image branch's features is concatenated to its features and brought back to `filters` by a
    1x1 convolution. At the end its features are fused into the image's by a 1x1 convolution, and
    a 3x3 convolution of them predicts the gradient map of the HR image.

    Args:
        filters: Channels of all features.
        blocks: Multi-scale residual blocks in each branch.
        gradient_every: A gradient map is passed after every so many blocks.
        scale: 2, 3 or 4.
        se_reduction: Reduction of squeeze-and-excitation.
        gradient_branch: False gives the paper's first ablation: the image branch alone.
        se: False gives the paper's second ablation: blocks without squeeze-and-excitation.
        upsampler: `"nearest"` (enlarge and convolve at HR size, as the paper's model) or
            `"pixel_shuffle"`: one convolution at LR size, whose channels become the HR pixels:
            a small fraction of the work, for light models.
        image_skip: Add the nearest-neighbour enlargement of the LR image to the output, so that
            the network learns the difference only.
        negative_slope: Slope of LeakyReLU for negative values.

    Input: float `[batch, height, width, 3]`, RGB in [0, 1], any height and width.

    Output: a dict of `image`, `[batch, scale * height, scale * width, 3]`, RGB around [0, 1], not
    clipped; and, with the gradient branch, `gradient_map` of the same shape, the prediction of
    `image_gradient(HR)`. Both are float32 under every dtype policy.

    Examples:
        >>> generator = Generator(filters=8, blocks=3)
        >>> generator(np.zeros([1, 6, 8, 3], "float32"))["image"].shape
        TensorShape([1, 24, 32, 3])

    The fused and tiled computations of `keras_dgggan.inference` and `keras_dgggan.export` are those
    of this class alone. A subclass, which may compute something else, runs as it is called.

    Reference:
        Section 2.1 of the paper. The defaults give its 14.6 M parameters.
    """

    def __init__(
        self,
        filters: Count = 64,
        blocks: Count = 10,
        gradient_every: Count = 3,
        scale: Scale = 4,
        se_reduction: Count = 16,
        gradient_branch: bool = True,
        se: bool = True,
        upsampler: Literal["nearest", "pixel_shuffle"] = "nearest",
        image_skip: bool = False,
        negative_slope: float = 0.2,
        **kwargs: Any,
    ) -> None:
        build = Builder(kwargs)

        def blocks_of(branch: str) -> list[MultiScaleResidualBlock]:
            return [
                MultiScaleResidualBlock(
                    filters,
                    se,
                    se_reduction,
                    negative_slope,
                    dtype=build.policy,
                    name=f"{branch}_{i}",
                )
                for i in range(1, blocks + 1)
            ]

        def gradient_of(x: KerasTensor, name: str) -> KerasTensor:
            return ImageGradient(dtype=build.policy, name=name)(x)

        def enlarged(x: KerasTensor, name: str) -> KerasTensor:
            if upsampler == "pixel_shuffle":
                return x
            return Upsampling(filters, scale, negative_slope, dtype=build.policy, name=name)(x)

        def output(x: KerasTensor, name: str) -> KerasTensor:
            if upsampler == "nearest":
                return build.last(x, name=name)
            x = build.last(x, name=f"{name}_pixels", filters=3 * scale * scale)
            return PixelShuffle(scale, dtype="float32", name=name)(x)

        lr = build.lr()
        image = image_head = build.conv(lr, filters, name="image_head")
        if gradient_branch:
            gradient = gradient_of(lr, "lr_gradient")
            gradient = gradient_head = build.conv(gradient, filters, name="gradient_head")
            gradient_blocks = blocks_of("gradient_block")
        for i, block in enumerate(blocks_of("image_block"), 1):
            image = block(image)
            if gradient_branch:
                gradient = gradient_blocks[i - 1](gradient)
                if i % gradient_every == 0:
                    passed = gradient_of(image, f"feature_gradient_{i}")
                    gradient = build.concat([gradient, passed], f"pass_{i}")
                    gradient = build.conv(gradient, filters, 1, name=f"pass_{i}_fusion")
        trunk = build.conv(image, filters, name="image_trunk")
        image = enlarged(build.add([image_head, trunk], "image_long_skip"), "image_upsampling")
        outputs = {}
        if gradient_branch:
            trunk = build.conv(gradient, filters, name="gradient_trunk")
            gradient = build.add([gradient_head, trunk], "gradient_long_skip")
            gradient = enlarged(gradient, "gradient_upsampling")
            image = build.concat([image, gradient], "branches")
            image = build.conv(image, filters, 1, name="branch_fusion")
            outputs["gradient_map"] = output(gradient, "gradient_map")
        sr = output(image, "image")
        if image_skip:
            nearest = layers.UpSampling2D(scale, dtype="float32", name="lr_enlarged")(lr)
            sr = layers.Add(dtype="float32", name="image_skip")([sr, nearest])
        outputs["image"] = sr
        super().__init__(lr, outputs, **kwargs)

    @classmethod
    def from_preset(cls, name: str) -> "Generator":
        """A generator that comes with the package, with its weights.

        Args:
            name: One of `keras_dgggan.presets.preset_names()`.

        Raises:
            UsageError: There is no such preset.

        Examples:
            >>> Generator.from_preset("dgggan_x4_light").count_params()
            292024
        """
        return keras.saving.load_model(preset_file(name), compile=False)
