"""What the networks of other systems share: their config, and a description for their users."""

from dataclasses import dataclass
from typing import Any

import keras

from keras_dgggan.errors import UsageError


@dataclass(frozen=True)
class Description:
    """What whoever runs a network has to know of it.

    Attributes:
        scale: SR size over LR size.
        channels: Of input and output.
        size_multiple: LR height and width must be multiples of it.
        minimum_size: The least LR height and width.
        halo: The LR pixels on each side that an SR pixel depends on, beside the one that it lies
            in. None for a network that looks at the whole image, as one with the channel means of
            an attention layer does: its tiles are never exact.

    Example:
        >>> RCAN().description.local
        False
    """

    scale: int
    channels: int = 3
    size_multiple: int = 1
    minimum_size: int = 1
    halo: int | None = None

    @property
    def local(self) -> bool:
        """Whether an SR pixel depends on a neighbourhood only."""
        return self.halo is not None


@keras.saving.register_keras_serializable(package="keras_dgggan")
class SuperResolver(keras.Model):
    """A functional network from LR to `{"image": SR}`, with the config that makes it anew.

    Input: float `[batch, height, width, 3]`, RGB in [0, 1], any height and width.
    Output: a dict of `image`, `[batch, scale * height, scale * width, 3]`, float32 under every
    dtype policy, not clipped.

    Args:
        inputs: The graph's inputs.
        outputs: Its outputs by name.
        config: The arguments of the class that calls; each becomes an attribute.
        policy: The dtype policy of its layers.
        minimum_size: See `Description`.
    """

    def __init__(
        self,
        inputs: Any,
        outputs: dict[str, Any],
        *,
        config: dict[str, Any],
        policy: Any,
        minimum_size: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)
        for name, value in config.items():
            setattr(self, name, value)
        self._arguments = tuple(config)
        self._policy = policy
        self._minimum_size = minimum_size

    @property
    def gradient_branch(self) -> bool:
        """Whether `gradient_map` is among the outputs."""
        return "gradient_map" in self.output

    @property
    def description(self) -> Description:
        """What whoever runs it has to know."""
        # That module knows the layers of all networks, which are made from this one.
        from keras_dgggan.networks.receptive_field import halo_of

        return Description(scale=self.scale, minimum_size=self._minimum_size, halo=halo_of(self))

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.dtype_policies.serialize(keras.dtype_policies.get(self._policy)),
            **{name: getattr(self, name) for name in self._arguments},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "SuperResolver":
        config = dict(config)
        if isinstance(config.get("dtype"), dict):
            config["dtype"] = keras.dtype_policies.deserialize(config["dtype"])
        return cls(**config)


def check_at_least_one(**values: int) -> None:
    """Check numbers of filters, blocks and the like.

    Raises:
        ValueError: One is below 1.
    """
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"`{name}` must be at least 1. Received: {name}={value}")


def check_one_of(name: str, value: Any, known: tuple) -> None:
    """Check an argument that has few values.

    Raises:
        ValueError: It has another.
    """
    if value not in known:
        raise ValueError(f"`{name}` must be one of {known}. Received: {name}={value!r}")


def check_takes_lr_alone(network: Any, name: str = "the network") -> None:
    """Check that a network can run where there is nothing but an LR image.

    Args:
        network: Any network of this package.
        name: What the message calls it.

    Raises:
        UsageError: It is an `SFTGAN` with a segmentation.
    """
    # A SavedModel has no such attribute.
    if isinstance(getattr(network, "input", None), list):
        raise UsageError(
            f"{name} takes a segmentation beside LR, and here is LR alone: use what its "
            "with_segmentation(False) gives, which sees background everywhere, or call it from "
            "Python as network([lr, segmentation])"
        )
