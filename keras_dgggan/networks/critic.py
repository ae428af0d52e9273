"""The critic of WGAN-GP (paper section 2.4, fig. 4)."""

from typing import Any

import keras
from keras import layers

from keras_dgggan.networks.configured import ConfiguredModel, Count


@keras.saving.register_keras_serializable(package="keras_dgggan")
class Critic(ConfiguredModel):
    """A VGG-like network that gives an image or a gradient map one unbounded score.

    Per level a 3x3 convolution of stride 1 and a 4x4 convolution of stride 2, each with
    LeakyReLU, until the features are at most 4x4; then Dense 100, LeakyReLU, Dense 1. There is
    no batch normalisation: the gradient penalty is a matter of each sample alone, and it would
    couple the samples of a batch. There is no sigmoid: the score estimates a distance.

    Args:
        image_size: Height and width of the input, a multiple of 2 at every level; 192 for the
            paper's crops, which makes six levels.
        filters: Channels of the first level; they double per level up to eight times as many.
        negative_slope: Slope of LeakyReLU for negative values.

    Input: float `[batch, image_size, image_size, 3]`.
    Output: float32 `[batch, 1]`.

    Examples:
        >>> Critic(image_size=32, filters=8)(np.zeros([2, 32, 32, 3], "float32")).shape
        TensorShape([2, 1])

    Reference:
        Section 2.4 of the paper; Gulrajani et al., Improved Training of Wasserstein GANs, 2017.
    """

    def __init__(
        self,
        image_size: int = 192,
        filters: Count = 64,
        negative_slope: float = 0.2,
        **kwargs: Any,
    ) -> None:
        channels = _level_channels(image_size, filters)

        policy = kwargs.pop("dtype", None) or keras.config.dtype_policy()
        image = keras.Input((image_size, image_size, 3), name="image")
        x = image
        for level, width in enumerate(channels, 1):
            for size, stride in [(3, 1), (4, 2)]:
                x = layers.Conv2D(
                    width,
                    size,
                    strides=stride,
                    padding="same",
                    kernel_initializer="he_normal",
                    dtype=policy,
                    name=f"level{level}_{size}x{size}",
                )(x)
                x = layers.LeakyReLU(negative_slope, dtype=policy)(x)
        x = layers.Flatten(dtype=policy)(x)
        x = layers.Dense(100, kernel_initializer="he_normal", dtype=policy, name="dense")(x)
        x = layers.LeakyReLU(negative_slope, dtype=policy)(x)
        score = layers.Dense(1, dtype="float32", name="score")(x)
        super().__init__(image, score, **kwargs)


def _level_channels(image_size: int, filters: int) -> list[int]:
    """Channels of each level: 64-128-256-512-512-512 for 192 pixels and 64 filters."""
    channels: list[int] = []
    size = image_size
    while size > 4:
        if size % 2:
            raise ValueError(
                f"`image_size` must be at most 4 times a power of 2 or halve evenly until it is "
                f"at most 4, like 96, 128 or 192. Received: image_size={image_size}"
            )
        channels.append(filters * min(8, 2 ** len(channels)))
        size //= 2
    if not channels:
        raise ValueError(f"`image_size` must be at least 6. Received: image_size={image_size}")
    return channels
