"""Whatever ends a run, its checkpoints, its best model and its folder stay in order."""

import json
import os
import subprocess
import sys
import types

import keras
import numpy as np
import pytest
from rich.console import Console

from keras_dgggan import Generator
from keras_dgggan.errors import DggganError, UsageError
from keras_dgggan.gan.checkpoint import CheckpointFolder, holds_generator, load_checkpoint
from keras_dgggan.pretrained.load import load_generator
from keras_dgggan.training import lock as lock_module
from keras_dgggan.training import train
from keras_dgggan.training.csv_log import CsvLog, read_rows
from keras_dgggan.training.lock import RunLock

VALID = {"valid": {"source": "folder", "path": "images"}}


def quiet():
    return Console(quiet=True)


def assert_model_is_that_of(run, name):
    checkpoint = load_checkpoint(run / "checkpoints" / name)
    assert holds_generator(checkpoint, load_generator(run))


@pytest.mark.slow
def test_the_model_of_a_finished_run_is_derived_from_its_best_checkpoint(tiny, tmp_path):
    recipe = tiny(data=VALID, training={"steps": 2}, validation={"every": 1, "images": 0})
    run = train(recipe, "run", console=quiet()).run_dir
    assert_model_is_that_of(run, "best.npz")
    # As a kill before the last save leaves it, and damaged.
    keras.utils.set_random_seed(9)
    section = recipe.network.model_dump()
    Generator(**section, name="generator").save(run / "generator.keras")
    older = (run / "generator.keras").read_bytes()
    for data in (older, older[:3000]):
        (run / "generator.keras").write_bytes(data)
        train(recipe, "run", console=quiet())
        assert_model_is_that_of(run, "best.npz")


@pytest.mark.slow
def test_a_kill_before_the_best_checkpoint_is_kept_is_made_good(tiny, monkeypatch):
    recipe = tiny(
        data=VALID,
        # Perception-oriented: the newest is the best.
        loss={"adversarial": 0.005},
        training={"steps": 2},
        validation={"every": 1, "images": 0},
    )
    keep_as_best = CheckpointFolder.keep_as_best

    def killed_at_step_2(self, path):
        if path.name == "step-00000002.npz":
            raise KeyboardInterrupt
        keep_as_best(self, path)

    with monkeypatch.context() as patched:
        patched.setattr(CheckpointFolder, "keep_as_best", killed_at_step_2)
        with pytest.raises(KeyboardInterrupt):
            train(recipe, "run", console=quiet())
    run = train(recipe, "run", console=quiet()).run_dir
    assert load_checkpoint(run / "checkpoints" / "best.npz").batches == 2
    assert_model_is_that_of(run, "best.npz")


def test_without_a_checkpoint_nothing_is_resumed_and_no_model_overwritten(tiny, tmp_path):
    recipe = tiny(training={"steps": 1})
    run = train(recipe, "run", console=quiet()).run_dir
    for path in (run / "checkpoints").iterdir():
        path.unlink()
    model = (run / "generator.keras").read_bytes()
    with pytest.raises(UsageError, match="nothing to resume: there is no checkpoint in"):
        train(recipe, "run", must_resume=True, console=quiet())
    with pytest.raises(UsageError, match="has a model and no checkpoint"):
        train(recipe, "run", console=quiet())
    with pytest.raises(UsageError, match="nothing to resume: there is no run in"):
        train(recipe, "nowhere", must_resume=True, console=quiet())
    assert (run / "generator.keras").read_bytes() == model


def test_a_run_that_never_started_does_not_block_the_corrected_command(tiny):
    wrong = tiny(training={"steps": 1, "init_from": "dgggan_x4_light"})
    with pytest.raises(UsageError) as caught:
        train(wrong, "run", console=quiet())
    message = str(caught.value)
    assert "filters is 16, not 4" in message and "blocks is 3, not 1" in message
    assert "shipped recipes with its network: dgggan_x4_light, dgggan_x4_light_gan" in message
    assert train(tiny(training={"steps": 1}), "run", console=quiet()).step == 1


# === The lock ===
def test_a_folder_in_which_another_trains_is_refused_naming_the_owner(tiny, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "recipe.yaml").write_text("")
    for options in ({}, {"fresh": True}):
        with RunLock(tmp_path / "run"), pytest.raises(DggganError) as caught:
            train(tiny(), "run", console=quiet(), **options)
        assert f"is being trained by process {os.getpid()} on " in str(caught.value)
        assert caught.value.exit_code == 1


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path):
    code = f"""
import pathlib, time
from keras_dgggan.training.lock import RunLock
RunLock(pathlib.Path({str(tmp_path)!r})).__enter__()
print("locked", flush=True)
time.sleep(600)
"""
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert owner.stdout.readline() == "locked\n"
    with pytest.raises(DggganError, match=f"process {owner.pid} on "):
        RunLock(tmp_path).__enter__()
    owner.kill()
    owner.wait()
    with RunLock(tmp_path) as lock:
        assert json.loads(lock.path.read_text())["pid"] == os.getpid()


def test_the_lock_of_windows_is_a_byte_far_behind_the_text(tmp_path, monkeypatch):
    locked = set()

    def locking(descriptor, mode, length):
        assert (mode, length) == (2, 1)
        place = os.fstat(descriptor).st_ino, os.lseek(descriptor, 0, os.SEEK_CUR)
        if place in locked:
            raise PermissionError(13, "Permission denied")
        locked.add(place)

    monkeypatch.setattr(lock_module, "fcntl", None)
    msvcrt = types.SimpleNamespace(locking=locking, LK_NBLCK=2)
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    with RunLock(tmp_path) as lock:
        assert lock.path.stat().st_size < 1000 < min(offset for _, offset in locked)
        with pytest.raises(DggganError, match=f"process {os.getpid()} on "):
            RunLock(tmp_path).__enter__()


# === Logs ===
def test_a_damaged_log_keeps_its_whole_rows(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(b'step,loss\n1,0.5\n2,\xff\xfe\n3,0.25\n"4,0.1\n5\n\x00\x00\n6,0.125\n7,"')
    assert [row["step"] for row in read_rows(path)] == ["1", "3", "6"]
    CsvLog(path, ["step", "loss"], resume_step=5).write({"step": 6, "loss": 0.1})
    assert path.read_text() == "step,loss\n1,0.5\n3,0.25\n6,0.1\n"
    for data in (b"", b"\xff" * 1000, b"\n\n\n", np.arange(100.0).tobytes()):
        path.write_bytes(data)
        assert list(read_rows(path)) == []
