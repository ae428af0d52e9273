"""A folder of small pictures through `keras-dgggan upscale`, beside the network alone.

    python benchmarks/folder.py [--format jpg]

The network alone is the engine's call for each picture, one after the other, all in memory, after a
first round to warm up. The command reads and writes files; its process is timed from start to end,
with all pictures and with the first one alone. Both take turns. What the pictures beyond the first
take in the command, over what the network takes for them, is the ratio.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from inference import machine

from keras_dgggan import Upscaler
from keras_dgggan.data.bundled import SkimageSource
from keras_dgggan.images import Picture, write_image

# Pixels a side, from and to.
HEIGHTS, WIDTHS = (96, 150), (96, 180)


def crops(count: int) -> list[np.ndarray]:
    """Parts of a photograph, the same ones each time."""
    photograph = SkimageSource(["astronaut"]).load(0).hr
    rng = np.random.default_rng(0)
    pictures = []
    for _ in range(count):
        size = [int(rng.integers(*sides, endpoint=True)) for sides in (HEIGHTS, WIDTHS)]
        y, x = (
            int(rng.integers(0, whole - side))
            for whole, side in zip(photograph.shape, size, strict=False)
        )
        pictures.append(photograph[y : y + size[0], x : x + size[1]])
    return pictures


def timed(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--format", default="png")
    parser.add_argument("--model", default="dgggan_x4_light")
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()
    pictures = crops(arguments.pictures)
    floats = [np.float32(picture) / 255 for picture in pictures]
    engine = Upscaler(arguments.model).engine
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        source, target = Path(temporary) / "in", Path(temporary) / "out"
        source.mkdir()
        for number, pixels in enumerate(pictures):
            write_image(Picture(pixels), source / f"{number:04}.{arguments.format}")
        command = [sys.executable, "-m", "keras_dgggan", "upscale", "--overwrite"]
        command += ["--model", arguments.model, "-o", str(target)]
        first = str(min(source.iterdir()))
        for repetition in range(arguments.repetitions + 1):
            alone = []
            for image in floats:
                start = time.perf_counter()
                engine.whole(image, ("image",))
                alone.append(time.perf_counter() - start)
            row = [sum(alone), timed([*command, first]), timed([*command, str(source)])]
            row.append((row[2] - row[1]) / sum(alone[1:]))
            if repetition:
                rows.append(row)
            print(*(f"{value:.3f}" for value in row), file=sys.stderr, flush=True)
    network, one, whole, ratios = zip(*rows, strict=True)
    print(f"{machine(None, None)}; {arguments.model}, {arguments.pictures} pictures, ", end="")
    print(f"{arguments.format}, {arguments.repetitions} repetitions\n")
    print("| the network alone | the command, one picture | all of them | ratio |")
    print("|---|---|---|---|")
    times = " | ".join(f"{statistics.median(column):.2f} s" for column in (network, one, whole))
    ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    print(f"| {times} | {ratio} |")


if __name__ == "__main__":
    main()
