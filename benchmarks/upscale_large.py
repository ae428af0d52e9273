"""Time and memory of `keras-dgggan upscale` on one large picture with the default model.

    python benchmarks/upscale_large.py --output benchmarks/upscale_large.md

The command runs as users run it, on a terminal of its own, so that its progress bar is drawn:
the distinct percentages that it shows are counted. Memory is the peak resident set of the
process, as the operating system tells it when the process ends.
"""

import argparse
import os
import platform
import pty
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from keras_dgggan.presets import DEFAULT_PRESET
from keras_dgggan.recipe import find_recipe, load_recipe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=4096)
    parser.add_argument("--height", type=int, default=2048)
    parser.add_argument("--output", type=Path, help="a Markdown file  [default: standard output]")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = report(Path(folder), arguments.width, arguments.height)
    if arguments.output is None:
        print(text)
    else:
        arguments.output.write_text(text, encoding="utf-8")


def report(folder: Path, width: int, height: int) -> str:
    save_picture(folder / "large.png", width, height)
    start = time.monotonic()
    shown = run(folder)
    seconds = time.monotonic() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    Image.MAX_IMAGE_PIXELS = None  # the result is our own
    with Image.open(folder / "result.png") as result:
        size = f"{result.width}x{result.height}"
    percentages = len(set(re.findall(rb"(\d+) %", shown)))
    network: Any = load_recipe(find_recipe(DEFAULT_PRESET), check_paths=False).network
    features = width * height * 12 * network.filters / 2**30
    return f"""# One large picture with the default model

Made by `python benchmarks/upscale_large.py --width {width} --height {height}`.

| | |
|---|---|
| picture | {width}x{height}, 8-bit RGB PNG |
| result | {size}, 8-bit RGB PNG |
| model | {DEFAULT_PRESET} |
| tile | auto |
| time, with the start of the program and both files | {seconds:.0f} s |
| peak memory (resident) | {peak:.2f} GiB |
| different percentages that the progress bar showed | {percentages} |
| machine | {os.cpu_count()} CPU cores ({platform.machine()}), no GPU |

The features that wait in host memory take 12 bytes a filter and LR pixel: {features:.2f} GiB here.
The result takes {width * height * 16 * 3 / 2**30:.2f} GiB in 8 bits; it is never there in float32.
"""


def save_picture(path: Path, width: int, height: int) -> None:
    """Waves of many lengths and a little noise, so that PNG has something to compress."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    waves = np.stack(
        [np.sin((x + 2 * y) / n) + np.sin(x * y / (n * 4000)) for n in (7, 19, 53)], -1
    )
    noise = np.random.default_rng(0).normal(0, 2, waves.shape)
    Image.fromarray((128 + 55 * waves + noise).clip(0, 255).astype(np.uint8)).save(path)


def run(folder: Path) -> bytes:
    """Run the command on a pseudo-terminal; all that it writes there."""
    code = "from keras_dgggan.cli import main; main()"
    arguments = ["upscale", "large.png", "-o", "result.png"]
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(follower)
    shown = b""
    try:
        while chunk := os.read(leader, 65536):
            shown += chunk
    except OSError:  # how a pseudo-terminal on Linux says that the other end is closed
        pass
    if process.wait() != 0:
        raise SystemExit(shown.decode(errors="replace"))
    return shown


if __name__ == "__main__":
    main()
