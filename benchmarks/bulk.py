"""`keras-dgggan bulk` measured: planning, throughput beside `upscale`, memory, a killed worker.

    python benchmarks/bulk.py plan --inputs 100000
    python benchmarks/bulk.py throughput --pictures 200 --rounds 3
    python benchmarks/bulk.py kill --pictures 200

Ray runs in a network namespace of its own (`unshare --net`, as root), with a token made for it:
it listens on all addresses that there are. Commands that are compared take turns, so that what
else the machine does is shared by both; times of start-up are told apart.
"""

import argparse
import json
import os
import platform
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "keras_dgggan"]
MODEL = ["--model", "dgggan_x4_light"]
ALONE = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["plan", "throughput", "kill"])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--size", type=int, nargs=2, default=(128, 96), help="Width and height.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.what != "plan" and not options.inside:
        script = 'ip link set lo up && exec "$@"'
        again = [sys.executable, __file__, *sys.argv[1:], "--inside"]
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
        }
        raise SystemExit(
            subprocess.run([*ALONE, "sh", "-c", script, "sh", *again], env=environment).returncode
        )
    print(f"{cpu()}, {len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        if options.what == "plan":
            plan(Path(folder), options.inputs)
        else:
            make_pictures(Path(folder, "in"), options.pictures, options.size)
            measure = throughput if options.what == "throughput" else kill
            measure(Path(folder), options.rounds)


def plan(folder: Path, inputs: int) -> None:
    """Time and memory of planning and of the manifest, each in a process of its own."""
    for k in range(inputs):
        if k % 1000 == 0:
            (folder / "in" / f"batch {k // 1000:04d}").mkdir(parents=True)
        (folder / "in" / f"batch {k // 1000:04d}" / f"photograph {k:07d}.jpg").touch()
    for step in ("plan", "manifest", "plan again"):
        done = subprocess.run(
            [sys.executable, "-c", PLANNED, str(folder), step],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        seconds, base, peak, told = json.loads(done.stdout)
        memory = f"{(peak - base) / 1024:.0f} MiB over {base // 1024}"
        print(f"{step:10}: {told}, {seconds:.1f} s, {memory}")


PLANNED = """
import json, resource, sys, time
from hashlib import sha256
from pathlib import Path
import pyarrow.parquet
from keras_dgggan.bulk.inputs import list_inputs
from keras_dgggan.bulk.manifest import Manifest
from keras_dgggan.bulk.plan import make_plan
from keras_dgggan.bulk.settings import Settings
from keras_dgggan.bulk.storage import place_of

folder, step = Path(sys.argv[1]), sys.argv[2]
output = place_of(str(folder / "out"))
used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
settings, start, base = Settings(model="dgggan_x4_light"), time.monotonic(), used()
if step.startswith("plan"):
    file = folder / "plan.parquet"
    entries = list_inputs(str(folder / "in"), output)
    made = make_plan(entries, output, settings, "now", file, replace=True)
    size = f"{file.stat().st_size / 1e6:.1f} MB of plan"
    told = f"{made.count:,} to do, {made.skipped:,} done, {size}"
else:
    plan = pyarrow.parquet.ParquetFile(folder / "plan.parquet")
    with Manifest(output).writer() as add:
        for batch in plan.iter_batches(16):
            rows = batch.to_pylist()
            for row in rows:
                target = folder / "out" / row["output"]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.touch()
                row |= {"width": 64, "height": 48, "input_bytes": 0, "output_bytes": 0}
                row |= {"model": settings.model}
                row |= {"sha256": sha256(target.name.encode()).hexdigest(), "seconds": 0.1}
                row |= {"machine": "a", "settings": "now"}
            add(rows)
    told = f"{(folder / 'out' / 'manifest.parquet').stat().st_size / 1e6:.1f} MB of manifest"
print(json.dumps([time.monotonic() - start, base, used(), told]))
"""


def throughput(folder: Path, rounds: int) -> None:
    """Pictures a second of bulk and of `upscale -r` on the same cores, in turns."""
    rates: dict[str, list[float]] = {}
    memory = []
    cores = min(2, len(os.sched_getaffinity(0)))
    for k in range(rounds):
        for count in range(1, cores + 1):
            mine = bulk(folder / "in", folder / f"bulk {k} {count}", count)
            theirs = upscale(folder / "in", folder / f"upscale {k} {count}", count)
            memory.append(mine["memory"])
            rates.setdefault(f"upscale, {count} threads", []).append(theirs)
            rates.setdefault(f"bulk, {count} workers", []).append(mine["rate"])
            rates.setdefault(f"bulk over upscale, {count} cores", []).append(mine["rate"] / theirs)
            told = (
                f"bulk {mine['rate']:.2f}/s after {mine['startup']:.0f} s, upscale {theirs:.2f}/s"
            )
            print(
                f"round {k}, {count} cores: {told}, ratio {mine['rate'] / theirs:.2f}", flush=True
            )
    for name, values in rates.items():
        print(
            f"{name:28} {statistics.median(values):.2f}  ({min(values):.2f} to {max(values):.2f})"
        )
    print(f"memory of a worker           {max(memory) / 2**20:.0f} MiB")


def kill(folder: Path, rounds: int) -> None:
    """Seconds that a worker's death costs, of two."""
    lost = []
    for k in range(rounds):
        plain = bulk(folder / "in", folder / f"plain {k}", 2)["seconds"]
        killed = bulk(folder / "in", folder / f"killed {k}", 2, kill=True)["seconds"]
        lost.append(killed - plain)
        print(f"round {k}: {plain:.1f} s, with a worker killed {killed:.1f} s", flush=True)
    print(f"lost to a kill: {statistics.median(lost):.1f} s")


def bulk(source: Path, target: Path, workers: int, *, kill: bool = False) -> dict[str, Any]:
    run = subprocess.Popen(
        [*COMMAND, "bulk", str(source), str(target), *MODEL, "--json", "--workers", str(workers)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    peak = [0]
    watch = threading.Thread(target=watch_workers, args=(run, target, peak, kill), daemon=True)
    watch.start()
    told, errors = run.communicate()
    watch.join()
    if run.returncode:
        raise RuntimeError(errors)
    summary = json.loads(told)
    return {
        "rate": summary["done"] / summary["seconds"],
        "seconds": summary["seconds"],
        "startup": summary["startup_seconds"],
        "memory": peak[0],
    }


def watch_workers(run: Any, target: Path, peak: list[int], kill: bool) -> None:
    """Note the most memory that a worker takes; kill one when a few pictures are there."""
    import psutil

    while run.poll() is None:
        for process in psutil.process_iter(["cmdline", "memory_info"]):
            if not (process.info["cmdline"] or [""])[0].startswith("ray::MapWorker"):
                continue
            if process.info["memory_info"] is not None:
                peak[0] = max(peak[0], process.info["memory_info"].rss)
            if kill and len(list(target.glob("*.png"))) > 8:
                process.send_signal(signal.SIGKILL)
                kill = False
        time.sleep(0.5)


def upscale(source: Path, target: Path, threads: int) -> float:
    """Pictures a second, without the time to start."""
    done = subprocess.run(
        [*COMMAND, "upscale", str(source), "-r", "-o", str(target), *MODEL, "--json", "-q"],
        env={**os.environ, "OMP_NUM_THREADS": str(threads), "TF_NUM_INTRAOP_THREADS": str(threads)},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    results = json.loads(done.stdout)["results"]
    return len(results) / sum(result["seconds"] for result in results)


def make_pictures(folder: Path, count: int, size: tuple[int, int]) -> None:
    from PIL import Image

    folder.mkdir()
    generator = np.random.default_rng(0)
    for k in range(count):
        coarse = generator.integers(0, 256, (size[1] // 8, size[0] // 8, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(folder / f"{k:05d}.png")


def cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()


if __name__ == "__main__":
    main()
