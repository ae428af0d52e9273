"""Checks that every layer and network of the package has to pass."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

ROOT = Path(__file__).resolve().parent.parent


def python(code: str, *, backend: str = "tensorflow", **environment: str) -> str:
    """Run code in a fresh process and return what it printed."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "JAX_PLATFORMS": "cpu",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert result.returncode == 0, result.stderr[-4000:]
    return result.stdout


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


def check_precision(make: Any, x: np.ndarray, policy: str, tolerance: float) -> None:
    """Under a mixed policy weights are float32 and the output is near float32's."""
    exact, mixed = make("float32"), make(policy)
    exact(x), mixed(x)
    randomise(exact)
    mixed.set_weights(exact.get_weights())
    assert all(weight.dtype == "float32" for weight in mixed.weights)
    for a, b in zip(outputs(mixed, x), outputs(exact, x), strict=True):
        scale = max(1.0, float(np.abs(b).max()))
        assert np.isfinite(a).all()
        assert np.abs(a - b).max() <= tolerance * scale


_LOAD = """
import pathlib, numpy as np, keras
from keras_dgggan import {name}
folder = pathlib.Path({folder!r})
x = np.load(folder / "x.npy")
for path in folder.glob("*.keras"):
    y = keras.saving.load_model(path)(x)
    y = list(y.values()) if isinstance(y, dict) else [y]
    y = [keras.ops.convert_to_numpy(keras.ops.cast(v, "float32")) for v in y]
    np.savez(path.with_suffix(".npz"), *y)
"""


def outputs_in_fresh_process(
    models: dict[str, keras.Model], x: np.ndarray, folder: Path, *, backend: str, name: str
) -> dict[str, list[np.ndarray]]:
    """Save models, load them in a new process under a backend, and return what they give there.

    One process for all: what it takes to start one is most of the time.
    """
    for key, model in models.items():
        model.save(folder / f"{key}.keras")
    np.save(folder / "x.npy", x)
    python(_LOAD.format(name=name, folder=str(folder)), backend=backend)
    found = {}
    for key in models:
        with np.load(folder / f"{key}.npz") as arrays:
            found[key] = [arrays[part] for part in arrays.files]
    return found
