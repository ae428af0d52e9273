import os
import random
import signal
import sys
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import apart
import numpy as np
import pytest
from tiny_runs import GAN, write_recipe

from keras_dgggan.gan.checkpoint import load_checkpoint

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals"),
]


def start(folder: Path, *options: str, **recipe: Any) -> BaseProcess:
    write_recipe(folder, **recipe)
    arguments = ("train", "tiny.yaml", "--run-dir", "run", *options)
    cache = str(folder / "cache")
    return apart.start(
        apart.command_line, *arguments, stderr=folder / "stderr.txt", KERAS_DGGGAN_CACHE=cache
    )


def gan(steps: int) -> dict[str, Any]:
    return {"loss": GAN, "training": {"steps": steps, "ema_decay": 0.9}}


def checkpoints(folder: Path) -> list[Path]:
    return sorted((folder / "run" / "checkpoints").glob("step-*.npz"))


def wait_for(process: BaseProcess, folder: Path, step: int) -> None:
    """Until the checkpoint of a step is there."""
    deadline = time.monotonic() + 600
    while not any(int(path.stem[5:]) >= step for path in checkpoints(folder)):
        assert process.is_alive(), (folder / "stderr.txt").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def final_arrays(folder: Path) -> dict[str, np.ndarray]:
    return load_checkpoint(checkpoints(folder)[-1]).arrays


def finish(process: BaseProcess, folder: Path) -> None:
    assert apart.exit_code(process, 600) == 0, (folder / "stderr.txt").read_text()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uninterrupted")
    finish(start(folder, **gan(40)), folder)
    return final_arrays(folder)


def test_killed_five_times_at_random_moments_a_run_ends_with_the_same_bits(tmp_path, uninterrupted):
    generator = random.Random(os.environ.get("PYTEST_XDIST_TESTRUNUID"))
    for kill in range(5):
        process = start(tmp_path, **gan(40))
        wait_for(process, tmp_path, 1 + 7 * kill + generator.randrange(4))
        # In the middle of a step or of the writing of a checkpoint.
        time.sleep(generator.random() * 0.05)
        process.kill()
        assert apart.exit_code(process, 60) == -signal.SIGKILL
        assert int(checkpoints(tmp_path)[-1].stem[5:]) < 40
    finish(start(tmp_path, "--resume", **gan(40)), tmp_path)
    assert "going on from step" in (tmp_path / "stderr.txt").read_text()
    arrays = final_arrays(tmp_path)
    assert arrays.keys() == uninterrupted.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, uninterrupted[name], err_msg=name)
    steps = (tmp_path / "run" / "log.csv").read_text().splitlines()[1:]
    assert [int(line.partition(",")[0]) for line in steps] == list(range(1, 41))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 75), (signal.SIGINT, 130)])
def test_a_signal_ends_the_step_writes_a_checkpoint_and_has_its_exit_code(number, code, tmp_path):
    process = start(tmp_path, training={"steps": 100_000}, checkpoint={"every": 100_000})
    deadline = time.monotonic() + 600
    log = tmp_path / "run" / "log.csv"
    while not (log.is_file() and log.read_text().count("\n") > 3):
        assert process.is_alive() and time.monotonic() < deadline
        time.sleep(0.01)
    assert not checkpoints(tmp_path)
    os.kill(process.pid, number)
    assert apart.exit_code(process, 60) == code
    (path,) = checkpoints(tmp_path)
    step = int(path.stem[5:])
    text = (tmp_path / "stderr.txt").read_text()
    assert f"stopped by {number.name} at step {step}" in text
    assert "Traceback" not in text
    last = log.read_text().splitlines()[-1]
    assert int(last.partition(",")[0]) == step
