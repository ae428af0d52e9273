import csv
import os
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from keras_dgggan.errors import UsageError
from keras_dgggan.metrics import color_error, lpips
from keras_dgggan.metrics.weights import VARIABLE
from keras_dgggan.training import train
from keras_dgggan.training.health import Health
from keras_dgggan.training.validation import Score, mean_score

VALID = {"source": "folder", "path": "images"}


def quiet():
    return Console(quiet=True)


# === Health ===
def critic_row(wasserstein=1.0, penalty=0.1):
    return {"image_critic_wasserstein": wasserstein, "image_critic_penalty": penalty}


def lines_for(rows):
    said = []
    health = Health(said.append)
    for step, row in enumerate(rows, 1):
        health.logged(row, step)
    return said


def test_a_healthy_run_is_not_commented_on():
    wild_start = [critic_row(-50, 400)] * 3
    assert lines_for([*wild_start, *[critic_row(), critic_row(-0.1)] * 20]) == []


@pytest.mark.parametrize("row", [critic_row(1.0, 30.0), critic_row(5000.0)])
def test_an_exploding_critic_is_warned_of_once(row):
    (line,) = lines_for([critic_row()] * 4 + [row] * 10)
    assert "step 5" in line and "image critic explodes" in line
    assert "critic_optimizer.learning_rate" in line


def test_a_critic_that_tells_nothing_apart_is_warned_of_once():
    (line,) = lines_for([critic_row()] * 4 + [critic_row(-0.01)] * 20)
    assert "step 9" in line and "has not told HR from SR" in line


def test_colour_drift_is_warned_of_once_and_only_when_it_was_better_before():
    said = []
    health = Health(said.append)
    for step, error in enumerate([30.0, 9.0, 1.0, 1.9, 3.5, 8.0], 1):
        health.validated(error, step)
    (line,) = said
    assert "step 5" in line and "colours drift" in line and "3.5 levels" in line


# === Validation ===
def test_the_mean_leaves_out_images_without_a_measure():
    scores = [
        Score(name="a", psnr_y=30.0, ssim_y=0.9, color_error=1.0, lpips=0.2),
        Score(name="b", psnr_y=32.0, ssim_y=0.7, color_error=3.0),
    ]
    assert mean_score(scores) == Score(
        name="mean", psnr_y=31.0, ssim_y=pytest.approx(0.8), color_error=2.0, lpips=0.2
    )


def test_lpips_and_the_colour_error_are_validated_where_weights_are_present(
    tiny, tmp_path, shared_weights, monkeypatch
):
    from PIL import Image

    monkeypatch.setenv(VARIABLE, str(shared_weights))
    recipe = tiny(data={"valid": VALID}, training={"steps": 1}, validation={"images": 0})
    from tiny_runs import write_images

    write_images(tmp_path / "images", count=2, size=40)
    result = train(recipe, "run", console=quiet())
    with (tmp_path / "run" / "validation.csv").open(newline="") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    # Two images of 40 pixels and three of 24, which are too small for LPIPS.
    assert [name for name, row in rows.items() if row["lpips"]] == ["0", "1", "mean"]
    assert all(float(row["color_error"]) > 0 for row in rows.values())
    assert result.bicubic.lpips is not None
    from keras_dgggan import imresize

    hr = np.asarray(Image.open(tmp_path / "images" / "0.png"))
    bicubic = imresize(imresize(hr, 0.25), 4)
    assert 0 < lpips(hr, bicubic) < 1 and color_error(hr, bicubic, crop_border=4) > 0


# === Weights & Biases ===
class FakeWandb(types.ModuleType):
    def __init__(self):
        super().__init__("wandb")
        self.inits, self.logged, self.finished = [], [], 0
        self.Image = lambda path: ("image", Path(path).name)

    def init(self, **options):
        self.inits.append(options)
        return self

    def log(self, values):
        self.logged.append(values)

    def finish(self):
        self.finished += 1


@pytest.mark.slow
def test_weights_and_biases_gets_numbers_and_pictures_and_one_run_over_a_resume(
    tiny, tmp_path, monkeypatch
):
    wandb = FakeWandb()
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    settings = {"log": {"wandb_project": "sr"}, "data": {"valid": VALID}}
    for steps in (1, 2):
        recipe = tiny(**settings, training={"steps": steps}, validation={"images": 1})
        train(recipe, "run", console=quiet(), allow_changes=True)
    first, second = wandb.inits
    assert first["project"] == "sr" and first["name"] == "run"
    assert first["config"]["training"]["batch_size"] == 2
    assert first["id"] == second["id"] and second["resume"] == "allow"
    assert [row["step"] for row in wandb.logged if "loss" in row] == [1, 2]
    assert any(row.get("0") == ("image", "0-step-00000002.png") for row in wandb.logged)
    assert any("validation/psnr_y" in row for row in wandb.logged)
    assert wandb.finished == 2


def test_without_its_package_the_pip_line_is_given(tiny, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    recipe = tiny(log={"wandb_project": "sr"}, training={"steps": 1})
    with pytest.raises(UsageError, match="pip install wandb"):
        train(recipe, "run", console=quiet())


# === Curves ===
@pytest.fixture
def logged(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    columns = "step,learning_rate,loss,pixel_weighted,image_critic_wasserstein"
    rows = [f"{step},0.001,{1 / step},{0.5 / step},0.1" for step in range(1, 50)]
    # The last row is torn, as that of a run under way may be.
    (run / "log.csv").write_text("\n".join([columns, *rows, "50,0.0"]))
    (run / "validation.csv").write_text("step,name,psnr_y\n10,a,3\n10,mean,30.5\n20,mean,31\n")
    return run


def test_curves_are_read_as_logged(logged):
    from keras_dgggan.training.plot import read_curves

    assert read_curves(logged / "validation.csv", "mean")["psnr_y"] == ([10, 20], [30.5, 31.0])
    assert len(read_curves(logged / "log.csv")["learning_rate"][0]) == 49
    assert read_curves(logged / "none.csv") == {}


@pytest.mark.parametrize("name", ["curves.png", "curves.svg"])
def test_curves_are_drawn(logged, name):
    from keras_dgggan.training.plot import plot_run

    plot_run(logged, logged / name)
    assert (logged / name).stat().st_size > 10_000
    assert not [path for path in os.listdir(logged) if path.startswith(".tmp")]


def test_nothing_to_draw_and_an_unknown_format_are_explained(logged, tmp_path):
    from keras_dgggan.training.plot import plot_run

    with pytest.raises(UsageError, match=r"no log\.csv"):
        plot_run(tmp_path, tmp_path / "curves.png")
    with pytest.raises(UsageError, match=r"curves\.docx'.*must end in"):
        plot_run(logged, logged / "curves.docx")
