"""What every test process starts with, and the examples of docstrings as tests."""

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any

import pytest

# Processes that tests start inherit all of it.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
if "PYTEST_XDIST_WORKER" in os.environ:
    # Workers that each take all cores wait for each other.
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")

PACKAGE = Path(__file__).parent / "keras_dgggan"


def pytest_configure(config: pytest.Config) -> None:
    """Gives the run a temporary folder and a cache of its own, removed when the run ends.

    A process that is killed cannot remove what it, TensorFlow or TFDS left there. What tests wrote
    is kept by `--basetemp FOLDER`.
    """
    if hasattr(config, "workerinput"):
        return
    folder = tempfile.mkdtemp(prefix="keras-dgggan-tests-")
    # Registered before TensorFlow's own clean-up, so it runs after that; for SIGTERM as well.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.update(dict.fromkeys(["TMPDIR", "TEMP", "TMP"], folder))
    os.environ["KERAS_DGGGAN_CACHE"] = os.path.join(folder, "cache")
    tempfile.tempdir = None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.option.markexpr == "not slow":
        terminalreporter.line("Tests marked slow were left out: -m slow runs them, -m '' all.")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The examples in a module of the package are tests, with `--doctest-modules` or without."""
    from _pytest.doctest import DoctestModule

    ours = file_path.suffix == ".py" and PACKAGE in file_path.parents
    if not ours or file_path.name == "__main__.py" or parent.config.option.doctestmodules:
        return None
    return DoctestModule.from_parent(parent, path=file_path)


@pytest.fixture(autouse=True)
def _example(request: pytest.FixtureRequest) -> None:
    """An example starts in an empty folder and knows NumPy and the package's public names."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    import numpy as np

    import keras_dgggan

    names: dict[str, Any] = request.getfixturevalue("doctest_namespace")
    names["np"] = np
    names.update((name, getattr(keras_dgggan, name)) for name in keras_dgggan.__all__)
    request.getfixturevalue("monkeypatch").chdir(request.getfixturevalue("tmp_path"))
