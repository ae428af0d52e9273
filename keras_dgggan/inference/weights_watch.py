"""Whether a network's weights are still those that an engine was made with."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt


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


def _reader(weights: list[Any]) -> Callable[[], list[npt.NDArray]]:
    """A function that gives the values of weights; where it can, their memory itself."""
    values = [weight.value for weight in weights]
    if not all(hasattr(value, "read_value") for value in values):
        return lambda: [np.asarray(weight.numpy()) for weight in weights]
    # One call for all: each would take as long as all of them do so.
    read = sys.modules["tensorflow"].function(
        lambda: [value.read_value() for value in values], autograph=False
    )
    return lambda: [_array(value) for value in read()] if values else []


def _array(value: Any) -> npt.NDArray:
    try:
        return np.asarray(memoryview(value))
    except TypeError:  # on a GPU
        return value.numpy()


def _address(array: npt.NDArray) -> int:
    return array.__array_interface__["data"][0]
