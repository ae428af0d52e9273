"""Every format from every kind of model, each as users do it: in a process of its own."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import pytest

from keras_dgggan.gan import checkpoint
from keras_dgggan.networks import EDSR
from keras_dgggan.pretrained.weights_file import save_weights_file

ROOT = Path(__file__).resolve().parents[2]
OUTPUTS = {"savedmodel": "model", "keras": "m.keras", "onnx": "m.onnx", "litert": "m.tflite"}
KINDS = ("preset", "run", "keras", "weights", "checkpoint")


@pytest.fixture(scope="session")
def models(generator: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A model of each kind, by what names it on the command line."""
    folder = tmp_path_factory.mktemp("kinds")
    run = folder / "run"
    (run / "checkpoints").mkdir(parents=True)
    generator.save(run / "generator.keras")
    generator.save(folder / "m.keras")
    save_weights_file(EDSR(filters=4, blocks=1), folder / "edsr.weights.h5")
    (run / "recipe.yaml").write_text(
        "name: small\n"
        "network: {filters: 4, blocks: 2, gradient_every: 1, se_reduction: 2}\n"
        "data:\n"
        "  train: {source: folder, path: nowhere}\n"
        "  valid: {source: folder, path: nowhere}\n"
        "training: {steps: 1}\n"
    )
    state: dict[str, Any] = dict.fromkeys((*checkpoint._NETWORKS, *checkpoint._OPTIMIZERS))
    state |= {name: keras.Variable(1) for name in checkpoint._COUNTERS}
    trained = SimpleNamespace(**{**state, "generator": generator})
    checkpoint.save_checkpoint(run / "checkpoints" / "step-00000001.npz", trained, {})
    return {
        "preset": "dgggan_x4_light",
        "run": str(run),
        "keras": str(folder / "m.keras"),
        "weights": str(folder / "edsr.weights.h5"),
        "checkpoint": str(run / "checkpoints" / "step-00000001.npz"),
        "SavedModel": str(ROOT / "saved_models" / "dgggan_x4_light"),
    }


def export(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "keras_dgggan", "export", *map(str, arguments)],
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("format_", OUTPUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_model_is_exported_to_each_format(models, kind, format_, tmp_path):
    if format_ == "onnx":
        pytest.importorskip("tf2onnx", reason="tf2onnx is not installed: ONNX export not tested")
    output = tmp_path / OUTPUTS[format_]
    side = ["--side", 16] if format_ == "litert" else []
    done = export(models[kind], "-o", output, *side)
    assert done.returncode == 0, done.stderr
    assert output.exists() and done.stdout.startswith(str(output))


def test_a_saved_model_is_refused_with_what_to_give_instead(models, tmp_path):
    done = export(models["SavedModel"], "-o", tmp_path / "m.onnx")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and "give the run folder" in done.stderr
