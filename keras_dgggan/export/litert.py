"""LiteRT (TensorFlow Lite) files, for phones and small devices."""

import os
import warnings
from pathlib import Path

import keras
import tensorflow as tf

from keras_dgggan.export.verification import Runtime, check_runtime
from keras_dgggan.files import atomic_path
from keras_dgggan.pretrained.load import in_float32


def export_litert(generator: keras.Model, path: str | os.PathLike[str], *, side: int) -> float:
    """Write a LiteRT file and return how far its result is from the model's at most.

    The file takes `image`, float32 `[1, side, side, 3]` in [0, 1], and gives the generator's
    outputs by name; it needs LiteRT's built-in operations alone. (With sizes left open the
    converter needs TensorFlow's own, which most devices do not have.)

    Args:
        generator: Any network of this package.
        path: A file that ends in `.tflite`; replaced whole, or not at all.
        side: Height and width of the input in pixels.

    Raises:
        DggganError: The file cannot be written, or the LiteRT interpreter computes something
            else.
    """
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
        return check_runtime(generator, _runtime(temporary), [(1, side, side)], path)


def _runtime(path: Path) -> Runtime:
    with warnings.catch_warnings():
        # TensorFlow announces that its interpreter will move to a package of its own.
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(str(path))
    runner = interpreter.get_signature_runner()
    return lambda image: runner(image=image)
