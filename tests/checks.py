"""Checks that every layer and network of the package has to pass, and processes of their own."""

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent


def python(code: str, *, backend: str = "tensorflow", fresh: bool = False, **more: str) -> str:
    """Run code in a new process, with more environment, and return what it printed.

    TensorFlow and Keras are imported already where the system can fork: that is most of what a
    process takes to start. `fresh` is for code about imports or about the end of an interpreter.
    """
    environment = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", **more}
    run = in_new_interpreter if fresh or backend != "tensorflow" else in_new_process
    result = run(code, environment)
    assert result.returncode == 0, result.stderr[-4000:]
    return result.stdout


def in_new_interpreter(
    code: str, environment: Mapping[str, str], folder: str | Path = "."
) -> subprocess.CompletedProcess[str]:
    """Run code in a new interpreter that works in a folder."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=900,
    )


def in_new_process(
    code: str, environment: Mapping[str, str], folder: str | Path = "."
) -> subprocess.CompletedProcess[str]:
    """Run code in a fork of an interpreter that has imported TensorFlow and Keras and no more."""
    if sys.platform != "linux":
        return in_new_interpreter(code, environment, folder)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tensorflow", "keras"])
    with tempfile.TemporaryDirectory() as files:
        texts = [Path(files) / name for name in ("stdout", "stderr")]
        process = context.Process(
            target=_execute,
            args=(code, {**os.environ, **environment}, str(Path(folder).absolute()), texts),
            daemon=True,
        )
        process.start()
        process.join(900)
        if process.exitcode is None:
            process.kill()
            process.join()
        printed = [text.read_text() if text.exists() else "" for text in texts]
    return subprocess.CompletedProcess([code], process.exitcode or 0, *printed)


def _execute(code: str, environment: dict[str, str], folder: str, texts: list[Path]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for descriptor, path in enumerate(texts, start=1):
        with path.open("wb") as file:
            os.dup2(file.fileno(), descriptor)
    exec(compile(code, "<code>", "exec"), {"__name__": "__main__"})


def outputs(layer: Any, x: np.ndarray) -> list[np.ndarray]:
    """A layer's outputs as float32 arrays."""
    result = layer(x)
    flat = result.values() if isinstance(result, dict) else [result]
    return [np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(y, "float32"))) for y in flat]


def randomise(layer: Any, seed: int = 0) -> None:
    """Set weights that no initializer would give, biases included."""
    generator = np.random.default_rng(seed)
    values = [generator.normal(0, 0.2, weight.shape).astype("float32") for weight in layer.weights]
    # A variance is not negative.
    layer.set_weights(
        [
            np.abs(value) + 0.5 if weight.path.endswith("moving_variance") else value
            for weight, value in zip(layer.weights, values, strict=True)
        ]
    )


def check_config_round_trip(layer: Any, x: np.ndarray) -> None:
    """A layer made from another's config (through JSON) and given its weights is the same."""
    expected = outputs(layer, x)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    copy = keras.saving.deserialize_keras_object(config)
    assert type(copy) is type(layer)
    assert copy.get_config() == layer.get_config()
    copy(x)
    copy.set_weights(layer.get_weights())
    for a, b in zip(outputs(copy, x), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6 * max(1.0, float(np.abs(b).max())))


def assert_levels_agree(actual: np.ndarray, expected: np.ndarray) -> None:
    """Integer images agree to one level: a value near a tie may round either way on another CPU."""
    assert actual.shape == expected.shape and actual.dtype == expected.dtype
    np.testing.assert_allclose(actual.astype(int), expected.astype(int), rtol=0, atol=1)


def skip_without_bfloat16() -> None:
    """Skip a test of convolutions in bfloat16 where oneDNN is held to instructions without them.

    TensorFlow asks the CPU itself whether it has them, and fails if oneDNN then has no kernel.
    """
    held_to = os.environ.get("ONEDNN_MAX_CPU_ISA", "DEFAULT").upper()
    off = os.environ.get("TF_ENABLE_ONEDNN_OPTS") == "0"
    if not off and held_to in ("SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX512_CORE_VNNI"):
        pytest.skip(f"oneDNN, held to {held_to}, has no convolutions in bfloat16")


def check_precision(make: Any, x: np.ndarray, policy: str, tolerance: float) -> None:
    """Under a mixed policy weights are float32 and the output is near float32's."""
    if policy == "mixed_bfloat16":
        skip_without_bfloat16()
    exact, mixed = make("float32"), make(policy)
    exact(x), mixed(x)
    randomise(exact)
    mixed.set_weights(exact.get_weights())
    assert all(weight.dtype == "float32" for weight in mixed.weights)
    for a, b in zip(outputs(mixed, x), outputs(exact, x), strict=True):
        scale = max(1.0, float(np.abs(b).max()))
        assert np.isfinite(a).all()
        assert np.abs(a - b).max() <= tolerance * scale
