"""Names of types that many modules use."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy.typing as npt

# Of Keras' backend, or a `keras.KerasTensor` while a functional model is built: no type that all
# backends share.
Tensor: TypeAlias = Any

# A network's outputs by name, like `image` and `gradient_map`.
Outputs = dict[str, npt.NDArray]

# Told how much of the work is done, from 0 to 1.
Report = Callable[[float], None]

# A Keras config or keyword arguments; an object of JSON. Their values are of any kind.
Config: TypeAlias = dict[str, Any]
JsonObject: TypeAlias = dict[str, Any]
