"""The export command: what it writes, and what it refuses before any work."""

import json
from pathlib import Path

from click.testing import CliRunner

from keras_dgggan.cli import main

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments):
    return CliRunner().invoke(main, ["export", *map(str, arguments)])


def test_a_run_is_exported_with_its_recipe_and_what_its_validation_says(generator, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    generator.save(folder / "generator.keras")
    (folder / "recipe.yaml").write_text("name: small\n")
    (folder / "validation.csv").write_text(
        "step,name,psnr_y,ssim_y\n100,a,21,0.5\n100,mean,20.5,0.6\n200,mean,20.25,0.5\n"
    )
    result = run(folder, "-o", tmp_path / "models" / "small", "--max-pixels", 4096)
    assert result.exit_code == 0, result.output
    version = tmp_path / "models" / "small" / "1"
    assert str(version) in result.output
    described = json.loads((version / "model.json").read_text())
    assert described["training"] == {"steps": 200, "psnr_y": 20.5}
    assert described["max_pixels"] == 4096
    assert (version / "recipe.yaml").read_text() == "name: small\n"


def test_the_outputs_ending_chooses_the_format(generator, tmp_path):
    model = tmp_path / "small.keras"
    generator.save(model)
    result = run(model, "-o", tmp_path / "a.keras")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "a.keras").read_bytes().startswith(b"PK")


def test_what_cannot_be_meant_is_refused_before_work(tmp_path):
    (tmp_path / "old.onnx").write_bytes(b"old")
    for wrong, words in [
        (["m", "-o", tmp_path / "a.png", "--format", "onnx"], "ends in .onnx"),
        (["m", "-o", tmp_path / "old.onnx", "--format", "onnx"], "--overwrite"),
        (["m", "-o", tmp_path / "no" / "a.onnx", "--format", "onnx"], "there is no folder"),
        (["m", "-o", tmp_path / "old.onnx"], "--overwrite"),
        (["m", "-o", tmp_path / "a.onnx", "--format", "savedmodel"], "--format onnx"),
        (["m", "-o", tmp_path / "a.tflite", "--format", "keras"], "ends in .keras"),
        (["m", "-o", tmp_path / "a.ONNX"], "ends in .onnx"),
        (["m", "-o", tmp_path / "a.h5"], "writes no .h5 files"),
        (["m", "-o", tmp_path / "a.onnx", "--winograd"], "--winograd goes with"),
        (
            [ROOT / "saved_models/dgggan_x4_light", "-o", tmp_path / "a.onnx"],
            "an exported SavedModel",
        ),
        (["m", "-o", tmp_path, "--side", 64], "--side goes with --format litert"),
        (["m", "-o", tmp_path / "a.tflite", "--format", "litert", "--max-pixels", 9], "savedmodel"),
        (["nothing-there", "-o", tmp_path / "models"], "no model 'nothing-there'"),
    ]:
        result = run(*wrong)
        assert result.exit_code == 2, wrong
        assert words in result.output
    assert not (tmp_path / "models").exists()
