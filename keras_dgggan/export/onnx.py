"""ONNX files, for ONNX Runtime and whatever else reads them."""

import os
import re
import warnings
from pathlib import Path

import keras

from keras_dgggan.errors import DggganError, UsageError
from keras_dgggan.export.verification import Runtime, check_runtime
from keras_dgggan.files import atomic_path
from keras_dgggan.inference.engine_choice import is_installed
from keras_dgggan.inference.onnx.graph import whole_generator
from keras_dgggan.networks import Generator
from keras_dgggan.pretrained.generator_weights import GeneratorWeights
from keras_dgggan.pretrained.load import in_float32

# Of a `Generator` the graph is this package's own.
_PACKAGES = ("tf2onnx", "onnx", "onnxruntime")
_PACKAGES_OF_GENERATOR = ("onnxruntime",)


def export_onnx(generator: keras.Model, path: str | os.PathLike[str]) -> float:
    """Write an ONNX file and return how far its result is from the model's at most.

    The file takes float32 `[batch, height, width, 3]` of any size in [0, 1], under the name of
    the generator's input (`lr`), and gives the generator's outputs by name. A `Generator`'s holds
    the fused computation that `inference.onnx` runs; those of other networks hold their layers,
    and need the packages tf2onnx and onnx.

    Raises:
        UsageError: One of the packages is missing.
        DggganError: The file cannot be written, or ONNX Runtime computes something else.
    """
    packages = _PACKAGES_OF_GENERATOR if type(generator) is Generator else _PACKAGES
    missing = [package for package in packages if not is_installed(package)]
    if missing:
        raise UsageError(
            f"--format onnx needs {', '.join(missing)}: pip install {' '.join(missing)}"
        )
    generator = in_float32(generator)
    with atomic_path(path) as temporary:
        _convert(generator, temporary)
        return check_runtime(generator, _runtime(temporary), [(1, 24, 17), (2, 9, 32)], path)


def _convert(generator: keras.Model, path: Path) -> None:
    if type(generator) is Generator:
        path.write_bytes(whole_generator(GeneratorWeights.of(generator)))
        return
    # Without a signature Keras refuses a network that was loaded and never called.
    name = generator.input.name
    signature = [keras.InputSpec(shape=(None, None, None, 3), dtype="float32", name=name)]
    with warnings.catch_warnings():
        # tf2onnx's patch asks NumPy for names that it no longer has.
        warnings.simplefilter("ignore", FutureWarning)
        generator.export(str(path), format="onnx", input_signature=signature, verbose=False)


def _runtime(path: Path) -> Runtime:
    from keras_dgggan.inference.instruction_sets import cores
    from keras_dgggan.inference.onnx.engine import session

    try:
        return session(path.read_bytes(), cores())
    except Exception as error:
        # tf2onnx leaves TensorFlow's operations that it does not know in the file.
        unknown = re.search(r"No Op registered for (\w+)", str(error))
        if unknown is None:
            raise
        raise DggganError(
            f"the network cannot be an ONNX file: ONNX has nothing for its {unknown[1]}"
        ) from error
