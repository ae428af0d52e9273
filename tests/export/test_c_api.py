"""The exported graph in a process without Python's TensorFlow."""

import io
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from checks import assert_levels_agree
from PIL import Image
from tensorflow.core.protobuf import saved_model_pb2

RUNNER = Path(__file__).with_name("c_api_runner.py")
INVALID_ARGUMENT = 3


def tensor_names(folder: Path, signature: str) -> tuple[dict[str, str], dict[str, str]]:
    file = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    definition = file.meta_graphs[0].signature_def[signature]
    return (
        {key: info.name for key, info in definition.inputs.items()},
        {key: info.name for key, info in definition.outputs.items()},
    )


def run_in_c(folder: Path, calls: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    """Return what each (endpoint, inputs) gives: outputs by name, or (code, message)."""
    library = Path(tf.__file__).with_name("libtensorflow_cc.so.2")
    if not library.is_file():
        pytest.skip("this TensorFlow brings no shared library with the C API")
    named = []
    for signature, inputs in calls:
        ins, outs = tensor_names(folder, signature)
        named.append(({ins[key]: value for key, value in inputs.items()}, list(outs.values())))
    request = {"library": str(library), "folder": str(folder), "calls": named}
    done = subprocess.run(
        [sys.executable, str(RUNNER)], input=pickle.dumps(request), capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    return [
        result
        if isinstance(result, tuple)
        else dict(zip(tensor_names(folder, signature)[1], result, strict=True))
        for (signature, _), result in zip(calls, pickle.loads(done.stdout), strict=True)
    ]


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def pixels_of(file: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file)))


def assert_levels(received: np.ndarray, image: Any) -> None:
    """Equal but where the float lies within 1e-5 of the middle between two levels."""
    levels = np.clip(np.asarray(image), 0, 1) * 255
    is_tie = np.abs(levels % 1 - 0.5) < 255e-5
    assert received.dtype == np.uint8
    np.testing.assert_array_equal(received[~is_tie], np.rint(levels[~is_tie]))
    assert np.abs(received - levels).max() < 0.51


def test_the_c_api_computes_what_keras_does_and_refuses_the_bad(generator, version_folder, rng):
    batches = [
        rng.integers(0, 256, (batch, *size, 3), dtype=np.uint8)
        for batch in (1, 3)
        for size in ((24, 17), (9, 40))
    ]
    twice = [*batches, *batches]
    good = [("serving_default", {"image": batch}) for batch in twice]
    good += [("float", {"image": batch.astype(np.float32) / 255}) for batch in twice]
    good += [("encoded", {"image_bytes": [png(image) for image in batch]}) for batch in twice]
    bad = [
        ("encoded", {"image_bytes": [b"garbage"]}),
        ("encoded", {"image_bytes": [b""]}),
        ("encoded", {"image_bytes": [png(np.zeros((1, 1, 3), np.uint8))]}),
        ("encoded", {"image_bytes": [png(np.zeros((200, 200, 3), np.uint8))]}),
        ("serving_default", {"image": np.zeros((1, 200, 200, 3), np.uint8)}),
        ("serving_default", {"image": np.zeros((1, 0, 8, 3), np.uint8)}),
        ("serving_default", {"image": np.zeros((1, 8, 8, 1), np.uint8)}),
        ("serving_default", {"image": np.zeros((1, 8, 8, 3), np.float32)}),
    ]
    results = run_in_c(version_folder, [*good, *bad, good[0]])

    for (endpoint, _), batch, result in zip(good, [*twice, *twice, *twice], results, strict=False):
        expected = generator(batch.astype(np.float32) / 255, training=False)
        if endpoint == "float":
            assert set(result) == {"image", "gradient_map"}
            for name, value in result.items():
                np.testing.assert_allclose(value, np.asarray(expected[name]), rtol=0, atol=1e-5)
        elif endpoint == "encoded":
            answers = np.stack([pixels_of(file) for file in result["image_bytes"]])
            assert_levels(answers, expected["image"])
        else:
            assert_levels(result["image"], expected["image"])

    refused = results[len(good) : -1]
    assert [code for code, _ in refused] == [INVALID_ARGUMENT] * len(bad), refused
    for at, words in [(0, "Not a PNG"), (1, "Not a PNG"), (2, "fewer than two"), (3, "more than")]:
        assert words in refused[at][1]
    assert_levels_agree(results[-1]["image"], results[0]["image"])
