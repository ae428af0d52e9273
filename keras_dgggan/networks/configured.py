"""A base class that makes the config of a model from the arguments of its class."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin

import keras
from keras import KerasTensor

from keras_dgggan._types import Config

# What every Keras model takes.
OF_KERAS = ("dtype", "name", "trainable")


@dataclass(frozen=True)
class AtLeast:
    """A mark of an argument's annotation: the least value that it may have."""

    number: int


Count = Annotated[int, AtLeast(1)]
Scale = Literal[2, 3, 4]


class ConfiguredModel(keras.Model):
    """A functional model that records the arguments of its class as attributes and config.

    A subclass makes its layers and calls `super().__init__(inputs, outputs, **kwargs)`; it writes
    no `get_config`. Every argument of its `__init__` becomes an attribute of the same name. (Keras'
    automatic config gives the defaults of a functional model, not what it was made with.)
    Values are checked by annotations: `Literal`, `Count` or another `Annotated[int, AtLeast(n)]`.

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
        try:
            given = _by_name(cls, args, kwargs)
        except TypeError:
            # `__init__` tells what is missing.
            given = {}
        annotations = _annotations(cls)
        for name, value in given.items():
            _check(name, value, annotations.get(name))
        model = super().__new__(cls, *args, **kwargs)
        # Keras takes no attributes before `__init__`.
        object.__setattr__(model, "_given", given)
        policy = kwargs.get("dtype") or cls.default_dtype or keras.config.dtype_policy()
        object.__setattr__(model, "_policy", policy)
        return model

    def __init__(
        self,
        inputs: KerasTensor | list[KerasTensor],
        outputs: KerasTensor | dict[str, KerasTensor],
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: str | keras.DTypePolicy | None = None,
    ) -> None:
        # Keras would take any keyword, and pass over it.
        super().__init__(inputs=inputs, outputs=outputs, name=name, trainable=trainable)
        arguments = self._given
        del self._given
        self._argument_names = tuple(arguments)
        for name, value in arguments.items():
            # What follows from the network itself is a property.
            if not isinstance(getattr(type(self), name, None), property):
                setattr(self, name, value)

    @property
    def arguments(self) -> Config:
        """The arguments of the class by name, defaults included."""
        return {name: _plain(getattr(self, name)) for name in self._argument_names}

    def get_config(self) -> Config:
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.dtype_policies.serialize(keras.dtype_policies.get(self._policy)),
            **self.arguments,
        }

    @classmethod
    def from_config(cls, config: Config, custom_objects: Config | None = None) -> "ConfiguredModel":
        config = dict(config)
        if isinstance(config.get("dtype"), dict):
            config["dtype"] = keras.dtype_policies.deserialize(config["dtype"])
        return cls(**config)


def _by_name(cls: type, args: tuple, kwargs: Config) -> Config:
    """The arguments of a class's `__init__` by name, less Keras' own."""
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]
    bound = signature.bind(None, *args, **kwargs)
    bound.apply_defaults()
    given: Config = {}
    for name, value in list(bound.arguments.items())[1:]:
        # A subclass may hand on arguments of the class that it extends.
        is_rest = signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
        given |= value if is_rest else {name: value}
    return {name: value for name, value in given.items() if name not in OF_KERAS}


def _annotations(cls: type) -> dict[str, object]:
    """The annotations of a class's arguments, and of those that it hands on to its bases."""
    found: dict[str, object] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, ConfiguredModel) and "__init__" in vars(base):
            parameters = inspect.signature(base.__init__).parameters
            found |= {name: each.annotation for name, each in parameters.items()}
    return found


def _plain(value: object) -> object:
    """Tuples as lists, as JSON gives them back."""
    return list(value) if isinstance(value, list | tuple) else value


def _check(name: str, value: Any, annotation: object) -> None:
    """Check an argument by its annotation: `Literal`, `AtLeast`, or a `Sequence` of these.

    Raises:
        ValueError: It has another value.

    Examples:
        >>> _check("scale", 5, Scale)
        Traceback (most recent call last):
        ValueError: `scale` must be one of (2, 3, 4). Received: scale=5
        >>> _check("sizes", (9, 0), Sequence[Count])
        Traceback (most recent call last):
        ValueError: `sizes[1]` must be at least 1. Received: sizes[1]=0
    """
    kind, marks = get_origin(annotation), get_args(annotation)
    if kind is Literal and value not in marks:
        raise ValueError(f"`{name}` must be one of {marks}. Received: {name}={value!r}")
    if kind is Annotated and isinstance(marks[1], AtLeast) and value < marks[1].number:
        raise ValueError(f"`{name}` must be at least {marks[1].number}. Received: {name}={value}")
    if kind is Sequence:
        for i, each in enumerate(value):
            _check(f"{name}[{i}]", each, marks[0])
