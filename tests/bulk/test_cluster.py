"""Bulk runs on a real cluster that loses a worker, a node and a driver; see cluster_scenario.py."""

import functools
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cluster_scenario import BROKEN, DENIED, IN_BUCKET, PICTURES
from pyarrow import parquet

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

# No network but its own, for Ray listens on all addresses; no process of it is left at the end.
_NAMESPACES = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]


@dataclass
class Seen:
    """What the scenario left."""

    folder: Path
    killed: dict[str, Any]
    bucket: dict[str, Any]


@functools.cache
def ray_python() -> str:
    """An interpreter that has Ray and moto, or the test is skipped."""
    found = os.environ.get("KERAS_DGGGAN_RAY", sys.executable)
    code = "import importlib.util as u; assert all(map(u.find_spec, ['ray', 'pandas', 'moto']))"
    if subprocess.run([found, "-c", code], capture_output=True).returncode:
        pytest.skip(
            "no Ray with moto: pip install 'keras-dgggan[ray]' 'moto[server]', or name the "
            "interpreter of an environment that has them by KERAS_DGGGAN_RAY"
        )
    if (
        not shutil.which("unshare")
        or subprocess.run([*_NAMESPACES, "true"], capture_output=True).returncode
    ):
        pytest.skip("no namespaces for Ray, which would listen on all of this machine's addresses")
    return found


@pytest.fixture(scope="module")
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    python = ray_python()
    folder = tmp_path_factory.mktemp("bulk")
    script = Path(__file__).with_name("cluster_scenario.py")
    command = 'ip link set lo up && exec "$@"'
    # Sockets below a longer path have names that are too long.
    sessions = tempfile.mkdtemp(dir="/tmp")
    request.addfinalizer(lambda: shutil.rmtree(sessions, ignore_errors=True))
    result = subprocess.run(
        [*_NAMESPACES, "sh", "-c", command, "sh", python, str(script), str(folder)],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_TMPDIR": sessions,
        },
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert result.returncode == 0, result.stderr[-6000:]
    return Seen(folder, **json.loads((folder / "seen.json").read_text()))


def manifest(folder: Path) -> dict[str, dict[str, Any]]:
    rows = parquet.read_table(folder / "manifest.parquet").to_pylist()
    assert len({row["output"] for row in rows}) == len(rows)
    return {row["output"]: row for row in rows}


def check_whole(folder: Path, expected: int) -> None:
    """The outputs are those of the manifest, byte for byte, and nothing else is there."""
    rows = manifest(folder)
    found = {path.name: path for path in folder.rglob("*.png")}
    assert sorted(found) == sorted(name for name, row in rows.items() if row["error"] is None)
    assert len(found) == expected
    for name, path in found.items():
        assert sha256(path.read_bytes()).hexdigest() == rows[name]["sha256"]


def test_a_worker_killed_while_it_writes_and_a_node_killed_lose_nothing(seen: Seen) -> None:
    killed = seen.killed
    # There was a worker in the middle of a write, and pictures were left when the node went.
    assert Path(killed["stalled"]).name in killed["half_written"]
    assert killed["still_running"]
    assert killed["exit_code"] == 0, killed["errors"]
    summary = killed["summary"]
    assert (summary["done"], summary["failed"], summary["skipped"]) == (PICTURES, 0, 0)
    check_whole(seen.folder / "out", PICTURES)


def test_the_outputs_are_what_upscale_writes_at_the_same_threads(seen: Seen) -> None:
    ours = seen.folder / "upscale"
    code = f"""
from keras_dgggan.cli import main
main(["upscale", {str(seen.folder / "in")!r}, "-o", {str(ours)!r}, "-q", "--model",
      "dgggan_x4_light"], standalone_mode=False)
"""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, cwd=ROOT)
    names = sorted(path.name for path in ours.iterdir())
    assert len(names) == PICTURES
    for name in names:
        assert (ours / name).read_bytes() == (seen.folder / "out" / name).read_bytes()


def test_a_killed_driver_is_gone_on_with_and_bad_pictures_are_told(seen: Seen) -> None:
    bucket = seen.bucket
    assert 20 <= bucket["at_kill"] < IN_BUCKET - 2
    assert bucket["exit_code"] == 1
    summary = bucket["summary"]
    assert sorted(summary["failures"]) == [f"s3://pictures/in/{name}" for name in (BROKEN, DENIED)]
    assert "damaged" in summary["failures"][f"s3://pictures/in/{BROKEN}"]
    assert "access is denied" in summary["failures"][f"s3://pictures/in/{DENIED}"]
    assert summary["skipped"] + summary["done"] == IN_BUCKET - 2
    # What was not in the manifest yet when the driver was killed is made once more.
    assert summary["done"] >= IN_BUCKET - 2 - bucket["at_kill"]


def test_a_bucket_holds_every_output_once_and_the_manifest(seen: Seen) -> None:
    check_whole(seen.folder / "bucket" / "out", IN_BUCKET - 2)
    own = [key for key in seen.bucket["keys"] if not key.endswith("_sr.png")]
    assert own == ["out/.bulk/settings.json", "out/manifest.parquet"]
    rows = manifest(seen.folder / "bucket" / "out")
    assert len(rows) == IN_BUCKET
    assert rows[BROKEN.replace(".png", "_sr.png")]["sha256"] is None


def test_at_the_end_only_what_failed_is_left_to_do(seen: Seen) -> None:
    assert seen.bucket["dry_run"]["planned"] == 2
    assert seen.bucket["dry_run"]["skipped"] == IN_BUCKET - 2
