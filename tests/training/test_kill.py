import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tiny_runs import GAN, write_recipe

from keras_dgggan.training.checkpoint import load_checkpoint

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals"),
]


def start(folder: Path, *options: str, steps: int) -> subprocess.Popen:
    write_recipe(folder, loss=GAN, training={"steps": steps, "ema_decay": 0.9})
    arguments = ["train", "tiny.yaml", "--run-dir", "run", *options]
    return subprocess.Popen(
        [sys.executable, "-m", "keras_dgggan", *arguments],
        cwd=folder,
        env={**os.environ, "KERAS_DGGGAN_CACHE": str(folder / "cache")},
        stderr=(folder / "stderr.txt").open("w"),
    )


def checkpoints(folder: Path) -> list[Path]:
    return sorted((folder / "run" / "checkpoints").glob("step-*.npz"))


def wait_for(process: subprocess.Popen, folder: Path, step: int) -> None:
    """Until the checkpoint of a step is there."""
    deadline = time.monotonic() + 240
    while not any(int(path.stem[5:]) >= step for path in checkpoints(folder)):
        assert process.poll() is None, (folder / "stderr.txt").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def final_arrays(folder: Path) -> dict[str, np.ndarray]:
    return load_checkpoint(checkpoints(folder)[-1]).arrays


def finish(process: subprocess.Popen, folder: Path) -> None:
    assert process.wait(300) == 0, (folder / "stderr.txt").read_text()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uninterrupted")
    finish(start(folder, steps=40), folder)
    return final_arrays(folder)


def test_killed_five_times_at_random_moments_a_run_ends_with_the_same_bits(tmp_path, uninterrupted):
    generator = random.Random(os.environ.get("PYTEST_XDIST_TESTRUNUID"))
    for kill in range(5):
        process = start(tmp_path, steps=40)
        wait_for(process, tmp_path, 1 + 7 * kill + generator.randrange(4))
        # In the middle of a step or of the writing of a checkpoint.
        time.sleep(generator.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert int(checkpoints(tmp_path)[-1].stem[5:]) < 40
    finish(start(tmp_path, "--resume", steps=40), tmp_path)
    assert "going on from step" in (tmp_path / "stderr.txt").read_text()
    arrays = final_arrays(tmp_path)
    assert arrays.keys() == uninterrupted.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, uninterrupted[name], err_msg=name)
    steps = (tmp_path / "run" / "log.csv").read_text().splitlines()[1:]
    assert [int(line.partition(",")[0]) for line in steps] == list(range(1, 41))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 75), (signal.SIGINT, 130)])
def test_a_signal_ends_the_step_writes_a_checkpoint_and_has_its_exit_code(number, code, tmp_path):
    process = start(tmp_path, "--set", "checkpoint.every=100000", steps=100_000)
    deadline = time.monotonic() + 240
    log = tmp_path / "run" / "log.csv"
    while not (log.is_file() and log.read_text().count("\n") > 3):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    assert not checkpoints(tmp_path)
    process.send_signal(number)
    assert process.wait(60) == code
    (path,) = checkpoints(tmp_path)
    step = int(path.stem[5:])
    text = (tmp_path / "stderr.txt").read_text()
    assert f"stopped by {number.name} at step {step}" in text
    assert "Traceback" not in text
    last = log.read_text().splitlines()[-1]
    assert int(last.partition(",")[0]) == step
