"""A SavedModel in the layout that TF Serving watches: one numbered folder a version."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from keras_dgggan._types import JsonObject
from keras_dgggan._version import __version__
from keras_dgggan.errors import UsageError
from keras_dgggan.export.computation import computation_of
from keras_dgggan.export.endpoints import endpoints
from keras_dgggan.export.graph_check import check_graph
from keras_dgggan.export.verification import check_runtime
from keras_dgggan.files import sync_tree, temporary_folder
from keras_dgggan.networks import Generator
from keras_dgggan.pretrained.load import in_float32
from keras_dgggan.serving.protocol import PredictionLog, PredictRequest
from keras_dgggan.serving.tensors import to_tensor

# 2 GB a request with the light presets, by benchmarks/serving_memory.py.
MAX_PIXELS = 1024 * 1024
_MOST_FILTERS = 32
MODEL_FILE = "model.json"
RECIPE_FILE = "recipe.yaml"
WARMUP_FILE = "assets.extra/tf_serving_warmup_requests"


def export_saved_model(
    generator: keras.Model,
    folder: str | os.PathLike[str],
    *,
    recipe_text: str | None = None,
    training_summary: JsonObject | None = None,
    max_pixels: int | None = None,
    winograd: bool = False,
) -> Path:
    """Write the next version of a model for TF Serving and return its folder.

    The version is built under a name that TF Serving passes over, checked (the graph by
    `check_graph`, the result against the generator's own), flushed to the disk and renamed: a
    server that polls `folder` sees it whole or not at all. Beside the SavedModel lie the warm-up
    requests, `model.json` and, where given, `recipe.yaml`.

    Args:
        generator: A model from float32 `[batch, height, width, 3]` in [0, 1] to a dict with
            `"image"`, and an attribute `scale`. It is exported in float32; of a `Generator` the
            fused computation is written, which is the same function in fewer operations.
        folder: The model's base folder, made where missing. Its name is the served name.
        recipe_text: The recipe that trained the model, as text.
        training_summary: What `model.json` tells of the training; anything that JSON can hold.
        max_pixels: The most pixels that one picture in a request may have. None takes `MAX_PIXELS`
            for a `Generator` of at most 32 filters and a quarter of it for all else, which take
            several times the memory for a pixel.
        winograd: Write a `Generator`'s blocks by Winograd's algorithm; see `computation_of`.

    Returns:
        `folder/N`, where N is one more than the highest version there.

    Raises:
        UsageError: Keras runs on another backend than TensorFlow.
        DggganError: The graph would not run on TF Serving, or computes something else, or the
            folder cannot be written.

    Examples:
        >>> version = export_saved_model(Generator(filters=4, blocks=1), "dgggan")
        >>> version.name, sorted(path.name for path in version.iterdir())[-2:]
        ('1', ['saved_model.pb', 'variables'])
    """
    if keras.backend.backend() != "tensorflow":
        raise UsageError(
            "a SavedModel for TF Serving is exported under Keras' TensorFlow backend: "
            f"set KERAS_BACKEND=tensorflow. Received: {keras.backend.backend()!r}"
        )
    generator = in_float32(generator)
    if max_pixels is None:
        is_light = type(generator) is Generator and generator.filters <= _MOST_FILTERS
        max_pixels = MAX_PIXELS if is_light else MAX_PIXELS // 4
    folder = Path(folder)
    with temporary_folder(folder) as temporary:
        _write_graph(generator, temporary, max_pixels, winograd)
        check_graph(temporary)
        _check_result(generator, temporary, folder)
        write_warmup(temporary, model=folder.resolve().name)
        description = _describe(generator, training_summary, max_pixels)
        (temporary / MODEL_FILE).write_text(json.dumps(description, indent=2) + "\n", "utf-8")
        if recipe_text is not None:
            (temporary / RECIPE_FILE).write_text(recipe_text, "utf-8")
        # After a power cut a version that has its name has its content.
        sync_tree(temporary)
        return _rename_to_next_version(temporary, folder)


def _write_graph(generator: keras.Model, folder: Path, max_pixels: int, winograd: bool) -> None:
    run = computation_of(generator, winograd=winograd)
    # Endpoints bring the variables that they use; tracking the model too would write each twice.
    archive = keras.export.ExportArchive()
    offered = endpoints(run, scale=int(generator.scale), max_pixels=max_pixels)
    for name, (function, signature) in offered.items():
        archive.add_endpoint(name, function, input_signature=signature)
    archive.write_out(str(folder), verbose=False)


def _check_result(generator: keras.Model, temporary: Path, folder: Path) -> None:
    loaded = tf.saved_model.load(str(temporary))

    def runtime(image: npt.NDArray[np.float32]) -> dict[str, npt.NDArray]:
        outputs = loaded.signatures["float"](image=tf.constant(image))
        return {name: value.numpy() for name, value in outputs.items()}

    check_runtime(generator, runtime, [(1, 9, 7)], folder)


def _describe(
    generator: keras.Model, training_summary: JsonObject | None, max_pixels: int
) -> JsonObject:
    scale = int(generator.scale)
    small, large = "[batch, height, width, 3]", f"[batch, {scale}*height, {scale}*width, 3]"
    return {
        "scale": scale,
        "parameters": generator.count_params(),
        "max_pixels": max_pixels,
        "endpoints": {
            "serving_default": {
                "inputs": {"image": f"uint8 {small}"},
                "outputs": {"image": f"uint8 {large}"},
            },
            "float": {
                "inputs": {"image": f"float32 {small}"},
                "outputs": dict.fromkeys(sorted(generator.output), f"float32 {large}"),
            },
            "encoded": {
                "inputs": {"image_bytes": "string [batch]"},
                "outputs": {"image_bytes": "string [batch]"},
            },
            "describe": {
                "inputs": {"query": "int64 [batch]"},
                "outputs": {"max_pixels": "int64 [batch]", "scale": "int64 [batch]"},
            },
        },
        "training": dict(training_summary) if training_summary is not None else None,
        "versions": {
            "keras_dgggan": __version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
        },
        "exported": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _rename_to_next_version(temporary: Path, folder: Path) -> Path:
    while True:
        version = folder / str(1 + max(_versions(folder), default=0))
        try:
            # Renaming over a folder that holds files fails: another exporter came first.
            temporary.rename(version)
        except OSError:
            if not version.exists():
                raise
        else:
            return version


def _versions(folder: Path) -> list[int]:
    return [int(child.name) for child in folder.iterdir() if child.name.isdecimal()]


def write_warmup(folder: Path, *, model: str, side: int = 32) -> None:
    """Write a request for every endpoint to the file that TF Serving replays at load.

    Without it the first caller waits while kernels are chosen and buffers allocated.

    Args:
        folder: The version folder of a SavedModel.
        model: The name under which the model will be served.
        side: The side of the square picture in each request.

    Reference:
        TF Serving, "SavedModel Warmup": TFRecords of `tensorflow.serving.PredictionLog`.
    """
    ramp = np.linspace(0, 255, side, dtype=np.uint8)
    image = np.stack([*np.meshgrid(ramp, ramp), np.full([side, side], 128, np.uint8)], axis=-1)
    inputs = {
        "serving_default": ("image", to_tensor(image[None])),
        "float": ("image", to_tensor(image[None].astype(np.float32) / 255)),
        "encoded": ("image_bytes", to_tensor([tf.io.encode_png(image).numpy()])),
    }
    path = folder / WARMUP_FILE
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, (name, tensor) in inputs.items():
            request = PredictRequest()
            request.model_spec.name = model
            request.model_spec.signature_name = signature
            request.inputs[name].CopyFrom(tensor)
            log = PredictionLog()
            log.predict_log.request.CopyFrom(request)
            writer.write(log.SerializeToString())
