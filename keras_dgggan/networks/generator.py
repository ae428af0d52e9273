"""The generator of two branches (paper section 2.1, fig. 1)."""

from typing import Any

import keras
from keras import layers

from keras_dgggan.layers import ImageGradient, MultiScaleResidualBlock, PixelShuffle, Upsampling
from keras_dgggan.networks.base import Description

UPSAMPLERS = ("nearest", "pixel_shuffle")


@keras.saving.register_keras_serializable(package="keras_dgggan")
class Generator(keras.Model):
    """Upscales an image in an image branch that a gradient branch guides.

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

    Example:
        >>> generator = Generator(filters=16, blocks=4)
        >>> generator(np.zeros([1, 24, 32, 3], "float32"))["image"].shape   # (1, 96, 128, 3)

    Reference:
        Section 2.1 of the paper. The defaults give its 14.6 M parameters.
    """

    def __init__(
        self,
        filters: int = 64,
        blocks: int = 10,
        gradient_every: int = 3,
        scale: int = 4,
        se_reduction: int = 16,
        gradient_branch: bool = True,
        se: bool = True,
        upsampler: str = "nearest",
        image_skip: bool = False,
        negative_slope: float = 0.2,
        **kwargs: Any,
    ) -> None:
        for name, value in [
            ("filters", filters),
            ("blocks", blocks),
            ("gradient_every", gradient_every),
            ("se_reduction", se_reduction),
        ]:
            if value < 1:
                raise ValueError(f"`{name}` must be at least 1. Received: {name}={value}")
        if scale not in (2, 3, 4):
            raise ValueError(f"`scale` must be 2, 3 or 4. Received: scale={scale}")
        if upsampler not in UPSAMPLERS:
            raise ValueError(
                f"`upsampler` must be one of {UPSAMPLERS}. Received: upsampler={upsampler!r}"
            )

        # === Functional Model ===
        # A functional model makes its own policy only after its layers: hand it to them.
        policy = kwargs.pop("dtype", None) or keras.config.dtype_policy()

        def conv(channels: int, size: int, name: str, **options: Any) -> layers.Conv2D:
            return layers.Conv2D(channels, size, padding="same", dtype=policy, name=name, **options)

        def blocks_of(branch: str) -> list[MultiScaleResidualBlock]:
            return [
                MultiScaleResidualBlock(
                    filters, se, se_reduction, negative_slope, dtype=policy, name=f"{branch}_{i}"
                )
                for i in range(1, blocks + 1)
            ]

        def output(x: Any, name: str) -> Any:
            # The last layer of each branch stays in float32: 16 bits would band the image.
            if upsampler == "nearest":
                return layers.Conv2D(3, 3, padding="same", dtype="float32", name=name)(x)
            x = layers.Conv2D(
                3 * scale * scale, 3, padding="same", dtype="float32", name=f"{name}_pixels"
            )(x)
            return PixelShuffle(scale, dtype="float32", name=name)(x)

        lr = keras.Input((None, None, 3), name="lr")
        image_head = conv(filters, 3, "image_head")(lr)
        image = image_head
        if gradient_branch:
            gradient_of = ImageGradient(dtype=policy, name="lr_gradient")
            gradient_head = conv(filters, 3, "gradient_head")(gradient_of(lr))
            gradient = gradient_head
            gradient_blocks = blocks_of("gradient_block")
        for i, block in enumerate(blocks_of("image_block"), 1):
            image = block(image)
            if gradient_branch:
                gradient = gradient_blocks[i - 1](gradient)
                if i % gradient_every == 0:
                    passed = ImageGradient(dtype=policy, name=f"feature_gradient_{i}")(image)
                    gradient = layers.Concatenate(dtype=policy, name=f"pass_{i}")(
                        [gradient, passed]
                    )
                    gradient = conv(filters, 1, f"pass_{i}_fusion")(gradient)
        image = layers.Add(dtype=policy, name="image_long_skip")(
            [image_head, conv(filters, 3, "image_trunk")(image)]
        )
        if gradient_branch:
            gradient = layers.Add(dtype=policy, name="gradient_long_skip")(
                [gradient_head, conv(filters, 3, "gradient_trunk")(gradient)]
            )
        if upsampler == "nearest":
            tail = {"scale": scale, "negative_slope": negative_slope, "dtype": policy}
            image = Upsampling(filters, name="image_upsampling", **tail)(image)
            if gradient_branch:
                gradient = Upsampling(filters, name="gradient_upsampling", **tail)(gradient)
        outputs = {}
        if gradient_branch:
            image = layers.Concatenate(dtype=policy, name="branches")([image, gradient])
            image = conv(filters, 1, "branch_fusion")(image)
            outputs["gradient_map"] = output(gradient, "gradient_map")
        sr = output(image, "image")
        if image_skip:
            enlarged = layers.UpSampling2D(scale, dtype="float32", name="lr_enlarged")(lr)
            sr = layers.Add(dtype="float32", name="image_skip")([sr, enlarged])
        outputs["image"] = sr
        super().__init__(inputs=lr, outputs=outputs, **kwargs)

        # === Config ===
        self.filters = filters
        self.blocks = blocks
        self.gradient_every = gradient_every
        self.scale = scale
        self.se_reduction = se_reduction
        self.gradient_branch = gradient_branch
        self.se = se
        self.upsampler = upsampler
        self.image_skip = image_skip
        self.negative_slope = negative_slope
        self._policy = policy

    @property
    def description(self) -> Description:
        """What whoever runs it has to know."""
        from keras_dgggan.networks.receptive_field import halo_of

        return Description(scale=self.scale, halo=halo_of(self))

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.dtype_policies.serialize(keras.dtype_policies.get(self._policy)),
            "filters": self.filters,
            "blocks": self.blocks,
            "gradient_every": self.gradient_every,
            "scale": self.scale,
            "se_reduction": self.se_reduction,
            "gradient_branch": self.gradient_branch,
            "se": self.se,
            "upsampler": self.upsampler,
            "image_skip": self.image_skip,
            "negative_slope": self.negative_slope,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "Generator":
        config = dict(config)
        if isinstance(config.get("dtype"), dict):
            config["dtype"] = keras.dtype_policies.deserialize(config["dtype"])
        return cls(**config)
