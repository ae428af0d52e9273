"""A base class that makes the config of a model from the arguments of its class."""

import inspect
from typing import Any, ClassVar

import keras

# What every Keras model takes.
OF_KERAS = ("dtype", "name", "trainable")


class ConfiguredModel(keras.Model):
    """A functional model that records the arguments of its class as attributes and config.

    A subclass makes its layers and calls `super().__init__(inputs, outputs, **kwargs)`; it writes
    no `get_config`. Every argument of its `__init__` becomes an attribute of the same name. (Keras'
    automatic config gives the defaults of a functional model, not what it was made with.)

    Attributes:
        default_dtype: The dtype policy where none is given; None for Keras' global one.

    Examples:
        >>> class Doubled(ConfiguredModel):
        ...     def __init__(self, factor: float = 2.0, **kwargs):
        ...         image = keras.Input((None, None, 3))
        ...         super().__init__(image, image * factor, **kwargs)
        >>> Doubled(factor=3.0).factor
        3.0
        >>> Doubled.from_config(Doubled(factor=3.0).get_config()).arguments
        {'factor': 3.0}
    """

    default_dtype: ClassVar[str | None] = None

    def __new__(cls, *args: Any, **kwargs: Any) -> "ConfiguredModel":
        model = super().__new__(cls, *args, **kwargs)
        # Keras takes no attributes before `__init__`.
        object.__setattr__(model, "_given", (args, kwargs))
        policy = kwargs.get("dtype") or cls.default_dtype or keras.config.dtype_policy()
        object.__setattr__(model, "_policy", policy)
        return model

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
    ) -> None:
        # Keras would take any keyword, and pass over it.
        super().__init__(inputs=inputs, outputs=outputs, name=name, trainable=trainable)
        arguments = _by_name(type(self), *self._given)
        del self._given
        self._argument_names = tuple(arguments)
        for name, value in arguments.items():
            # What follows from the network itself is a property.
            if not isinstance(getattr(type(self), name, None), property):
                setattr(self, name, value)

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the class by name, defaults included."""
        return {name: _plain(getattr(self, name)) for name in self._argument_names}

    def get_config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.dtype_policies.serialize(keras.dtype_policies.get(self._policy)),
            **self.arguments,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "ConfiguredModel":
        config = dict(config)
        if isinstance(config.get("dtype"), dict):
            config["dtype"] = keras.dtype_policies.deserialize(config["dtype"])
        return cls(**config)


def _by_name(cls: type, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a class's `__init__` by name, less Keras' own."""
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]
    bound = signature.bind(None, *args, **kwargs)
    bound.apply_defaults()
    given: dict[str, Any] = {}
    for name, value in list(bound.arguments.items())[1:]:
        # A subclass may hand on arguments of the class that it extends.
        is_rest = signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
        given |= value if is_rest else {name: value}
    return {name: value for name, value in given.items() if name not in OF_KERAS}


def _plain(value: Any) -> Any:
    """Tuples as lists, as JSON gives them back."""
    return list(value) if isinstance(value, list | tuple) else value


def check_at_least_one(**values: int) -> None:
    """Check numbers of filters, blocks and the like.

    Raises:
        ValueError: One is below 1.

    Examples:
        >>> check_at_least_one(filters=64, blocks=0)
        Traceback (most recent call last):
        ValueError: `blocks` must be at least 1. Received: blocks=0
    """
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"`{name}` must be at least 1. Received: {name}={value}")


def check_one_of(name: str, value: Any, known: tuple) -> None:
    """Check an argument that has few values.

    Raises:
        ValueError: It has another.

    Examples:
        >>> check_one_of("scale", 5, (2, 3, 4))
        Traceback (most recent call last):
        ValueError: `scale` must be one of (2, 3, 4). Received: scale=5
    """
    if value not in known:
        raise ValueError(f"`{name}` must be one of {known}. Received: {name}={value!r}")
