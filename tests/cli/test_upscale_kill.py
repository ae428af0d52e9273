import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def start(folder: Path, nearest: str) -> subprocess.Popen:
    code = "from keras_dgggan.cli import main; main()"
    arguments = ["upscale", "in", "-o", "out", "--model", nearest, "--skip-existing"]
    return subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=folder)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_kill_leaves_no_partial_output_and_another_run_finishes(tmp_path, nearest, rng):
    (tmp_path / "in").mkdir()
    pixels = rng.integers(0, 256, (300, 400, 3), np.uint8)
    for number in range(12):
        Image.fromarray(pixels).save(tmp_path / "in" / f"{number:02}.png", compress_level=1)
    process = start(tmp_path, nearest)
    deadline = time.monotonic() + 120
    # Killed while a file is being written: its temporary name is there.
    while not (list(tmp_path.glob("out/??_sr.png")) and list(tmp_path.glob("out/.tmp-*"))):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL

    finished = {path: path.stat().st_mtime_ns for path in tmp_path.glob("out/??_sr.png")}
    assert 1 <= len(finished) < 12
    for path in finished:
        with Image.open(path) as image:
            image.load()
            assert image.size == (1600, 1200)
    assert start(tmp_path, nearest).wait() == 0
    results = sorted(tmp_path.glob("out/??_sr.png"))
    assert len(results) == 12
    assert all(
        path.stat().st_mtime_ns == finished.get(path, path.stat().st_mtime_ns) for path in results
    )
    for path in results:
        with Image.open(path) as image:
            np.testing.assert_array_equal(np.asarray(image)[::4, ::4], pixels)
