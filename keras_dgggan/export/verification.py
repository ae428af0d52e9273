"""Whether an exported file, run by its own runtime, computes what the model does."""

import os
from collections.abc import Callable, Iterable

import keras
import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import DggganError

# Single precision through some forty convolutions, each summed in another order.
TOLERANCE = 1e-3

Runtime = Callable[[npt.NDArray[np.float32]], dict[str, npt.NDArray]]


def check_runtime(
    generator: keras.Model,
    runtime: Runtime,
    sizes: Iterable[tuple[int, int, int]],
    path: str | os.PathLike[str],
) -> float:
    """Return by how much a runtime's outputs differ from the model's at most.

    Args:
        generator: From float32 `[batch, height, width, 3]` in [0, 1] to outputs by name.
        runtime: The exported file as a function of the same input and outputs.
        sizes: Batch, height and width of the images that are compared.
        path: The file that the message names.

    Raises:
        DggganError: The difference is above `TOLERANCE`.
    """
    largest = 0.0
    rng = np.random.default_rng(0)
    for size in sizes:
        image = rng.random([*size, 3], np.float32)
        received = runtime(image)
        for name, value in generator(image, training=False).items():
            expected = keras.ops.convert_to_numpy(keras.ops.cast(value, "float32"))
            difference = float(np.abs(received[name] - expected).max())
            if not difference <= TOLERANCE:
                raise DggganError(
                    f"'{path}' is not written: its {name!r} differs from the model's "
                    f"by {difference:g} (at most {TOLERANCE:g} is accepted)"
                )
            largest = max(largest, difference)
    return largest
