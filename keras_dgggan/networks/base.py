"""The base class of super-resolution networks, and a wrapper for other Keras models."""

from dataclasses import dataclass
from typing import Any

import keras

from keras_dgggan._types import Config
from keras_dgggan.errors import UsageError, first_line
from keras_dgggan.networks.configured import ConfiguredModel
from keras_dgggan.networks.graph import output_spec
from keras_dgggan.networks.receptive_field import receptive_field


@dataclass(frozen=True)
class ModelInfo:
    """Scale, input requirements and receptive field of a network.

    Attributes:
        scale: SR size over LR size.
        channels: Channels of input and output.
        size_multiple: LR height and width must be multiples of it.
        minimum_size: The least LR height and width.
        receptive_radius: The LR pixels on each side that an SR pixel depends on, beside the one
            that it lies in. None for a network that looks at the whole image, as one with the
            channel means of an attention layer does, or has a layer of which that is not known.
        unknown_layers: Names of the layers whose receptive field is not known.

    Examples:
        >>> from keras_dgggan.networks import EDSR
        >>> EDSR(filters=4, blocks=16).info.receptive_radius
        36
    """

    scale: int
    channels: int = 3
    size_multiple: int = 1
    minimum_size: int = 1
    receptive_radius: int | None = None
    unknown_layers: tuple[str, ...] = ()

    @property
    def local(self) -> bool:
        """Whether an SR pixel is known to depend on a neighbourhood only."""
        return self.receptive_radius is not None


@keras.saving.register_keras_serializable(package="keras_dgggan")
class SuperResolver(ConfiguredModel):
    """A functional network from LR to `{"image": SR}`, whose config is its class's arguments.

    Input: float `[batch, height, width, 3]`, RGB in [0, 1], any height and width.
    Output: a dict of `image`, `[batch, scale * height, scale * width, 3]`, float32 under every
    dtype policy, not clipped; a network with a gradient branch adds `gradient_map`, of the same
    shape.

    A subclass has an argument or an attribute `scale`, and may have an attribute `minimum_size`.

    Examples:
        >>> @keras.saving.register_keras_serializable()
        ... class Nearest(SuperResolver):
        ...     def __init__(self, scale: int = 2, **kwargs):
        ...         lr = keras.Input((None, None, 3))
        ...         super().__init__(lr, {"image": keras.layers.UpSampling2D(scale)(lr)}, **kwargs)
        >>> Nearest(scale=3).info
        ModelInfo(scale=3, channels=3, size_multiple=1, minimum_size=1, receptive_radius=0, \
unknown_layers=())
    """

    minimum_size = 1

    @property
    def gradient_branch(self) -> bool:
        """Whether `gradient_map` is among the outputs."""
        return "gradient_map" in self.output

    @property
    def info(self) -> ModelInfo:
        """Scale, input requirements and receptive field."""
        field = receptive_field(self)
        return ModelInfo(
            scale=self.scale,
            size_multiple=field.size_multiple,
            minimum_size=max(self.minimum_size, field.size_multiple),
            receptive_radius=field.radius,
            unknown_layers=field.unknown,
        )


@keras.saving.register_keras_serializable(package="keras_dgggan")
class WrappedNetwork(SuperResolver):
    """Any Keras model from LR to SR, as a network of this package.

    Args:
        model: A model of the input and output that `SuperResolver` describes; an image alone will
            do for an output.

    Raises:
        UsageError: The model is of another kind; the message says what it takes and gives.

    Examples:
        >>> lr = keras.Input((None, None, 3))
        >>> sr = keras.layers.UpSampling2D(2, interpolation="nearest")(lr)
        >>> WrappedNetwork(keras.Model(lr, sr)).scale
        2
    """

    def __init__(self, model: keras.Model, **kwargs: Any) -> None:
        scale = _scale_of(model)
        kwargs.pop("dtype", None)
        lr = keras.Input((None, None, 3), name="lr")
        outputs = model(lr)
        if not isinstance(outputs, dict):
            outputs = {"image": outputs}
        super().__init__(lr, outputs, **{"name": model.name, **kwargs})
        self.scale = scale

    @property
    def arguments(self) -> Config:
        return {"model": keras.saving.serialize_keras_object(self.model)}

    @classmethod
    def from_config(cls, config: Config, custom_objects: Config | None = None) -> "WrappedNetwork":
        model = keras.saving.deserialize_keras_object(config["model"], custom_objects)
        return cls(model, **{key: config[key] for key in ("name", "trainable") if key in config})


def as_network(model: keras.Model, name: str = "the model") -> SuperResolver:
    """Return a network of this package unchanged, and wrap any other Keras model from LR to SR.

    Args:
        model: A Keras model.
        name: What messages call it.

    Raises:
        UsageError: It does not go from LR to SR; the message says what it takes and gives.

    Examples:
        >>> from keras_dgggan.networks import SRCNN
        >>> network = SRCNN()
        >>> as_network(network) is network
        True
    """
    if isinstance(model, SuperResolver):
        return model
    try:
        return WrappedNetwork(model)
    except UsageError as error:
        raise UsageError(f"{name} {error}") from None


def _scale_of(model: keras.Model) -> int:
    """The scale of a model, from the shapes of its outputs for an LR image."""
    wanted = "from LR images [batch, height, width, 3] of any size to SR or to {'image': SR}"
    size = 64
    try:
        outputs = output_spec(model, (1, size, size, 3))
    except Exception as error:
        # Whatever a model of somebody else's raises.
        raise UsageError(f"cannot be called {wanted}: {first_line(error)}") from error
    outputs = outputs if isinstance(outputs, dict) else {"image": outputs}
    shape = getattr(outputs.get("image"), "shape", None)
    inputs = [tuple(tensor.shape[1:]) for tensor in getattr(model, "inputs", None) or []]
    if inputs and inputs != [(None, None, 3)]:
        raise UsageError(f"takes inputs of shape {inputs}; a model {wanted} is wanted")
    if (
        shape is None
        or len(shape) != 4
        or shape[3] != 3
        or shape[1] != shape[2]
        or (shape[1] or 0) % size
        or not shape[1]
    ):
        given = {name: getattr(value, "shape", value) for name, value in outputs.items()}
        raise UsageError(f"gives {given} for LR of {size}x{size}; a model {wanted} is wanted")
    return shape[1] // size


def check_takes_lr_alone(network: object, name: str = "the network") -> None:
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
