"""ONNX and LiteRT files, accepted only once their runtime computes what the model does."""

import importlib.util
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import DggganError, UsageError
from keras_dgggan.files import atomic_path
from keras_dgggan.pretrained.load import in_float32

# Single precision through some forty convolutions, each summed in another order.
TOLERANCE = 1e-3

Outputs = dict[str, npt.NDArray]
Runtime = Callable[[npt.NDArray], Outputs]


def export_onnx(generator: keras.Model, path: str | os.PathLike[str]) -> float:
    """Write an ONNX file and return how far its result is from the model's at most.

    The file takes float32 `[batch, height, width, 3]` of any size in [0, 1], under the name of
    the generator's input, and gives the generator's outputs by name. Needs the packages
    tf2onnx, onnx and onnxruntime.

    Raises:
        UsageError: One of the packages is missing.
        DggganError: The conversion failed, or ONNX Runtime computes something else.
    """
    _require("--format onnx", "tf2onnx", "onnx", "onnxruntime")
    generator = in_float32(generator)
    with atomic_path(path) as temporary:
        with warnings.catch_warnings():
            # tf2onnx's patch asks NumPy for names that it no longer has.
            warnings.simplefilter("ignore", FutureWarning)
            generator.export(str(temporary), format="onnx", verbose=False)
        sizes = [(1, 24, 17), (2, 9, 32)]
        return _largest_difference(generator, _onnx_runtime(temporary), sizes, path)


def export_litert(generator: keras.Model, path: str | os.PathLike[str], *, side: int) -> float:
    """Write a LiteRT file and return how far its result is from the model's at most.

    The file takes `image`, float32 `[1, side, side, 3]` in [0, 1], and gives the generator's
    outputs by name; it needs LiteRT's built-in operations alone. (With sizes left open the
    converter needs TensorFlow's own, which most devices do not have.)

    Raises:
        DggganError: The conversion failed, or the LiteRT interpreter computes something else.
    """
    import tensorflow as tf

    generator = in_float32(generator)
    signature = [keras.InputSpec(shape=(1, side, side, 3), dtype="float32", name="image")]
    with atomic_path(path) as temporary:
        generator.export(
            str(temporary),
            format="litert",
            input_signature=signature,
            verbose=False,
            target_spec={"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]},
        )
        runtime = _litert_runtime(temporary)
        return _largest_difference(generator, runtime, [(1, side, side)], path)


def _onnx_runtime(path: Path) -> Runtime:
    onnxruntime = importlib.import_module("onnxruntime")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (image_input,) = (entry.name for entry in session.get_inputs())
    names = [entry.name for entry in session.get_outputs()]
    return lambda image: dict(zip(names, session.run(None, {image_input: image}), strict=True))


def _litert_runtime(path: Path) -> Runtime:
    import tensorflow as tf

    with warnings.catch_warnings():
        # TensorFlow announces that its interpreter will move to a package of its own.
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(str(path))
    runner = interpreter.get_signature_runner()
    return lambda image: runner(image=image)


def _largest_difference(
    generator: keras.Model,
    runtime: Runtime,
    sizes: list[tuple[int, int, int]],
    path: str | os.PathLike[str],
) -> float:
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
                    f"{os.fspath(path)!r} is not written: its {name!r} differs from the model's "
                    f"by {difference:g} (at most {TOLERANCE:g} is accepted)"
                )
            largest = max(largest, difference)
    return largest


def _require(what: str, *packages: str) -> None:
    missing = [package for package in packages if not _is_there(package)]
    if missing:
        raise UsageError(f"{what} needs {', '.join(missing)}: pip install {' '.join(missing)}")


def _is_there(package: str) -> bool:
    return importlib.util.find_spec(package) is not None
