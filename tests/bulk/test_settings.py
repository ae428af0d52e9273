import json
import zipfile
from pathlib import Path

import pytest

from keras_dgggan.bulk.model_files import ModelFiles
from keras_dgggan.bulk.settings import Settings, is_begun, settle
from keras_dgggan.bulk.storage import place_of
from keras_dgggan.errors import UsageError
from keras_dgggan.presets import preset_file

LIGHT, PHOTO = "dgggan_x4_light", "dgggan_x4_photo"


def settled(folder: Path, *, overwrite: bool = False, **options) -> str:
    settings = Settings(**options)
    record = settings.record(settings.models())
    return settle(place_of(str(folder)), record, overwrite=overwrite)


def test_the_same_settings_go_on(tmp_path: Path) -> None:
    assert settled(tmp_path, quality=90) == settled(tmp_path, quality=90)
    assert is_begun(place_of(str(tmp_path)))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"model": PHOTO}, f"the model '{LIGHT}', not '{PHOTO}'"),
        ({"format": "webp"}, "format png, not webp"),
        ({"quality": 80, "suffix": ""}, "suffix _sr, not  and quality 95, not 80"),
        ({"outscale": 3}, "outscale None, not 3"),
        ({"strip_metadata": True}, "strip-metadata False, not True"),
        ({"ensemble": True}, "ensemble False, not True"),
    ],
)
def test_changed_settings_are_refused_and_named(tmp_path: Path, changed: dict, words: str) -> None:
    first = {"model": LIGHT, "format": "png"}
    before = settled(tmp_path, **first)
    with pytest.raises(UsageError, match=f"was begun with {words}: .*--overwrite"):
        settled(tmp_path, **{**first, **changed})
    assert settled(tmp_path, **first) == before
    assert settled(tmp_path, **{**first, **changed}, overwrite=True) != before
    with pytest.raises(UsageError):
        settled(tmp_path, **first)


def test_a_models_content_counts_not_its_name(tmp_path: Path) -> None:
    first = tmp_path / "first.keras"
    first.write_bytes(preset_file(LIGHT).read_bytes())
    own = settled(tmp_path / "out", model=str(first))
    assert settled(tmp_path / "out", model=LIGHT) == own
    first.write_bytes(preset_file(PHOTO).read_bytes())
    with pytest.raises(UsageError, match=r"not '.*first"):
        settled(tmp_path / "out", model=str(first))


def test_what_is_refused_may_change(tmp_path: Path) -> None:
    assert settled(tmp_path) == settled(tmp_path, max_megapixels=1)


def test_models_that_are_not_there_are_named() -> None:
    with pytest.raises(UsageError, match="did you mean 'dgggan_x4_light'"):
        Settings(model="dgggan_x4_ligt").models()


def test_a_models_files_come_out_as_they_went_in(tmp_path: Path) -> None:
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    (run / "generator.keras").write_bytes(preset_file(LIGHT).read_bytes())
    with zipfile.ZipFile(run / "checkpoints" / "step-00000001.npz", "w"):
        pass
    (run / "recipe.yaml").write_text("name: x")
    (tmp_path / "exported" / "3" / "variables").mkdir(parents=True)
    for inside in ("saved_model.pb", "variables/variables.index"):
        (tmp_path / "exported" / "3" / inside).write_text(inside)
    expected = {
        str(run): ["generator.keras"],
        str(run / "checkpoints" / "step-00000001.npz"): [
            "run/checkpoints/step-00000001.npz",
            "run/recipe.yaml",
        ],
        str(tmp_path / "exported"): ["1/saved_model.pb", "1/variables/variables.index"],
    }
    for k, (name, files) in enumerate(expected.items()):
        model = ModelFiles.of(name)
        folder = tmp_path / f"unpacked {k}"
        main = Path(model.unpack(folder))
        found = [path for path in folder.rglob("*") if path.is_file()]
        assert {path.relative_to(folder).as_posix() for path in found} == set(files)
        assert main.exists()
        assert model.bytes == sum(path.stat().st_size for path in found)
    assert ModelFiles.of(LIGHT).digest == ModelFiles.of(str(preset_file(LIGHT))).digest
    assert ModelFiles.of(LIGHT).bytes == 0


def test_settings_are_written_for_people(tmp_path: Path) -> None:
    settled(tmp_path, model=LIGHT)
    told = json.loads((tmp_path / ".bulk" / "settings.json").read_text())
    assert told["model"] == LIGHT and list(told["models"]) == [LIGHT]
