"""The picture of what a recipe trains on, by the command that draws it."""

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_dgggan.cli import main
from keras_dgggan.data.photo_degradation import jpeg
from keras_dgggan.images.resize import imresize

RECIPE = """\
name: test
data:
  train: {{source: folder, path: {folder}}}
  lr_crop: 24
  degradation: {degradation}
training: {{steps: 1, seed: 3}}
"""
LABEL, GAP = 19, 10


@pytest.fixture
def photo(tmp_path):
    import skimage.data

    pixels = skimage.data.astronaut()[:96, 150:246]
    (tmp_path / "in").mkdir()
    Image.fromarray(pixels).save(tmp_path / "in" / "astronaut.png")
    return pixels


def preview(tmp_path, degradation, *arguments):
    (tmp_path / "r.yaml").write_text(RECIPE.format(folder="in", degradation=degradation))
    command = ["recipes", "preview", str(tmp_path / "r.yaml"), *arguments]
    return CliRunner().invoke(main, command)


def panel(sheet, row, column):
    top = GAP + LABEL + row * (LABEL + 96 + GAP)
    left = GAP + column * (96 + GAP)
    return sheet[top : top + 96, left : left + 96]


def test_a_sheet_shows_hr_and_the_lr_that_training_would_see(tmp_path, photo):
    file = "{probability: 1.0, quality: [70, 70], full_chroma: 0.0}"
    degradation = f"{{kind: photo, last: {{compression: {file}}}}}"
    output = tmp_path / "sheet.png"
    done = preview(tmp_path, degradation, "-o", str(output), "--samples", "8")
    assert done.exit_code == 0, done.output
    sheet = np.asarray(Image.open(output))
    assert np.array_equal(panel(sheet, 0, 0), photo)
    samples = [panel(sheet, 0, column) for column in range(1, 7)]
    samples += [panel(sheet, 1, column) for column in (1, 2)]
    wanted = jpeg(imresize(photo, 0.25), 70).astype(float).repeat(4, 0).repeat(4, 1)
    for sample in samples:
        # The grid of blocks lies elsewhere in each.
        assert np.abs(sample - wanted).mean() < 10
        assert np.array_equal(sample, sample[::4, ::4].repeat(4, 0).repeat(4, 1))
    assert len({sample.tobytes() for sample in samples}) > 4
    assert (panel(sheet, 1, 3) == 255).all()


def test_without_a_degradation_one_sample_says_all(tmp_path, photo):
    output = tmp_path / "sheet.png"
    done = preview(tmp_path, "null", "-o", str(output))
    assert done.exit_code == 0, done.output
    sheet = np.asarray(Image.open(output))
    wanted = imresize(photo, 0.25).repeat(4, 0).repeat(4, 1)
    assert np.array_equal(panel(sheet, 0, 1), wanted) and (panel(sheet, 0, 2) == 255).all()


def test_a_shipped_recipe_needs_its_training_images_alone(tmp_path, photo):
    output = str(tmp_path / "sheet.png")
    command = ["recipes", "preview", "realworld_x4", "-o", output, "--set", "data.lr_crop=16"]
    without = CliRunner().invoke(main, command)
    assert without.exit_code == 2 and "data.train.path: to be given" in without.output
    done = CliRunner().invoke(main, [*command, "--set", f"data.train.path={tmp_path / 'in'}"])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    "output, message", [("sheet.xyz", "names no picture format"), ("no/sheet.png", "no folder")]
)
def test_a_sheet_that_cannot_be_written_is_told_first(tmp_path, photo, output, message):
    done = preview(tmp_path, "null", "-o", str(tmp_path / output))
    assert done.exit_code == 2 and message in done.output
