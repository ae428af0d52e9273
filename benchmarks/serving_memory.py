"""Memory of an exported model's endpoints, by picture size, each in a process of its own.

    python benchmarks/serving_memory.py saved_models/dgggan_x4_light/1 --sides 128 256 512

The process loads the SavedModel through TensorFlow's C API, whose loader TF Serving wraps, without
Python's TensorFlow, and answers one request. Printed are the resident memory once the model is
loaded and has answered a picture of 32x32, the peak of the request above it, and that by pixel.
"""

import argparse
import io
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = "libtensorflow_cc.so.2"
ENDPOINTS = ("serving_default", "float", "encoded")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="A version's folder.")
    parser.add_argument("--sides", type=int, nargs="+", default=[128, 256, 512])
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        endpoint, side, batch, feed, fetches = options.child
        size = (int(batch), int(side))
        print(json.dumps(measure(options.folder, endpoint, size, feed, fetches.split(","))))
        return
    names = tensor_names(options.folder)
    print(f"{'endpoint':16} {'side':>6} {'loaded MiB':>11} {'request MiB':>12} {'kB a pixel':>11}")
    for endpoint in ENDPOINTS:
        for side in options.sides:
            child = ["--child", endpoint, str(side), str(options.batch), *names[endpoint]]
            done = subprocess.run(
                [sys.executable, __file__, str(options.folder), *child],
                capture_output=True, text=True, check=True,
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            )  # fmt: skip
            loaded, peak = json.loads(done.stdout.splitlines()[-1])
            pixels = options.batch * side**2
            print(
                f"{endpoint:16} {side:6} {loaded / 2**20:11.0f} {(peak - loaded) / 2**20:12.0f} "
                f"{(peak - loaded) / pixels / 1000:11.2f}",
                flush=True,
            )


def tensor_names(folder: Path) -> dict[str, tuple[str, str]]:
    """Return the input's name and the outputs' names, with commas, of each endpoint."""
    from tensorflow.core.protobuf import saved_model_pb2

    file = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    return {
        key: (
            next(iter(definition.inputs.values())).name,
            ",".join(info.name for info in definition.outputs.values()),
        )
        for key, definition in file.meta_graphs[0].signature_def.items()
        if key in ENDPOINTS
    }


def measure(
    folder: Path, endpoint: str, size: tuple[int, int], feed: str, fetches: list[str]
) -> tuple[int, int]:
    """Return resident bytes before, and the most during, one request.

    Args:
        folder: The version's folder.
        endpoint: The endpoint's name.
        size: Batch and side of the square pictures.
        feed: The name of its input.
        fetches: The names of its outputs.
    """
    sys.path.insert(0, str(ROOT / "tests" / "export"))
    from c_api_runner import CApi

    (package,) = find_spec("tensorflow").submodule_search_locations  # type: ignore[union-attr]
    api = CApi(str(Path(package) / LIBRARY), str(folder))
    batch, side = size
    loaded = 0
    for each in (32, side):
        levels = np.random.default_rng(0).integers(0, 256, (batch, each, each, 3), dtype=np.uint8)
        value = levels.astype(np.float32) / 255 if endpoint == "float" else levels
        if endpoint == "encoded":
            value = [png(image) for image in levels]
        if each == side:
            loaded = resident("VmRSS")
            # Sets the peak back to what is resident now.
            Path("/proc/self/clear_refs").write_text("5")
        answer = api.run({feed: value}, fetches)
        if isinstance(answer, tuple):
            raise RuntimeError(answer[1])
    return loaded, resident("VmHWM")


def resident(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(field)).split()[1])


def png(pixels: np.ndarray) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


if __name__ == "__main__":
    main()
