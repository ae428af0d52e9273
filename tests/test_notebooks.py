"""The notebooks run from their first cell to their last."""

import shutil
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["upscale_and_serve", "fine_tune"])
def test_a_notebook_runs_and_is_stored_without_outputs(name, tmp_path, monkeypatch):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    nbformat.validate(notebook)
    # What it writes beside itself must not stay in the checkout.
    (tmp_path / "docs" / "images").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    shutil.copy(FOLDER.parent / "docs" / "images" / "cat.png", tmp_path / "docs" / "images")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    nbclient.NotebookClient(
        notebook, timeout=600, resources={"metadata": {"path": str(tmp_path / "notebooks")}}
    ).execute()
    assert any("image/png" in str(cell.get("outputs")) for cell in notebook.cells)
