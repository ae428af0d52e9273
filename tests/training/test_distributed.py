"""Several devices and several machines do what one would, with the global batch."""

import json
import signal
import socket
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import apart
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tiny_runs import GAN, write_recipe

from keras_dgggan.errors import RecipeError, UsageError
from keras_dgggan.gan.checkpoint import load_checkpoint
from keras_dgggan.training.devices import Devices, find_devices

STEPS = 3


def run(folder: Path, cpus: int, out: str, *options: str, code: int = 0) -> None:
    """One process that trains on so many devices."""
    process = apart.start(
        apart.train_on, cpus, out, *options,
        stderr=folder / "stderr-0.txt", KERAS_DGGGAN_CACHE=str(folder / "cache"),
    )  # fmt: skip
    assert apart.exit_code(process, 600) == code, errors(folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run_workers(folder: Path, out: str, *options: str) -> list[BaseProcess]:
    """Two processes on this machine, as TF_CONFIG describes them."""
    cluster = {"worker": [f"127.0.0.1:{free_port()}" for _ in range(2)]}
    return [
        apart.start(
            apart.train_on, 1, out, "training.distribute=multi_worker", *options,
            stderr=folder / f"stderr-{i}.txt", KERAS_DGGGAN_CACHE=str(folder / "cache"),
            TF_CONFIG=json.dumps({"cluster": cluster, "task": {"type": "worker", "index": i}}),
        )
        for i in range(2)
    ]  # fmt: skip


def errors(folder: Path) -> str:
    return "\n".join(path.read_text()[-3000:] for path in sorted(folder.glob("stderr-*.txt")))


def final_arrays(folder: Path) -> dict[str, np.ndarray]:
    path = sorted((folder / "checkpoints").glob("step-*.npz"))[-1]
    assert int(path.stem[5:]) == STEPS
    return load_checkpoint(path).arrays


def assert_near(folder: Path, alone: Path) -> None:
    one, several = final_arrays(alone), final_arrays(folder)
    assert one.keys() == several.keys()
    for name in one:
        # Moments of gradients of another order of summation differ in their last digits.
        np.testing.assert_allclose(several[name], one[name], rtol=2e-3, atol=2e-5, err_msg=name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a recipe, and the run of one device with the whole batch."""
    folder = tmp_path_factory.mktemp("distributed")
    write_recipe(
        folder,
        loss=GAN,
        critic={"n_critic": 2},
        optimizer={"clip_norm": 0.5, "epsilon": 1e-3},
        training={"steps": STEPS, "batch_size": 4, "ema_decay": 0.9},
        checkpoint={"every": STEPS},
    )
    run(folder, 1, "alone")
    return folder


@pytest.mark.slow
def test_two_devices_give_the_updates_of_one_with_the_whole_batch(folder):
    run(folder, 2, "mirrored", "training.distribute=mirrored")
    assert_near(folder / "mirrored", folder / "alone")
    a, b = ((folder / name / "log.csv").read_text().splitlines() for name in ("mirrored", "alone"))
    rates = a[0].split(",").index("pairs_per_second")
    for left, right in zip(a[1:], b[1:], strict=True):
        left, right = (
            [float(v) for i, v in enumerate(line.split(",")) if i != rates]
            for line in (left, right)
        )
        assert left == pytest.approx(right, rel=2e-3, abs=1e-4)


@pytest.mark.slow
def test_two_processes_give_the_updates_of_one_and_only_the_chief_writes(folder):
    workers = run_workers(folder, "workers")
    for worker in workers:
        assert apart.exit_code(worker, 600) == 0, errors(folder)
    assert_near(folder / "workers", folder / "alone")
    assert len(list((folder / "workers" / "tensorboard").iterdir())) == 1
    assert "step 3/3" in (folder / "stderr-0.txt").read_text()
    assert "step 3/3" not in (folder / "stderr-1.txt").read_text()


@pytest.mark.slow
def test_a_worker_that_dies_ends_the_run_in_plain_words_and_it_goes_on(tmp_path):
    write_recipe(tmp_path, training={"steps": 100_000})
    workers = run_workers(tmp_path, "run")
    checkpoints = tmp_path / "run" / "checkpoints"
    while not len(list(checkpoints.glob("step-*.npz"))) > 1:
        assert all(worker.is_alive() for worker in workers), errors(tmp_path)
        time.sleep(0.01)
    workers[1].kill()
    assert apart.exit_code(workers[0], 600) not in (None, 0, -signal.SIGKILL)
    assert "lost another worker" in errors(tmp_path)
    last = sorted(checkpoints.glob("step-*.npz"))[-1]
    steps = int(last.stem[5:]) + 2
    write_recipe(tmp_path, training={"steps": steps})
    workers = run_workers(tmp_path, "run")
    for worker in workers:
        assert apart.exit_code(worker, 600) == 0, errors(tmp_path)


@pytest.mark.slow
def test_a_signal_to_one_worker_stops_all_after_the_same_step(tmp_path):
    write_recipe(tmp_path, training={"steps": 100_000}, checkpoint={"every": 100_000})
    workers = run_workers(tmp_path, "run")
    log = tmp_path / "run" / "log.csv"
    while not (log.is_file() and log.read_text().count("\n") > 3):
        assert all(worker.is_alive() for worker in workers), errors(tmp_path)
        time.sleep(0.01)
    workers[1].terminate()
    assert [apart.exit_code(w, 600) for w in workers] == [75, 75], errors(tmp_path)
    assert len(list((tmp_path / "run" / "checkpoints").iterdir())) == 1


def test_a_worker_that_has_left_after_the_last_step_is_no_loss():
    class Last(Devices):
        def total(self, value):
            raise error

    last = Last(strategy=tf.distribute.get_strategy(), workers=2)
    error = tf.errors.UnavailableError(None, None, "Connection reset by peer")
    last.leave()
    error = tf.errors.InvalidArgumentError(None, None, "shapes differ")
    with pytest.raises(tf.errors.InvalidArgumentError):
        last.leave()


@pytest.mark.slow
@pytest.mark.parametrize(
    "cpus, precisions", [(1, apart.PRECISIONS), *((2, (name,)) for name in apart.PRECISIONS)]
)
def test_every_strategy_and_precision_passes_over_steps_that_are_not_finite(
    cpus, precisions, tmp_path
):
    write_recipe(
        tmp_path,
        loss=GAN,
        training={"steps": 4, "batch_size": 2 * cpus, "ema_decay": 0.9, "on_nonfinite": "skip"},
        checkpoint={"every": 4},
        log={"every": 4},
    )
    Image.new("RGB", (24, 24), "white").save(tmp_path / "images" / "white.png")
    port = free_port()
    process = apart.start(
        apart.train_in_all_ways, cpus, precisions,
        stderr=tmp_path / "stderr-0.txt", KERAS_DGGGAN_CACHE=str(tmp_path / "cache"),
        TF_CONFIG=json.dumps(
            {"cluster": {"worker": [f"127.0.0.1:{port}"]}, "task": {"type": "worker", "index": 0}}
        ),
    )  # fmt: skip
    assert apart.exit_code(process, 1800) == 0, errors(tmp_path)
    runs = sorted(tmp_path.glob("run-*"))
    assert len(runs) == (9 if cpus == 1 else 1)
    for run in runs:
        arrays = load_checkpoint(run / "checkpoints" / "step-00000004.npz").arrays
        assert all(np.isfinite(array).all() for array in arrays.values()), run
        assert int(arrays["step"]) == 4 and int(arrays["skipped_steps"]) >= 1, run


@pytest.mark.parametrize("config", ["", "{", '{"cluster": {"worker": ["a:1"]}}'])
def test_a_missing_or_broken_tf_config_is_explained(config, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(UsageError, match="needs TF_CONFIG"):
        find_devices("multi_worker")


@pytest.mark.slow
def test_a_batch_that_the_devices_cannot_share_evenly_is_refused(tmp_path):
    write_recipe(tmp_path, training={"batch_size": 3, "distribute": "mirrored"})
    run(tmp_path, 2, "run", code=1)
    assert "training.batch_size: 3; it must be a multiple of the 2 devices" in errors(tmp_path)


@pytest.mark.parametrize("option", ["accumulate=2", "jit_compile=true"], ids=lambda o: o)
def test_what_several_devices_cannot_do_is_refused_by_the_recipe(option, tmp_path):
    from keras_dgggan.recipe import load_recipe

    path = write_recipe(tmp_path, training={"distribute": "mirrored"})
    key = option.partition("=")[0]
    with pytest.raises(RecipeError, match=rf"training\.{key}: .*training\.distribute is mirrored"):
        load_recipe(path, [f"training.{option}"])
