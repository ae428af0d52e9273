"""Names of types that many modules use."""

from collections.abc import Callable
from typing import Any, TypeAlias

# Of Keras' backend, or a `keras.KerasTensor` while a functional model is built: no type that all
# backends share.
Tensor: TypeAlias = Any

# Told how much of the work is done, from 0 to 1.
Report = Callable[[float], None]

# A Keras config or keyword arguments; an object of JSON. Their values are of any kind.
Config: TypeAlias = dict[str, Any]
JsonObject: TypeAlias = dict[str, Any]
