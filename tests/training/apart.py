"""Processes of their own that start with TensorFlow imported, which takes seconds each time."""

import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any


def start(
    function: Callable[..., Any], *arguments: Any, stderr: Path, **environment: str
) -> BaseProcess:
    """Call a function of a module in a new process, with more environment.

    The process works in the folder of the file that gets what it says.
    """
    context = multiprocessing.get_context("forkserver")
    # Not the package: what it does while it is imported stays under test.
    context.set_forkserver_preload(["tensorflow", "keras"])
    # A daemon, so that a run that a failed test leaves behind ends with the tests.
    process = context.Process(
        target=_run, args=(function, arguments, stderr, environment), daemon=True
    )
    process.start()
    return process


def _run(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    stderr: Path,
    environment: dict[str, str],
) -> None:
    os.environ.update(environment)
    os.chdir(stderr.parent)
    with stderr.open("w") as file:
        os.dup2(file.fileno(), 2)
    function(*arguments)


def exit_code(process: BaseProcess, seconds: float) -> int | None:
    """The exit code, or None where the process has not ended by then."""
    process.join(seconds)
    return process.exitcode


def command_line(*arguments: str) -> None:
    from keras_dgggan.cli import main

    main(arguments)


def _use(cpus: int) -> None:
    """Make several devices of this machine's processor."""
    import tensorflow as tf

    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * cpus
    )


PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


def train_in_all_ways(cpus: int, precisions: tuple[str, ...] = PRECISIONS) -> None:
    """Train tiny.yaml under every strategy and precision; batches with a white image give NaN.

    TF_CONFIG must name one worker. A process can be one only before anything else of TensorFlow.
    """
    import keras
    import numpy as np

    from keras_dgggan import losses
    from keras_dgggan.recipe import load_recipe
    from keras_dgggan.training import train

    _use(cpus)
    pixel_loss = losses.pixel_loss

    def poisoned(hr: Any, sr: Any) -> Any:
        white = keras.ops.any(keras.ops.min(hr, axis=(1, 2, 3)) == 1.0)
        return keras.ops.where(white, np.nan, pixel_loss(hr, sr))

    losses.pixel_loss = poisoned
    # Several devices are for one run a process, as the command has it.
    strategies = ["multi_worker", "none", "mirrored"] if cpus == 1 else ["mirrored"]
    for strategy in strategies:
        for precision in precisions:
            options = [f"training.distribute={strategy}", f"training.precision={precision}"]
            if precision != "float32":
                # The critics stay in float32; without them the graph is soon built.
                options += ["loss.adversarial=0", "loss.gradient_adversarial=0"]
            train(load_recipe("tiny.yaml", options), f"run-{strategy}-{precision}")


def train_on(cpus: int, out: str, *options: str) -> None:
    """Train the recipe tiny.yaml with this machine's processor as several devices."""
    _use(cpus)
    from keras_dgggan.recipe import load_recipe
    from keras_dgggan.training import train

    result = train(load_recipe("tiny.yaml", options), out, allow_changes=True)
    sys.exit(75 if result.stopped_by else 0)
