"""`keras-dgggan bulk` measured: planning, throughput beside `upscale`, memory, a killed worker.

    python benchmarks/bulk.py plan --inputs 100000
    python benchmarks/bulk.py throughput --pictures 200 --rounds 3
    python benchmarks/bulk.py kill --pictures 200

Ray runs in a network namespace of its own (`unshare --net`, as root), with a token made for it:
it listens on all addresses that there are. Commands that are compared take turns. Figures are
taken after a quarter of the pictures, so without start-up; processor times hold on a machine that
does other things too.
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
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

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
    """Bulk beside `upscale -r` on the same cores, in turns: processor and wall time a picture."""
    ratios: dict[str, list[float]] = {}
    memory = 0
    cores = min(2, len(os.sched_getaffinity(0)))
    for k in range(rounds):
        for count in range(1, cores + 1):
            mine = bulk(folder / "in", folder / f"bulk {k} {count}", count)
            theirs = upscale(folder / "in", folder / f"upscale {k} {count}", count)
            memory = max(memory, mine.memory)
            print(f"round {k}, {count} cores, processor time and time a picture:")
            print(f"  bulk's workers   {mine.workers:.3f} s")
            print(f"  bulk, all of it  {mine.all:.3f} s  {mine.seconds:.3f} s")
            print(f"  upscale          {theirs.all:.3f} s  {theirs.seconds:.3f} s", flush=True)
            for name, ratio in [
                ("processor time, workers alone", theirs.all / mine.workers),
                ("processor time, all of Ray", theirs.all / mine.all),
                ("wall time", theirs.seconds / mine.seconds),
            ]:
                ratios.setdefault(f"{count} cores, {name}", []).append(ratio)
    print("throughput of bulk over upscale:")
    for name, values in ratios.items():
        spread = f"{min(values):.2f} to {max(values):.2f}"
        print(f"  {name:40} {statistics.median(values):.2f}  ({spread})")
    print(f"memory of a worker: {memory / 2**20:.0f} MiB")


def kill(folder: Path, rounds: int) -> None:
    """Seconds that a worker's death costs, of two."""
    lost = []
    for k in range(rounds):
        plain = bulk(folder / "in", folder / f"plain {k}", 2).worked
        killed = bulk(folder / "in", folder / f"killed {k}", 2, kill=True).worked
        lost.append(killed - plain)
        print(f"round {k}: {plain:.1f} s, with a worker killed {killed:.1f} s", flush=True)
    print(f"lost to a kill: {statistics.median(lost):.1f} s")


@dataclass
class Measured:
    """What a command took, by picture, after its first quarter of them.

    Attributes:
        workers: Processor time of the workers.
        all: Processor time of all processes.
        seconds: Time.
        memory: The most resident bytes of a worker.
        worked: Seconds from the start of work to its end, as the command says.
    """

    workers: float
    all: float
    seconds: float
    memory: int
    worked: float = 0.0


def bulk(source: Path, target: Path, workers: int, *, kill: bool = False) -> Measured:
    command = [*COMMAND, "bulk", str(source), str(target), *MODEL, "--workers", str(workers)]
    measured, told = watched([*command, "--json"], source, target, {}, kill=kill)
    measured.worked = json.loads(told)["seconds"]
    return measured


def upscale(source: Path, target: Path, threads: int) -> Measured:
    command = [*COMMAND, "upscale", str(source), "-r", "-o", str(target), *MODEL, "-q"]
    limits = dict.fromkeys(["OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"], str(threads))
    return watched(command, source, target, limits)[0]


def watched(
    command: list[str], source: Path, target: Path, more: dict[str, str], *, kill: bool = False
) -> tuple[Measured, str]:
    """Run a command; count outputs and processor time. No other processes are in our namespace."""
    run = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **more},
    )  # fmt: skip
    count = len(list(source.iterdir()))
    samples: list[tuple[int, float, float, float]] = []
    memory = 0
    while run.poll() is None:
        made = len(list(target.glob("[!.]*.png"))) if target.is_dir() else 0
        cpu = {"workers": 0.0, "all": 0.0}
        for process in psutil.process_iter(["cmdline", "memory_info", "cpu_times"]):
            facts = process.info
            if process.pid == os.getpid() or facts["cpu_times"] is None:
                continue
            used = facts["cpu_times"].user + facts["cpu_times"].system
            cpu["all"] += used
            if (facts["cmdline"] or [""])[0].startswith("ray::MapWorker"):
                cpu["workers"] += used
                memory = max(memory, facts["memory_info"].rss)
                if kill and made > count // 4:
                    process.send_signal(signal.SIGKILL)
                    kill = False
        if count // 4 <= made < count:
            samples.append((made, cpu["workers"], cpu["all"], time.monotonic()))
        time.sleep(0.2)
    told, errors = run.communicate()
    if run.returncode:
        raise RuntimeError(errors)
    first, last = np.array(samples[0]), np.array(samples[-1])
    made, workers, everything, seconds = last - first
    return Measured(workers / made, everything / made, seconds / made, memory), told


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
