"""What a user writes, where the system refuses what Windows refuses."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="the double of `os` looks into /proc"
)


@pytest.fixture
def windows(monkeypatch):
    from windows import like_windows

    return like_windows(monkeypatch)


@pytest.fixture
def photo(tmp_path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (40, 48, 3), np.uint8)
    Image.fromarray(noise).save(folder / "a.png")
    return folder / "a.png"


def run(*arguments: object) -> str:
    from keras_dgggan.cli import main

    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_sub_images_are_prepared(windows, photo, tmp_path):
    run("prepare", photo.parent, "-o", tmp_path / "out", "--size", 16, "--step", 16)
    assert list((tmp_path / "out").rglob("*.png"))
    assert set(windows.seen) <= {"open of a folder"}


@pytest.mark.slow
def test_pictures_are_upscaled_and_models_exported(windows, photo, tmp_path):
    run("upscale", photo, "-o", tmp_path / "large.tif")
    run("upscale", photo, "-o", tmp_path / "large.tif", "--overwrite")
    with Image.open(tmp_path / "large.tif") as image:
        assert image.size == (192, 160)
    run("export", "dgggan_x4_light", "-o", tmp_path / "served")
    assert (tmp_path / "served" / "1" / "saved_model.pb").is_file()
    run("interpolate", "dgggan_x4_light", "dgggan_x4_light_gan", "-o", tmp_path / "between.keras")
    assert (tmp_path / "between.keras").is_file()
    assert set(windows.seen) <= {"open of a folder"}
    assert not list(tmp_path.rglob(".tmp-*"))


@pytest.mark.slow
def test_a_model_is_trained(windows, tmp_path):
    command = [
        *("train", "quickstart", "--run-dir", tmp_path / "run"),
        *("--set", "training.steps=2", "--set", "network.filters=4", "--set", "network.blocks=1"),
    ]
    run(*command)
    # The earlier run is put aside: its folder is renamed.
    run(*command, "--fresh")
    assert len(list(tmp_path.rglob("generator.keras"))) == 2
