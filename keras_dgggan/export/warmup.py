"""The requests that TF Serving runs before it calls a new version ready."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_dgggan.serving.protocol import PredictionLog, PredictRequest
from keras_dgggan.serving.tensors import to_tensor

WARMUP_FILE = "assets.extra/tf_serving_warmup_requests"


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
