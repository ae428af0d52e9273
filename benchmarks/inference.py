"""Time and memory of upscaling beside what people would use instead, on a CPU.

    pip install "keras-dgggan[benchmark]"
    python -m venv TORCH_ENV && TORCH_ENV/bin/pip install torch numpy
    python benchmarks/inference.py --torch-python TORCH_ENV/bin/python

Each engine runs in a process of its own, and they take turns: one run each, repetition by
repetition, so that whatever else the machine does hits all alike. Before an engine is timed, its
result is compared with the layers' own in float32; that of another system's network is compared
with the bicubic enlargement. Ratios are to the `Upscaler`, untiled, taken repetition by
repetition: median, and smallest to largest.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from inference_engines import CONVOLUTIONS
from inference_models import MODELS, prepare

from keras_dgggan.inference.instruction_sets import vector_instructions

PROGRAM = Path(__file__).with_name("inference_engines.py")

# engine: how the table names it
NAMES = {
    "untiled": "`Upscaler`, untiled",
    "tiled": "`Upscaler`, exact tiles of half the side",
    "tensorflow": "`Upscaler` by TensorFlow, untiled",
    "tensorflow_tiled": "`Upscaler` by TensorFlow, exact tiles of half the side",
    "bfloat16": "`Upscaler` by TensorFlow, untiled, bfloat16",
    "onnxruntime": "`Upscaler` by ONNX Runtime, untiled",
    "onnxruntime_tiled": "`Upscaler` by ONNX Runtime, exact tiles of half the side",
    "cli": "`keras-dgggan upscale`, from process start to written file",
    "cli_span": "SPAN x4, ncnn, from process start to written file",
    "cli_real_esrgan": "Real-ESRGAN x4plus, ncnn, from process start to written file",
    "keras": "Keras `predict`",
    "c_api": "SavedModel, TensorFlow's C API",
    "client": "gRPC client and the tests' server, 8 bits",
    "torch": "PyTorch, NCHW",
    "torch_last": "PyTorch, channels last",
    "torch_compiled": "PyTorch, `torch.compile`, channels last",
    "onnx_layers": "ONNX Runtime, the layers as tf2onnx exports them",
    "openvino": "OpenVINO",
    "real_esrgan": "Real-ESRGAN x4plus, ncnn",
    "span": "SPAN x4 (48 channels), ncnn",
}
RIVAL_NETWORKS = ("real_esrgan", "span", "cli_span", "cli_real_esrgan")
FIRST = "untiled"
TILED = ("tiled", "tensorflow_tiled", "onnxruntime_tiled")
# Multiply-accumulates of a run that is over in no time, and of one that is long enough to need no
# first run to warm up: the sizes before did, but for tiles, whose side changes with the size.
SHORT, LONG = 6e9, 1e11
# A result may be off by an 8-bit level, a rounded one by half a level more.
TOLERANCE = {"client": 1.5 / 255, "cli": 1.5 / 255, "bfloat16": 4 / 255}
LARGEST_DIFFERENCE = 1 / 255
# Another network's result must resemble the bicubic enlargement this much, in dB.
LEAST_PSNR = 20.0


class Engine:
    """A process that runs one engine when asked."""

    def __init__(self, python: str, name: str, folder: Path, model: str, isa: str | None) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [python, str(PROGRAM), name, str(folder), model],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **({"ONEDNN_MAX_CPU_ISA": "AVX2"} if isa == "avx2" else {})},
        )

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"the benchmark's process for {self.name} ended")

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def check(name: str, result: np.ndarray, reference: np.ndarray, bicubic: np.ndarray) -> str:
    """What the table says of a result; a wrong one ends the benchmark."""
    if name in RIVAL_NETWORKS:
        error = np.mean((result.clip(0, 1) - bicubic.clip(0, 1)) ** 2)
        psnr = -10 * np.log10(error)
        if result.shape != bicubic.shape or not psnr > LEAST_PSNR:
            raise SystemExit(f"{name} is no enlargement: {psnr:.1f} dB from the bicubic one")
        return f"{psnr:.1f} dB to bicubic"
    if name in ("client", "cli"):
        reference = reference.clip(0, 1)
    difference = float(np.abs(result - reference).max())
    if not difference <= TOLERANCE.get(name, LARGEST_DIFFERENCE):
        raise SystemExit(f"{name} is off by {difference:g}")
    return f"{difference:.1e}"


def race(
    engines: dict[str, Engine], folder: Path, model: str, size: int, repetitions: int
) -> list[str]:
    """Let the engines take turns on one size; the table's rows."""
    lr = str(folder / f"lr_{size}.npy")
    macs = json.loads((folder / f"{model}.json").read_text())["macs_per_pixel"] * size * size
    times: dict[str, list[float]] = {name: [] for name in engines}
    checked, peaks = {}, {}
    reference = np.load(folder / f"{model}_{size}.npy")
    bicubic = np.load(folder / f"bicubic_{size}.npy")
    for name, engine in engines.items():
        out = str(folder / "out.npy")
        told = engine.ask(lr=lr, runs=1, out=out)
        peaks[name] = told["peak"]
        if macs > LONG:
            if name in TILED:
                told = engine.ask(lr=lr, runs=1)
            times[name].append(told["seconds"])
        if name != "convolution":
            checked[name] = check(name, np.load(out), reference, bicubic)
    for _ in range(repetitions - len(times[FIRST])):
        for name, engine in engines.items():
            # After another engine's turn the first of some short runs finds cold caches.
            told = engine.ask(lr=lr, runs=3 if macs < SHORT else 1)
            times[name].append(told["seconds"])
            peaks[name] = max(peaks[name], told["peak"])
    limit = _convolution_macs(model, size) / statistics.median(times.pop("convolution"))
    rows = []
    for name, seconds in times.items():
        ratios = sorted(t / first for t, first in zip(seconds, times[FIRST], strict=True))
        share = ""
        if name not in RIVAL_NETWORKS:
            share = f"{100 * macs / statistics.median(seconds) / limit:.0f} %"
        rows.append(
            f"| {model} | {size} | {NAMES[name]} | {1e3 * statistics.median(seconds):.0f} ms "
            f"| {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) "
            f"| {share} | {peaks[name]:.0f} MiB | {checked[name]} |"
        )
        print(rows[-1], file=sys.stderr, flush=True)
    alone = f"{limit / 1e9:.0f} GMAC/s"
    return [*rows, f"| {model} | {size} | *a 5x5 convolution alone* | | | 100 %: {alone} | | |"]


def _convolution_macs(model: str, size: int) -> int:
    return CONVOLUTIONS * 25 * (2 * MODELS[model].options["filters"]) ** 2 * size * size


def machine(torch_python: str | None, isa: str | None) -> str:
    """The machine, its instruction sets and the versions, in a sentence."""
    processor = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    packages = ("tensorflow", "keras", "onnxruntime", "openvino", "ncnn")
    installed = [name for name in packages if importlib.util.find_spec(name)]
    versions = [f"{name} {importlib.metadata.version(name)}" for name in installed]
    if torch_python:
        code = "import torch; print('torch', torch.__version__)"
        versions.append(subprocess.check_output([torch_python, "-c", code], text=True).strip())
    has = vector_instructions()
    if isa == "avx2":
        has += "; TensorFlow's, PyTorch's and OpenVINO's oneDNN held to AVX2, the others not"
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {processor} ({has}); " + ", ".join(versions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch-python", help="a Python that has PyTorch; without it, none")
    parser.add_argument("--model", choices=MODELS, action="append", help="one of them only")
    parser.add_argument("--size", type=int, action="append", help="LR side  [64, 128, 256]")
    parser.add_argument("--engine", choices=NAMES, action="append", help="some of them only")
    parser.add_argument(
        "--isa",
        choices=["avx2"],
        help="hold oneDNN to it; others have no such switch",
    )
    parser.add_argument("--repetitions", type=float, default=1.0, help="times the usual number")
    parser.add_argument("--folder", type=Path, help="keep the prepared models here")
    parser.add_argument("--prepare", action="store_true", help="prepare the models only")
    parser.add_argument("--output", type=Path, help="a Markdown file  [default: standard output]")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        models, sizes = arguments.model or list(MODELS), arguments.size or [64, 128, 256]
        prepare(folder, models, sizes)
        if arguments.prepare:
            return
        text = benchmark(arguments, folder, models, sizes)
    if arguments.output is None:
        print(text)
    else:
        arguments.output.write_text(text, encoding="utf-8")


def benchmark(
    arguments: argparse.Namespace, folder: Path, models: list[str], sizes: list[int]
) -> str:
    start = time.monotonic()
    lines = [
        "| model | LR side | engine | time | ratio | share of the limit | peak memory | off by |",
        "|---|---|---|---|---|---|---|---|",
    ]
    onednn = "unknown"
    for model in models:
        wanted = [name for name in arguments.engine or NAMES if arguments.torch_python or
                  not name.startswith("torch")]  # fmt: skip
        engines = {}
        for name in dict.fromkeys([FIRST, *wanted, "convolution"]):
            python = arguments.torch_python if name.startswith("torch") else sys.executable
            engines[name] = Engine(python, name, folder, model, arguments.isa)
        for engine in engines.values():
            onednn = engine.answer().get("onednn", onednn)
        for size in sizes:
            for name in MODELS[model].left_out.get(size, ()):
                if name in engines and name not in (arguments.engine or ()):
                    engines.pop(name).close()
            repetitions = MODELS[model].repetitions_at(size) * arguments.repetitions
            lines += race(engines, folder, model, size, max(1, round(repetitions)))
        for engine in engines.values():
            engine.close()
    minutes = (time.monotonic() - start) / 60
    title = f"{machine(arguments.torch_python, arguments.isa)}. {minutes:.1f} minutes. "
    title += f"TensorFlow's oneDNN is {onednn}."
    return "\n".join([title, "", *lines, ""])


if __name__ == "__main__":
    main()
