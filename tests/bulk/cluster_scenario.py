"""Bulk runs on a cluster of two nodes that lose a worker, a node and a driver.

    python cluster_scenario.py FOLDER

Runs in namespaces of its own: Ray listens on all addresses that there are. Writes what it saw to
FOLDER/seen.json, for the tests.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

PICTURES, IN_BUCKET = 30, 200
BROKEN, DENIED = "photo 007.png", "photo 011.png"

# In the workers' path: the first picture that is written waits before it gets its name.
_STALLED_WRITE = """
import os, time
_fsync, _marker = os.fsync, os.environ.get("STALL_MARKER")
def fsync(descriptor):
    name = os.readlink(f"/proc/self/fd/{descriptor}")
    if _marker and name.endswith(".png"):
        try:
            with open(_marker, "x") as file:
                file.write(f"{os.getpid()} {name}")
        except FileExistsError:
            pass
        else:
            time.sleep(600)
    return _fsync(descriptor)
os.fsync = fsync
"""


def main(folder: Path) -> None:
    make_pictures(folder / "in", PICTURES)
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(_STALLED_WRITE)
    marker = folder / "stalled"
    os.environ["STALL_MARKER"] = str(marker)
    path = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder / "site"), path])
    bucket = Bucket(folder)
    cluster, second = started()
    seen: dict[str, Any] = {}
    try:
        seen["killed"] = worker_and_node_killed(folder, marker, cluster, second)
        seen["bucket"] = driver_killed(bucket, cluster.address)
    finally:
        bucket.stop()
        cluster.shutdown()
    (folder / "seen.json").write_text(json.dumps(seen))


def started() -> tuple[Any, Any]:
    """A cluster and its second node; a node that takes longer than Ray waits is tried again."""
    import psutil
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
    tries = 4
    while True:
        try:
            cluster = Cluster(True, False, {**node, "include_dashboard": False})
            return cluster, cluster.add_node(**node)
        except Exception as error:
            tries -= 1
            if "timed out during startup" not in str(error) or not tries:
                raise
            # No processes but ours are in this namespace.
            for process in psutil.process_iter():
                if process.name() in ("raylet", "gcs_server"):
                    process.kill()


def worker_and_node_killed(folder: Path, marker: Path, cluster: Any, second: Any) -> dict[str, Any]:
    output = folder / "out"
    run = bulk(str(folder / "in"), str(output), cluster.address)
    wait_for(lambda: marker.exists() and marker.read_text() != "", "a worker that writes", run)
    process, name = marker.read_text().split(" ", 1)
    unnamed = [path.name for path in output.rglob("*") if path.suffix == ".png"]
    os.kill(int(process), signal.SIGKILL)
    before = time.monotonic()
    wait_for(lambda: len(finished(output)) >= 6, "pictures after the worker", run)
    left = run.poll() is None
    cluster.remove_node(second, allow_graceful=False)
    summary, errors = ended(run)
    return {
        "stalled": name,
        "half_written": unnamed,
        "still_running": left,
        "seconds": time.monotonic() - before,
        "summary": summary,
        "exit_code": run.returncode,
        "errors": errors,
    }


def driver_killed(bucket: "Bucket", address: str) -> dict[str, Any]:
    bucket.fill(IN_BUCKET)
    run = bulk("s3://pictures/in", "s3://pictures/out", address)
    wait_for(lambda: len(bucket.keys("out/photo")) >= 20, "pictures in the bucket", run)
    run.kill()
    run.wait()
    at_kill = bucket.keys("out/photo")
    again = bulk("s3://pictures/in", "s3://pictures/out", address)
    summary, errors = ended(again)
    third = bulk("s3://pictures/in", "s3://pictures/out", address, "--dry-run")
    last, _ = ended(third)
    bucket.download("out/")
    return {
        "at_kill": len(at_kill),
        "summary": summary,
        "exit_code": again.returncode,
        "errors": errors,
        "dry_run": last,
        "keys": bucket.keys("out/"),
    }


def bulk(source: str, target: str, address: str, *more: str) -> "subprocess.Popen[str]":
    model = ["--model", "dgggan_x4_light", "--json", "--address", address]
    command = [sys.executable, "-m", "keras_dgggan", "bulk", source, target, *model, *more]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def ended(run: "subprocess.Popen[str]") -> tuple[dict[str, Any], str]:
    told, errors = run.communicate(timeout=300)
    try:
        return json.loads(told), errors
    except ValueError:
        raise RuntimeError(f"no summary, but {told!r} and {errors!r}") from None


def finished(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.png") if not path.name.startswith(".")]


def wait_for(met: Callable[[], bool], what: str, run: "subprocess.Popen[str]") -> None:
    until = time.monotonic() + 240
    while not met():
        if run.poll() is not None:
            raise RuntimeError(f"no {what}: the command ended with {run.communicate()}")
        if time.monotonic() > until:
            run.kill()
            raise RuntimeError(f"no {what} in time: {run.communicate()}")
        time.sleep(0.05)


def make_pictures(folder: Path, count: int) -> None:
    folder.mkdir()
    levels = np.random.default_rng(0).integers(0, 256, (count, 24, 32, 3), dtype=np.uint8)
    for k, pixels in enumerate(levels):
        Image.fromarray(pixels).save(folder / f"photo {k:03d}.png")


class Bucket:
    """A bucket of moto's S3 server."""

    def __init__(self, folder: Path) -> None:
        import boto3

        self._folder = folder
        os.environ |= {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:5555",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "5555"]
        self._server = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._client = boto3.client("s3")

    def fill(self, count: int) -> None:
        self._client.create_bucket(Bucket="pictures")
        make_pictures(self._folder / "for_bucket", count)
        for path in sorted((self._folder / "for_bucket").iterdir()):
            data = b"\x89PNG and no more" if path.name == BROKEN else path.read_bytes()
            self._client.put_object(Bucket="pictures", Key=f"in/{path.name}", Body=data)
        denied = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::pictures/in/{DENIED}",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
        self._client.put_bucket_policy(Bucket="pictures", Policy=policy)

    def keys(self, prefix: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket="pictures", Prefix=prefix
        )
        found = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        # Arrow leaves empty objects that stand for folders.
        return [key for key in found if not key.endswith("/")]

    def download(self, prefix: str) -> None:
        for key in self.keys(prefix):
            target = self._folder / "bucket" / key
            target.parent.mkdir(parents=True, exist_ok=True)
            body = self._client.get_object(Bucket="pictures", Key=key)["Body"]
            target.write_bytes(body.read())

    def stop(self) -> None:
        self._server.terminate()
        self._server.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
