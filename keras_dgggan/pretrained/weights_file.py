"""`.weights.h5` files that know their network.

Keras writes weights alone into such a file. Here the network's class and config stand beside them,
as an attribute, so that the file is a model by itself; for Keras' `load_weights` it stays what it
was.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from keras_dgggan.errors import WeightsError, first_line
from keras_dgggan.files import atomic_path
from keras_dgggan.tensorflow_start import import_keras

if TYPE_CHECKING:
    import h5py
    import keras

ENDING = ".weights.h5"
_NETWORK = "keras_dgggan_network"


def save_weights_file(network: "keras.Model", path: str | os.PathLike[str]) -> None:
    """Write a network's weights, its class and its config; whole or not at all.

    Args:
        network: A `Generator` or another network of this package.
        path: A `.weights.h5` file, replaced if it is there.

    Examples:
        >>> from keras_dgggan.networks import EDSR
        >>> save_weights_file(EDSR(filters=4, blocks=2), "edsr.weights.h5")
        >>> os.path.isfile("edsr.weights.h5")
        True
    """
    import h5py
    import keras

    with atomic_path(path) as temporary:
        network.save_weights(temporary, overwrite=True)
        with h5py.File(temporary, "a") as file:
            file.attrs[_NETWORK] = json.dumps(keras.saving.serialize_keras_object(network))


def load_weights_file(path: str | os.PathLike[str]) -> "keras.Model":
    """The network of a file that `save_weights_file` wrote.

    Raises:
        WeightsError: It cannot be read, or holds weights alone.

    Examples:
        >>> from keras_dgggan.networks import EDSR
        >>> save_weights_file(EDSR(filters=4, blocks=2), "edsr.weights.h5")
        >>> load_weights_file("edsr.weights.h5").blocks
        2
    """
    with reading(path):
        import h5py
        import keras

        with h5py.File(path) as file:
            described = file.attrs.get(_NETWORK)
            stored = count_weights(file)
        if described is None:
            raise WeightsError(
                f"'{path}' holds weights and does not say of which network: make that "
                "network in Python, load the file by its load_weights, and save it as .keras"
            )
        network = keras.saving.deserialize_keras_object(json.loads(described))
        network.load_weights(path)
        check_all_used(network, stored, path)
    return network


@contextmanager
def reading(path: str | os.PathLike[str]) -> Iterator[None]:
    """Make Keras and our networks known; what is raised inside becomes one sentence on the file.

    Raises:
        WeightsError: The file cannot be read.
    """
    import_keras()
    # Loading looks the classes up by their registered names.
    import keras_dgggan.networks  # noqa: F401

    try:
        yield
    except WeightsError:
        raise
    # Damage in the right place makes the readers of zip, JSON and HDF5 raise anything at all.
    except Exception as error:
        raise _unreadable(path, error) from error


def _unreadable(path: str | os.PathLike[str], error: Exception) -> WeightsError:
    own = re.search(r"Could not locate (?:class|function) '([^']+)'", str(error))
    if own is not None:
        return WeightsError(
            f"'{path}' holds {own[1]!r}, which is neither of Keras nor of this package: import "
            "what defines it in Python, load the model there, and give it to Upscaler or to "
            "export_saved_model, export_onnx or export_litert of keras_dgggan.export"
        )
    return WeightsError(f"cannot load a model from '{path}': {first_line(error)[:200]}")


def count_weights(file: "h5py.File") -> int:
    """Arrays in an open HDF5 file of Keras' weights, those of optimizers left out."""
    import h5py

    count = 0

    def visit(name: str, item: object) -> None:
        nonlocal count
        count += isinstance(item, h5py.Dataset) and not name.startswith("optimizer")

    file.visititems(visit)
    return count


def check_all_used(network: "keras.Model", stored: int, path: str | os.PathLike[str]) -> None:
    """Check that a network took every array of its file: Keras passes over those that are left.

    Raises:
        WeightsError: Its config describes another network than the file's weights are of.
    """
    if len(network.weights) != stored:
        raise WeightsError(
            f"cannot load a model from '{path}': it holds {stored} weights, and the "
            f"network that it describes has {len(network.weights)}"
        )
