"""The engine of a model, with the weights that the model has now."""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from keras_dgggan._types import Tensor
from keras_dgggan.inference.engine import Engine

if TYPE_CHECKING:
    import keras

    from keras_dgggan.pretrained.saved_model import SavedModel


class LiveEngine:
    """Makes the engine of a model, and makes it anew when the model's weights were assigned.

    Args:
        model: A name as `load_model` takes it, or a model.
        make: Makes an engine of either.

    Attributes:
        name: The model's, as it was given, or its class's.
    """

    def __init__(self, model: Any, make: Callable[[Any], Engine]) -> None:
        self._model = getattr(model, "inference_generator", model)
        self._make = make
        self.name = str(model) if self._is_name else type(self._model).__name__
        self._engine = make(self._model)
        self._watch = None if self._is_name else self._watched()

    @property
    def latest(self) -> Engine:
        """The engine as it was made last: its weights may be older than the model's."""
        return self._engine

    def current(self) -> Engine:
        """The engine with the model's current weights."""
        if self._watch is not None and self._watch.changed():
            self._engine = self._make(self._model)
        return self._engine

    def network(self) -> "keras.Model | SavedModel":
        """The network; one that ONNX Runtime runs from its file is loaded by Keras here."""
        if self._is_name:
            from keras_dgggan.pretrained.load import load_model

            self._model = getattr(self._engine, "model", None) or load_model(self._model)
            self._watch = self._watched()
        return self._model

    def _watched(self) -> "WeightsWatch | None":
        return WeightsWatch(self._model) if self._engine.holds_weights else None

    @property
    def _is_name(self) -> bool:
        return isinstance(self._model, str | os.PathLike)


class WeightsWatch:
    """Notices that weights of a network were assigned.

    An engine may hold weights in a form of its own. Values are compared only where a weight lies
    in other memory than before.

    Args:
        model: A network, or a `SavedModel`, whose weights never change.

    Examples:
        >>> from keras_dgggan.networks import Generator
        >>> generator = Generator(filters=2, blocks=1)
        >>> watch = WeightsWatch(generator)
        >>> generator.set_weights([weight + 1 for weight in generator.get_weights()])
        >>> watch.changed(), watch.changed()
        (True, False)
    """

    def __init__(self, model: Any) -> None:
        self._read = _reader(list(getattr(model, "weights", [])))
        # As long as these are held, an assignment has to take other memory.
        self._held = self._read()

    def changed(self) -> bool:
        """Whether a weight is another one than at the last call, or at the start."""
        held = self._read()
        changed = any(
            _address(new) != _address(old) and not np.array_equal(new, old)
            for new, old in zip(held, self._held, strict=True)
        )
        self._held = held
        return changed


def _reader(weights: "list[keras.Variable]") -> Callable[[], list[npt.NDArray]]:
    """A function that gives the values of weights; where it can, their memory itself."""
    values = [weight.value for weight in weights]
    if not all(hasattr(value, "read_value") for value in values):
        return lambda: [np.asarray(weight.numpy()) for weight in weights]
    # One call for all: each would take as long as all of them do so.
    read = sys.modules["tensorflow"].function(
        lambda: [value.read_value() for value in values], autograph=False
    )
    return lambda: [_array(value) for value in read()] if values else []


def _array(value: Tensor) -> npt.NDArray:
    try:
        return np.asarray(memoryview(value))
    except TypeError:  # on a GPU
        return value.numpy()


def _address(array: npt.NDArray) -> int:
    return array.__array_interface__["data"][0]
