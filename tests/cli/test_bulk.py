import json
import os
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from keras_dgggan.bulk import Progress
from keras_dgggan.cli import main
from keras_dgggan.cli.bulk_progress import BulkProgress, without_rays_notes


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


@pytest.mark.parametrize(
    ("debug", "expected"), [(False, "ours\n"), (True, "note\nfrom C++\nours\n")]
)
def test_what_ray_prints_is_kept_off_unless_it_is_asked_for(
    capfd: pytest.CaptureFixture[str], debug: bool, expected: str
) -> None:
    with without_rays_notes(debug):
        print("note", flush=True)
        os.write(2, b"from C++\n")
        click.echo("ours", err=True)
    assert capfd.readouterr() == ("", expected)
    print("after", file=sys.stderr)
    assert capfd.readouterr().err == "after\n"


def test_without_a_terminal_failures_and_now_and_then_a_line_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keras_dgggan.cli.bulk_progress._BETWEEN_LINES", -1.0)
    progress = Progress(total=10, skipped=4, manifest="out/manifest.parquet")
    rows = [
        {"worker": "a:1", "input": "a.png", "error": None, "width": 64, "height": 48},
        {"worker": "b:1", "input": "b.png", "error": "'b.png' is empty"},
    ]
    with BulkProgress(quiet=False) as shown:
        shown.report(progress, [])
        progress.seconds = 3600.0
        progress.add(rows, time.monotonic())
        shown.report(progress, rows)
    start, failure, line = capsys.readouterr().err.splitlines()
    assert start == "10 pictures, 4 of them done before"
    assert failure == "failed   'b.png' is empty"
    assert line.startswith("6/10  ")
    assert line.endswith("2 workers, 1 failed, 2.0 h left")
