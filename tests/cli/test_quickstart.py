import csv
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
import yaml
from click.testing import CliRunner
from PIL import Image

from keras_dgggan.cli import main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quickstart")
    steps = ["training.steps=12", "validation.every=6", "log.every=4", "checkpoint.every=4"]
    arguments = ["train", "quickstart"]
    for step in steps:
        arguments += ["--set", step]
    result = subprocess.run(
        [sys.executable, "-m", "keras_dgggan", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "120"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return folder / "runs" / "quickstart", result, arguments


def test_it_ends_with_the_scores_and_where_everything_is(run):
    folder, result, _ = run
    assert "bicubic" in result.stdout and "model" in result.stdout
    for label in ("pictures:", "SavedModel:", "model:"):
        path = next(line for line in result.stdout.splitlines() if line.startswith(label))
        assert (folder.parent.parent / path.split()[1]).exists()
    assert "Traceback" not in result.stderr and "Warning" not in result.stderr


def test_its_folder_holds_all_of_a_run(run):
    folder, _, _ = run
    assert yaml.safe_load((folder / "recipe.yaml").read_text())["training"]["steps"] == 12
    checkpoints = sorted(path.name for path in (folder / "checkpoints").iterdir())
    assert checkpoints[0] == "best.npz"
    assert checkpoints[-1] == "step-00000012.npz"
    assert len(checkpoints) == 4
    assert list((folder / "tensorboard").iterdir())
    rows = list(csv.DictReader((folder / "log.csv").open()))
    assert [row["step"] for row in rows] == ["4", "8", "12"]
    assert all(float(row["image_critic_penalty"]) > 0 for row in rows)
    scores = list(csv.DictReader((folder / "validation.csv").open()))
    assert [row["name"] for row in scores if row["step"] == "12"][-1] == "mean"


def test_its_pictures_show_all_versions_side_by_side(run):
    folder, _, _ = run
    with Image.open(folder / "validation" / "chelsea-step-00000012.png") as picture:
        # LR, bicubic, SR, HR, predicted and true gradient map of 448x300 pixels.
        assert picture.size == (6 * 448 + 7 * 10, 300 + 19 + 2 * 10)


@pytest.mark.parametrize("size", [(5, 9), (16, 12)])
def test_its_saved_model_can_be_called_at_any_size(run, size):
    model = tf.saved_model.load(str(run[0] / "saved_model" / "1"))
    image = np.random.default_rng(0).integers(0, 256, [1, *size, 3]).astype("uint8")
    for _ in range(2):
        output = model.signatures["serving_default"](image=tf.constant(image))["image"]
        assert output.dtype == tf.uint8
        assert output.shape == (1, 4 * size[0], 4 * size[1], 3)


def test_the_same_command_again_finds_it_finished(run, monkeypatch):
    folder, _, arguments = run
    files = ("generator.keras", "log.csv", "validation.csv")
    before = [(folder / name).read_bytes() for name in files]
    monkeypatch.chdir(folder.parent.parent)
    again = CliRunner().invoke(main, arguments)
    assert again.exit_code == 0, again.output
    assert "going on from step 12" in again.stderr
    assert [(folder / name).read_bytes() for name in files] == before
