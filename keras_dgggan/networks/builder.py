"""Shorthand for the named layers of functional networks."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import KerasTensor, layers

from keras_dgggan.layers import PixelShuffle
from keras_dgggan.layers.upsampling import upsampling_factors

# DIV2K's mean colour, which EDSR and its descendants subtract.
DIV2K_MEAN = (0.4488, 0.4371, 0.4040)

# The weights of residual branches start at a tenth of He's, so that a deep stack of them starts
# near the identity: a hundredth of the variance.
SMALL_HE = {"class_name": "VarianceScaling", "config": {"scale": 0.02, "mode": "fan_in"}}


class Builder:
    """Makes named layers of one dtype policy and applies them.

    Args:
        options: The keyword arguments of a network's class, whose `dtype` is taken out: a
            functional model makes its own policy only after its layers.

    Attributes:
        policy: The policy of all layers.

    Examples:
        >>> build = Builder({"dtype": "mixed_float16"})
        >>> build.conv(build.lr(), 64, name="head", activation="relu").dtype
        'float16'
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self.policy = options.pop("dtype", None) or keras.config.dtype_policy()

    def lr(self) -> KerasTensor:
        """The input `[batch, height, width, 3]`."""
        return keras.Input((None, None, 3), name="lr")

    def conv(
        self,
        x: KerasTensor,
        filters: int,
        size: int = 3,
        *,
        name: str,
        activation: str | None = None,
        slope: float = 0.2,
        small: bool = False,
        **options: Any,
    ) -> KerasTensor:
        """A convolution that keeps the size, then an activation.

        Args:
            name: Its name; the activation's goes on from it.
            activation: None, `leaky_relu`, `prelu` (a slope for each channel), `prelu_shared` (one
                slope), or one that Keras knows by its name, like `relu`.
            slope: Of LeakyReLU.
            small: Start near zero: it is the last of a residual branch.
            options: Of `keras.layers.Conv2D`.
        """
        if small:
            options["kernel_initializer"] = keras.initializers.get(SMALL_HE)
        options = {"padding": "same", "dtype": self.policy, **options}
        x = layers.Conv2D(filters, size, name=name, **options)(x)
        return self.activation(x, activation, name, slope)

    def activation(
        self, x: KerasTensor, kind: str | None, name: str, slope: float = 0.2
    ) -> KerasTensor:
        """An activation layer by its name, as `conv` takes it."""
        name = f"{name}_{kind}"
        if kind is None:
            return x
        if kind == "relu":
            return layers.ReLU(dtype=self.policy, name=name)(x)
        if kind == "leaky_relu":
            return layers.LeakyReLU(slope, dtype=self.policy, name=name)(x)
        if not kind.startswith("prelu"):
            return layers.Activation(kind, dtype=self.policy, name=name)(x)
        axes = [1, 2] if kind == "prelu" else [1, 2, 3]
        return layers.PReLU(
            alpha_initializer=keras.initializers.Constant(0.25),
            shared_axes=axes,
            dtype=self.policy,
            name=name,
        )(x)

    def add(self, x: Sequence[KerasTensor], name: str) -> KerasTensor:
        """The sum of tensors."""
        return layers.Add(dtype=self.policy, name=name)(list(x))

    def subtract(self, x: KerasTensor, y: KerasTensor, name: str) -> KerasTensor:
        """`x - y`."""
        return layers.Subtract(dtype=self.policy, name=name)([x, y])

    def multiply(self, x: Sequence[KerasTensor], name: str) -> KerasTensor:
        """The product of tensors."""
        return layers.Multiply(dtype=self.policy, name=name)(list(x))

    def concat(self, x: Sequence[KerasTensor], name: str) -> KerasTensor:
        """Concatenation along the channels."""
        return layers.Concatenate(dtype=self.policy, name=name)(list(x))

    def times(self, x: KerasTensor, factor: float, name: str) -> KerasTensor:
        """`factor * x`."""
        return layers.Rescaling(factor, dtype=self.policy, name=name)(x)

    def residual(
        self, x: KerasTensor, branch: KerasTensor, name: str, factor: float = 1.0
    ) -> KerasTensor:
        """`x + factor * branch`."""
        if factor != 1.0:
            branch = self.times(branch, factor, f"{name}_scaled")
        return self.add([x, branch], name)

    def shuffled(
        self,
        x: KerasTensor,
        filters: int,
        scale: int,
        *,
        name: str = "up",
        activation: str | None = None,
    ) -> KerasTensor:
        """Convolution and pixel shuffle, once per step of the scale: `up1`, and `up2` for 4."""
        for i, factor in enumerate(upsampling_factors(scale), 1):
            x = self.conv(x, filters * factor**2, name=f"{name}{i}")
            x = PixelShuffle(factor, dtype=self.policy, name=f"{name}{i}_shuffle")(x)
            x = self.activation(x, activation, f"{name}{i}", 0.1)
        return x

    def ranged(self, lr: KerasTensor, rgb_range: float, mean_shift: bool) -> KerasTensor:
        """Scale from [0, 1] to [0, rgb_range] and subtract the mean colour, in float32."""
        if rgb_range == 1 and not mean_shift:
            return lr
        offset = [-rgb_range * mean for mean in DIV2K_MEAN] if mean_shift else 0.0
        return layers.Rescaling(rgb_range, offset, dtype="float32", name="ranged")(lr)

    def unranged(self, x: KerasTensor, rgb_range: float, mean_shift: bool) -> KerasTensor:
        """The inverse of `ranged`."""
        if rgb_range == 1 and not mean_shift:
            return x
        offset = list(DIV2K_MEAN) if mean_shift else 0.0
        return layers.Rescaling(1 / rgb_range, offset, dtype="float32", name="image")(x)

    def reconstructed(
        self, x: KerasTensor, filters: int, scale: int, rgb_range: float, mean_shift: bool
    ) -> KerasTensor:
        """The tail of EDSR and its family: pixel shuffles, a convolution, `unranged`."""
        x = self.last(self.shuffled(x, filters, scale), name="tail")
        return self.unranged(x, rgb_range, mean_shift)

    def last(
        self, x: KerasTensor, size: int = 3, *, name: str = "image", filters: int = 3
    ) -> KerasTensor:
        """The convolution to the image, in float32: 16 bits would band it."""
        return layers.Conv2D(filters, size, padding="same", dtype="float32", name=name)(x)
