"""Whether a network's weights are still those that an engine was made with."""

from typing import Any

import numpy as np


class WeightsWatch:
    """Notices that weights of a network were assigned.

    An engine may hold weights in a form of its own. Asking takes about a millisecond: values are
    compared only where a weight's memory is another one.

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
        self._weights = list(getattr(model, "weights", []))
        # As long as these are held, an assignment has to take other memory.
        self._held = [_held(weight) for weight in self._weights]

    def changed(self) -> bool:
        """Whether a weight is another one than at the last call, or at the start."""
        held = [_held(weight) for weight in self._weights]
        pairs = zip(held, self._held, strict=True)
        changed = any(
            new.ctypes.data != old.ctypes.data and not np.array_equal(new, old)
            for new, old in pairs
        )
        self._held = held
        return changed


def _held(weight: Any) -> np.ndarray:
    """A weight's values; where it can be, its memory itself."""
    value = weight.value
    if hasattr(value, "read_value"):
        value = value.read_value()
    try:
        return np.asarray(memoryview(value))
    except TypeError:
        # A tensor of another library, or of a GPU.
        return np.asarray(weight.numpy())
