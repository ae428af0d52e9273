"""Time of our training step beside the same networks and losses in PyTorch, and waiting for data.

    pip install torch                      # best in an environment of its own
    python benchmarks/training.py --torch-python TORCH_ENV/bin/python

Both frameworks run in processes of their own that take turns, so that whatever else the machine
does hits both alike; the ratio is that of the medians. The PyTorch step is written with the same
care: one generator forward serves all three updates, the critics score the fake batch once, and
the penalty is differentiated twice. The perceptual term is left out: both would run the same VGG.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SIZES: dict[str, dict[str, Any]] = {
    "quickstart": {
        "filters": 16, "blocks": 4, "every": 2, "upsampler": "pixel_shuffle", "critic": 8,
        "lr": 24, "batch": 8,
    },
    "paper, batch 1": {
        "filters": 64, "blocks": 10, "every": 3, "upsampler": "nearest", "critic": 64,
        "lr": 48, "batch": 1,
    },
    "paper's networks, LR 24, batch 2": {
        "filters": 64, "blocks": 10, "every": 3, "upsampler": "nearest", "critic": 64,
        "lr": 24, "batch": 2,
    },
}  # fmt: skip
WEIGHTS = {
    "pixel": 1.0,
    "gradient": 0.1,
    "adversarial": 0.005,
    "gradient_adversarial": 0.005,
    "gradient_branch": 0.5,
}


def keras_step(size: dict[str, Any], options: dict[str, Any]) -> Any:
    """Our step on one batch, as `fit` runs it."""
    import numpy as np

    from keras_dgggan import Critic, Generator
    from keras_dgggan.gan import DGGGAN
    from keras_dgggan.losses import LossWeights
    from keras_dgggan.tensorflow_start import import_tensorflow

    import_tensorflow()
    import keras
    import tensorflow as tf

    if policy := options.pop("policy", None):
        keras.config.set_dtype_policy(policy)
    model = DGGGAN(
        Generator(size["filters"], size["blocks"], size["every"], upsampler=size["upsampler"]),
        Critic(4 * size["lr"], filters=size["critic"]),
        Critic(4 * size["lr"], filters=size["critic"]),
    )
    model.compile(loss_weights=LossWeights(perceptual=0, **WEIGHTS), **options)
    rng = np.random.default_rng(0)
    lr, hr = (
        tf.constant(rng.integers(0, 256, [size["batch"], side, side, 3]), tf.uint8)
        for side in (size["lr"], 4 * size["lr"])
    )
    model.make_train_function()
    batches = iter(tf.data.Dataset.from_tensors((lr, hr)).repeat())
    return lambda: model.train_function(batches)


def torch_step(size: dict[str, Any], options: dict[str, Any]) -> Any:
    """The same step in PyTorch."""
    import torch
    from training_torch import make_step

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    return make_step(size, WEIGHTS, **options)


def serve(framework: str, size: dict[str, Any], options: dict[str, Any]) -> None:
    """Time as many steps as each line of standard input says."""
    step = {"keras": keras_step, "torch": torch_step}[framework](size, options)
    for _ in range(2):
        step()
    print("ready", flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            step()
        print((time.perf_counter() - start) / int(line), flush=True)


class Contestant:
    """A process that times steps when asked."""

    def __init__(self, python: str, framework: str, size: str, options: dict[str, Any]) -> None:
        self.times: list[float] = []
        self.process = subprocess.Popen(
            [python, __file__, "--serve", framework, size, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer("ready")

    def _answer(self, wanted: str = "") -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if not wanted or line.startswith(wanted):
                return line
        raise SystemExit(f"a benchmark process ended: {self.process.args}")

    def time(self, steps: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        self.times.append(float(self._answer()))

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def race(size: str, contestants: dict[str, Contestant], rounds: int) -> None:
    """Take turns, then show each one's time beside the first's."""
    for contestant in contestants.values():
        contestant.time(1)
        contestant.times.clear()
    for _ in range(rounds):
        for contestant in contestants.values():
            contestant.time(1)
    medians = {name: statistics.median(c.times) for name, c in contestants.items()}
    fastest = {name: min(c.times) for name, c in contestants.items()}
    for name, median in medians.items():
        first = next(iter(medians))
        print(
            f"{size:34} {name:24} {1e3 * median:9.1f} ms (fastest {1e3 * fastest[name]:9.1f})  "
            f"ratio {median / medians[first]:.3f} (fastest {fastest[name] / fastest[first]:.3f})",
            flush=True,
        )
    for contestant in contestants.values():
        contestant.close()


def data_wait(name: str, degraded_as: str | None = None, steps: int = 60) -> None:
    """Share of a recipe's training time that a step waits for its batch, on bundled photographs.

    Args:
        name: The recipe.
        degraded_as: Another recipe, whose degradation makes LR in its place.
        steps: How many are measured.
    """
    import tensorflow as tf

    from keras_dgggan import data
    from keras_dgggan.recipe import find_recipe, load_recipe
    from keras_dgggan.training.build import (
        build_degradation,
        build_model,
        build_source,
        samples_per_step,
    )

    bundled = load_recipe(find_recipe("quickstart")).data.train
    # oneDNN, held to instructions without bfloat16, fails at convolutions in it.
    plain = ["training.precision=float32"] if "ONEDNN_MAX_CPU_ISA" in os.environ else []
    recipe = load_recipe(find_recipe(name), plain, check_paths=False)
    other = load_recipe(find_recipe(degraded_as), check_paths=False) if degraded_as else recipe
    model = build_model(recipe)
    dataset = data.training_dataset(
        build_source(bundled),
        seed=0,
        scale=recipe.network.scale,
        lr_crop=recipe.data.lr_crop,
        batch_size=samples_per_step(recipe),
        degradation=build_degradation(other),
    )
    step = tf.function(model.train_step, autograph=False)
    batches = iter(dataset)
    for _ in range(5):
        step(next(batches))
    waited, start = 0.0, time.perf_counter()
    for _ in range(steps):
        before = time.perf_counter()
        batch = next(batches)
        waited += time.perf_counter() - before
        step(batch)["loss"].numpy()
    total = time.perf_counter() - start
    print(
        f"{name}{f', degraded as {degraded_as}' if degraded_as else ''}: waiting for data "
        f"{100 * waited / total:.2f} % of {1e3 * total / steps:.1f} ms a step in "
        f"{recipe.training.precision}",
        flush=True,
    )


def machine() -> str:
    """What decides how fast the steps are here, in a sentence."""
    from keras_dgggan.inference.instruction_sets import vector_instructions
    from keras_dgggan.tensorflow_start import onednn_state

    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores with {vector_instructions()}; TensorFlow's oneDNN is {onednn_state()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch-python", help="a Python that has PyTorch; without it, ours alone")
    parser.add_argument("--size", choices=SIZES, action="append", help="one of them only")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--data-wait", action="store_true", help="the waiting for data alone")
    parser.add_argument("--xla", action="store_true", help="ours under XLA too")
    parser.add_argument("--bfloat16", action="store_true", help="ours in mixed precision too")
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        framework, size, options = arguments.serve
        serve(framework, SIZES[size], json.loads(options))
        return
    print(machine(), flush=True)
    if arguments.data_wait:
        arguments.size = []
    for size in (
        arguments.size
        if arguments.size is not None
        else ["quickstart", "paper's networks, LR 24, batch 2"]
    ):
        contestants = {}
        if arguments.torch_python:
            for name, options in {"NCHW": {}, "channels last": {"channels_last": True}}.items():
                contestants[f"PyTorch, {name}"] = Contestant(
                    arguments.torch_python, "torch", size, options
                )
        contestants["keras-dgggan"] = Contestant(sys.executable, "keras", size, {})
        if arguments.xla:
            contestants["keras-dgggan, XLA"] = Contestant(
                sys.executable, "keras", size, {"jit_compile": True}
            )
        if arguments.bfloat16:
            contestants["keras-dgggan, bfloat16"] = Contestant(
                sys.executable, "keras", size, {"policy": "mixed_bfloat16"}
            )
        race(size, contestants, arguments.rounds)
    data_wait("quickstart")
    data_wait("dgggan_x4_light", degraded_as="dgggan_x4_photo")


if __name__ == "__main__":
    main()
