import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checks import python
from PIL import Image

from keras_dgggan.bulk.settings import Settings, settle
from keras_dgggan.bulk.storage import place_of
from keras_dgggan.bulk.worker import Worker
from keras_dgggan.errors import OutputError


@pytest.fixture(autouse=True)
def _threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a worker sets for its process is undone."""
    for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        monkeypatch.setenv(name, "1")


def worker(folder: Path, **options: Any) -> Worker:
    settings = Settings(**options)
    models = settings.models()
    own = settle(place_of(str(folder / "out")), settings.record(models), overwrite=True)
    return Worker(str(folder / "out"), settings, models, own, 1)


def job(folder: Path, name: str, format: str = "png") -> dict[str, str]:
    return {"input": str(folder / name), "output": f"sub/{name}", "format": format}


def save(path: Path, seed: int = 0, **options: Any) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, **options)


def test_rows_tell_what_was_made(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    (row,) = worker(tmp_path, model="dgggan_x4_light")([job(tmp_path, "a.png")])
    made = (tmp_path / "out" / "sub" / "a.png").read_bytes()
    assert (row["width"], row["height"], row["model"]) == (64, 48, "dgggan_x4_light")
    assert (row["output_bytes"], row["sha256"]) == (len(made), sha256(made).hexdigest())
    assert row["input_bytes"] == (tmp_path / "a.png").stat().st_size
    assert row["seconds"] > 0 and "error" not in row


def test_a_bad_picture_is_a_row_and_the_rest_goes_on(tmp_path: Path) -> None:
    save(tmp_path / "good.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG and no more")
    (tmp_path / "empty.png").touch()
    Image.new("RGB", (4097, 1)).save(tmp_path / "wide.webp")
    names = ["broken.png", "none.png", "empty.png", "wide.webp", "good.png"]
    jobs = [job(tmp_path, name, "webp" if name == "wide.webp" else "png") for name in names]
    jobs.append({"input": "nonsense://x/a.png", "output": "a.png", "format": "png"})
    rows = worker(tmp_path, model="dgggan_x4_light")(jobs)
    errors = [row.get("error") for row in rows]
    assert errors[4] is None
    expected = ["cut short or damaged", "no such file", "is empty", "would be 16388x4"]
    for error, words, each in zip(errors, expected, jobs, strict=False):
        assert words in error and each["input"].rsplit(os.sep, 1)[-1] in error
    assert "nonsense://x" in errors[5]
    assert [path.name for path in (tmp_path / "out" / "sub").iterdir()] == ["good.png"]


def test_writing_again_gives_the_same_file(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    one = worker(tmp_path, model="dgggan_x4_light")
    first, second = (one([job(tmp_path, "a.png")])[0]["sha256"] for _ in range(2))
    assert first == second
    assert [path.name for path in (tmp_path / "out" / "sub").iterdir()] == ["a.png"]


def test_auto_chooses_for_each_picture(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    save(tmp_path / "b.jpg", quality=60)
    rows = worker(tmp_path)([job(tmp_path, "a.png"), job(tmp_path, "b.jpg", "jpg")])
    assert [row["model"] for row in rows] == ["dgggan_x4_light", "dgggan_x4_photo"]


def test_a_machine_that_does_not_see_the_output_says_so(tmp_path: Path) -> None:
    one = worker(tmp_path)
    (tmp_path / "out" / ".bulk" / "settings.json").unlink()
    with pytest.raises(OutputError, match="a folder that all machines share"):
        one([job(tmp_path, "a.png")])


def test_a_worker_with_a_preset_needs_neither_tensorflow_nor_ray(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "a.png")
    code = f"""
import sys
from pathlib import Path
from keras_dgggan.bulk.settings import Settings, settle
from keras_dgggan.bulk.storage import place_of
from keras_dgggan.bulk.worker import Worker
settings = Settings(model="dgggan_x4_light", engine="onnxruntime")
models = settings.models()
settle(place_of("out"), settings.record(models), overwrite=False)
worker = Worker("out", settings, models, "0", 1)
worker([{{"input": {str(tmp_path / "a.png")!r}, "output": "a.png", "format": "png"}}])
print([name for name in ("tensorflow", "keras", "ray", "pyarrow") if name in sys.modules])
"""
    monkeypatch.chdir(tmp_path)
    assert python(code, fresh=True).strip() == "[]"


def test_files_are_what_upscale_writes_at_the_same_threads(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    save(tmp_path / "b.jpg", quality=60, dpi=(300, 300))
    worker(tmp_path)([job(tmp_path, "a.png"), job(tmp_path, "b.jpg", "jpg")])
    code = f"""
from keras_dgggan.cli import main
names = [{str(tmp_path / "a.png")!r}, {str(tmp_path / "b.jpg")!r}]
main(["upscale", *names, "-o", {str(tmp_path / "ours")!r}, "-q"], standalone_mode=False)
"""
    python(code, OMP_NUM_THREADS="1", fresh=True)
    for name in ("a", "b"):
        (ours,) = (tmp_path / "ours").glob(f"{name}_sr.*")
        (theirs,) = (tmp_path / "out" / "sub").glob(f"{name}.*")
        assert ours.read_bytes() == theirs.read_bytes()
