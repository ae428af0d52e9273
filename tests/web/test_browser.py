"""The page in a browser: what `npm test` in web/ checks, where Node.js and Chromium are."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from keras_dgggan.web import runtime

WEB = Path(__file__).resolve().parents[2] / "web"
BROWSERS = ("chromium", "google-chrome", "chromium-browser")


def test_the_page_is_tested_with_the_runtime_that_is_packaged():
    package = json.loads((WEB / "package.json").read_text())
    assert package["devDependencies"]["onnxruntime-web"] == runtime.VERSION
    lock = json.loads((WEB / "package-lock.json").read_text())
    locked = lock["packages"]["node_modules/onnxruntime-web"]
    assert locked["integrity"] == f"sha512-{runtime._INTEGRITY}"
    assert locked["version"] == runtime.VERSION


@pytest.mark.slow
def test_the_page_passes_its_own_tests():
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if shutil.which("npm") is None:
        pytest.skip("no npm: install Node.js 20 or later")
    if browser is None:
        pytest.skip("no Chromium: install it, or name it by CHROMIUM")
    if not (WEB / "node_modules").is_dir():
        pytest.skip("no packages of the page: run `npm ci` in web/")
    done = subprocess.run(
        ["npm", "test"],
        cwd=WEB,
        env={**os.environ, "PYTHON": sys.executable, "CHROMIUM": browser},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
