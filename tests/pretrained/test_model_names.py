"""Which model a name stands for; no model is loaded."""

from pathlib import Path

import pytest

from keras_dgggan.errors import UsageError
from keras_dgggan.presets import preset_file
from keras_dgggan.pretrained.load import RUN_GENERATOR, keras_file, load_generator, load_model

ROOT = Path(__file__).resolve().parents[2]


def test_presets_run_folders_and_files_are_keras_files(tmp_path):
    (tmp_path / RUN_GENERATOR).write_bytes(b"")
    (tmp_path / "model.npz").write_bytes(b"")
    assert keras_file("dgggan_x4_light") == preset_file("dgggan_x4_light")
    assert keras_file(tmp_path) == keras_file(tmp_path / RUN_GENERATOR) == tmp_path / RUN_GENERATOR
    assert keras_file(tmp_path / "model.npz") is None
    assert keras_file(tmp_path / "nothing.keras") is None


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(tmp_path):
    with pytest.raises(UsageError, match=r"'dgggan_x4_ligth' \(did you mean 'dgggan_x4_light'\?\)"):
        load_model("dgggan_x4_ligth")
    (tmp_path / "quickstart.keras").write_bytes(b"")
    with pytest.raises(UsageError, match=r"did you mean '.*quickstart\.keras'"):
        load_generator(tmp_path / "quickstrat.keras")
    with pytest.raises(UsageError, match=r"give a preset, a run folder, a \.keras"):
        load_generator("nothing-like-it")


def test_a_saved_model_where_a_network_is_wanted_is_named_as_such():
    with pytest.raises(UsageError, match="is a SavedModel, which is known by its results alone"):
        load_generator(ROOT / "saved_models" / "dgggan_x4_light")
