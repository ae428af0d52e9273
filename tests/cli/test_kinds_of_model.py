"""Every command that takes a model, with every kind of model, each in a process of its own."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from checks import ROOT, in_new_process
from PIL import Image
from test_import import NEW, state_of, write_safetensors
from tiny_runs import write_recipe

ESRGAN = {"filters": 4, "blocks": 1, "growth": 2}
# What stands for MODEL, in a folder where a run was trained and ESRGAN's weights were imported.
MODELS = {
    "preset": "dgggan_x4_light",
    "run": "run",
    "keras": "run/generator.keras",
    "imported": "imported.weights.h5",
    "savedmodel": "run/saved_model",
    "checkpoint": "run/checkpoints/step-00000001.npz",
}
# OUT is a file or folder that the command has to leave behind.
COMMANDS = {
    "upscale": "upscale images/0.png --model MODEL -o OUT.png",
    "evaluate": "evaluate --model MODEL --data images --metrics psnr -o OUT.csv",
    "compare": "compare images/0.png --model MODEL --metrics psnr -o OUT.png",
    "tables": "tables --model MODEL --lr-size 8 -o OUT.md",
    "info": "info --model MODEL",
    "interpolate": "interpolate MODEL MODEL --alpha 0.5 -o OUT.keras",
    "export": "export MODEL -o OUT",
    "export-keras": "export MODEL --format keras -o OUT.keras",
    "export-onnx": "export MODEL --format onnx -o OUT.onnx",
    "export-litert": "export MODEL --format litert --side 16 -o OUT.tflite",
    "train": "train RECIPE --run-dir OUT --set training.init_from=MODEL",
}
# A SavedModel is known by what it computes.
NEED_WEIGHTS = {*COMMANDS} - {"upscale", "evaluate", "compare"}
CELLS = [(command, kind) for command in COMMANDS for kind in MODELS]
DIAGONAL = {
    ("upscale", "checkpoint"),
    ("evaluate", "savedmodel"),
    ("info", "run"),
    ("interpolate", "keras"),
    ("export-onnx", "preset"),
    ("export", "imported"),
}


def run(folder: Path, *arguments: str):
    code = f"from keras_dgggan.cli import main\nmain({arguments!r})"
    return in_new_process(code, {"KERAS_DGGGAN_CACHE": str(folder / "cache")}, folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Images, a run of one step, imported weights, and recipes that go on from each kind."""
    folder = tmp_path_factory.mktemp("models")
    write_recipe(folder, training={"steps": 1}, export=True)
    trained = run(folder, "train", "tiny.yaml", "--run-dir", "run")
    assert trained.returncode == 0, trained.stderr
    state = state_of(np.random.default_rng(1), NEW)
    # Exports are compared in the range of pictures.
    state = {name: np.float32(0.1) * value for name, value in state.items()}
    write_safetensors(folder / "w.safetensors", state)
    options = [part for key, value in ESRGAN.items() for part in ("--set", f"{key}={value}")]
    imported = run(
        folder, "import-weights", "--network", "esrgan", *options,
        "w.safetensors", "-o", "imported.weights.h5",
    )  # fmt: skip
    assert imported.returncode == 0, imported.stderr
    recipe = yaml.safe_load((folder / "tiny.yaml").read_text())
    recipe |= {"training": {**recipe["training"], "steps": 1}, "export": False}
    networks = {
        "preset": yaml.safe_load((ROOT / "recipes" / "dgggan_x4_light.yaml").read_text())[
            "network"
        ],
        "imported": {"kind": "esrgan", **ESRGAN},
    }
    for kind in MODELS:
        own = {**recipe, "network": networks.get(kind, recipe["network"])}
        if kind == "imported":
            own["loss"] = {**recipe["loss"], "gradient_branch": 0}
        (folder / f"{kind}.yaml").write_text(yaml.safe_dump(own))
    return folder


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        pytest.param(*cell, marks=[] if cell in DIAGONAL else pytest.mark.slow, id="-".join(cell))
        for cell in CELLS
    ],
)
def test_it_works_or_says_what_to_use_instead(command, kind, folder):
    words = {"MODEL": MODELS[kind], "RECIPE": f"{kind}.yaml"}
    arguments = COMMANDS[command]
    for word, value in words.items():
        arguments = arguments.replace(word, value)
    target = f"{command}+{kind}"
    done = run(folder, *arguments.replace("OUT", target).split())
    assert "Traceback" not in done.stderr
    left = sorted(path.name for path in folder.glob(f"{target}*"))
    if kind == "savedmodel" and command in NEED_WEIGHTS:
        assert done.returncode == 2, (done.stdout, done.stderr)
        (sentence,) = done.stderr.splitlines()
        assert sentence.startswith("Error: ") and "SavedModel" in sentence
        assert ".keras" in sentence and "run folder" in sentence
        assert left == []
    else:
        assert done.returncode == 0, done.stderr
        assert len(left) == ("OUT" in arguments)


def test_a_picture_is_the_same_from_every_kind_of_one_network(folder):
    """A run's folder, file, checkpoint and SavedModel are one network."""
    pictures = {}
    for kind in ("run", "keras", "checkpoint", "savedmodel"):
        done = run(folder, "upscale", "images/0.png", "--model", MODELS[kind], "-o", f"{kind}.png")
        assert done.returncode == 0, done.stderr
        pictures[kind] = np.asarray(Image.open(folder / f"{kind}.png")).astype(int)
    for kind, picture in pictures.items():
        # Tiles of a SavedModel overlap, and rounding to 8 bits may part last bits.
        assert np.abs(picture - pictures["run"]).max() <= 1, kind
