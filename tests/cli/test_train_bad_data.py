"""Bad images are found before training starts, all at once, from the command line."""

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from PIL import Image

from keras_dgggan.cli import main


@pytest.fixture
def images(tmp_path, rng, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "images"
    folder.mkdir()
    for name, size in [("good.png", (40, 40)), ("small.png", (12, 40)), ("whole.jpg", (40, 40))]:
        Image.fromarray(rng.integers(0, 256, [*size, 3]).astype("uint8")).save(folder / name)
    (folder / "torn.jpg").write_bytes((folder / "whole.jpg").read_bytes()[:-400])
    (folder / "text.png").write_text("no image")
    return folder


def recipe(tmp_path, train, **data):
    path = tmp_path / "recipe.yaml"
    weights = {"perceptual": 0, "adversarial": 0, "gradient_adversarial": 0}
    path.write_text(
        yaml.safe_dump(
            {
                "name": "tiny",
                "network": {"filters": 4, "blocks": 1, "gradient_every": 1, "se_reduction": 2},
                "loss": weights,
                "data": {"train": train, "lr_crop": 4, **data},
                "training": {"steps": 1, "batch_size": 1},
                "export": False,
            }
        )
    )
    return str(path)


def train(path, tmp_path):
    return CliRunner().invoke(main, ["train", path, "--run-dir", str(tmp_path / "run")])


def test_all_bad_images_are_named_with_their_reason_and_nothing_is_started(images, tmp_path):
    result = train(recipe(tmp_path, {"source": "folder", "path": "images"}), tmp_path)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    for name in ("small.png", "torn.jpg", "text.png"):
        assert sum(name in line for line in lines) == 1, result.output
    assert "12" in next(line for line in lines if "small.png" in line)
    assert not any("good.png" in line or "whole.jpg" in line for line in lines)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_the_recipe_can_choose_to_go_on_without_them(images, tmp_path):
    path = recipe(tmp_path, {"source": "folder", "path": "images"}, on_bad_file="skip")
    result = train(path, tmp_path)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "run" / "checkpoints" / "step-00000001.npz").is_file()


def test_pairs_whose_sizes_disagree_are_named(tmp_path, rng):
    for folder, size in [("lr", 8), ("hr", 40)]:
        (tmp_path / folder).mkdir()
        pixels = rng.integers(0, 256, [size, size, 3]).astype("uint8")
        Image.fromarray(pixels).save(tmp_path / folder / "a.png")
        Image.fromarray(np.zeros([10, 10, 3], "uint8")).save(tmp_path / "lr" / "b.png")
    Image.fromarray(np.zeros([40, 40, 3], "uint8")).save(tmp_path / "hr" / "b.png")
    result = train(recipe(tmp_path, {"source": "pairs", "lr": "lr", "hr": "hr"}), tmp_path)
    assert result.exit_code == 1
    (line,) = [line for line in result.output.splitlines() if "a.png" in line]
    assert "40x40" in line and "8x8" in line and "10x10" in line
    assert not any("b.png" in line for line in result.output.splitlines())


@pytest.mark.parametrize(
    "source, code, message",
    [
        ({"source": "folder", "path": "empty"}, 2, "empty"),
        ({"source": "skimage", "images": ["astronot"]}, 2, "astronot"),
        ({"source": "folder", "path": "missing"}, 2, "does not exist"),
    ],
)
def test_sources_without_images_are_explained(source, code, message, tmp_path):
    (tmp_path / "empty").mkdir()
    result = train(recipe(tmp_path, source), tmp_path)
    assert result.exit_code == code, result.output
    assert result.output.startswith("Error: ")
    assert message in result.output
