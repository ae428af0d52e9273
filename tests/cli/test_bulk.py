import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from keras_dgggan.cli import main


def bulk(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["bulk", *arguments])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two pictures, where planning asks for no Ray."""
    monkeypatch.setattr("keras_dgggan.bulk.run.need_ray", lambda: None)
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.jpg"):
        Image.new("RGB", (8, 8)).save(tmp_path / "in" / name)
    return tmp_path


def test_without_ray_the_command_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keras_dgggan.bulk.cluster.importlib.util.find_spec", lambda name: None)
    result = bulk(str(tmp_path), str(tmp_path / "out"))
    assert result.exit_code == 2
    assert 'pip install "keras-dgggan[ray]"' in result.stderr


def test_a_dry_run_counts_and_writes_nothing(folder: Path) -> None:
    result = bulk(str(folder / "in"), str(folder / "out"), "--dry-run", "--json")
    assert result.exit_code == 0
    summary = json.loads(result.stdout)
    assert (summary["inputs"], summary["planned"], summary["done"]) == (2, 2, 0)
    assert "2 planned" in result.stderr
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--format", "gif"], "unknown format 'gif'"),
        (["--model", "none"], "no model 'none'"),
        (["--address", "ray://head:10001"], "Ray Client"),
        (["--cpus", "0"], "--cpus"),
        (["--tile", "7"], "neither auto nor off"),
    ],
)
def test_options_that_cannot_be_are_named(folder: Path, more: list[str], words: str) -> None:
    result = bulk(str(folder / "in"), str(folder / "out"), *more)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize(
    ("inputs", "output", "words"),
    [
        ("in", "in", "are the same folder"),
        ("in", "in/a.png", "is a file"),
        ("out", "other", "no folder, list or picture"),
        ("empty", "out", "no pictures in"),
    ],
)
def test_places_that_cannot_be_are_named(
    folder: Path, inputs: str, output: str, words: str
) -> None:
    (folder / "empty").mkdir()
    result = bulk(str(folder / inputs), str(folder / output))
    assert result.exit_code == 2
    assert words in result.stderr
