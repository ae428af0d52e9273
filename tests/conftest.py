"""Fixtures shared by the whole suite."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
if sys.platform == "win32":
    # They bound a process, or look into one, by what only Unix has.
    collect_ignore = ["images/test_damaged_files.py", "test_windows.py"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on public test sets, which are no part of a clone, count as slow."""
    for item in items:
        if {"shared_data", "shared_weights"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public test sets, where there is one."""
    folder = Path(os.environ.get("KERAS_DGGGAN_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no test sets at {folder}: set KERAS_DGGGAN_DATA to a folder with Set5/ ...")
    return folder


@pytest.fixture(scope="session")
def shared_weights(shared_data: Path) -> Path:
    """The folder of pretrained feature networks beside the test sets."""
    folder = shared_data.parent / "weights"
    if not folder.is_dir():
        pytest.skip(f"no pretrained feature networks at {folder}")
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20230110)
