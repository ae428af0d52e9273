"""`keras-dgggan compare` and the figure it draws."""

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_dgggan.cli import main
from keras_dgggan.evaluation.report import markdown_table
from keras_dgggan.images.figure import Box, Panel, draw, hardest_box, with_box
from keras_dgggan.images.resize import imresize


def run(*arguments):
    return CliRunner().invoke(main, ["compare", *map(str, arguments)])


def test_figure_holds_lr_bicubic_models_and_hr_with_gradient_maps(small_set, model_file, tmp_path):
    hr = small_set / "HR"
    figure = tmp_path / "figure.png"
    result = run(
        hr / "colour.png",
        hr / "gray odd.png",
        "--model",
        model_file,
        "--gradient-maps",
        "--metrics",
        "psnr,ssim",
        "--crop-size",
        24,
        "--panel-height",
        96,
        "-o",
        figure,
    )
    assert result.exit_code == 0, result.output
    image = Image.open(figure)
    # Whole image, LR, bicubic, model, HR; for each image a row of crops and two of gradient maps.
    assert image.width > 4 * 96 + 6 * 10
    assert image.height > 6 * 96
    # The last crop of the first row is HR, pixel for pixel, four times as large.
    pixels = np.asarray(image)
    hr_pixels = np.asarray(Image.open(hr / "colour.png"))
    panel = pixels[10 + 19 : 10 + 19 + 96, -10 - 96 : -10]
    crop = panel[2::4, 2::4]
    np.testing.assert_array_equal(panel, crop.repeat(4, axis=0).repeat(4, axis=1))
    windows = np.lib.stride_tricks.sliding_window_view(hr_pixels, (24, 24, 3))
    assert (windows == crop).all(axis=(-3, -2, -1)).any()


def test_crop_is_widened_to_whole_lr_pixels_and_must_lie_in_the_image(small_set, tmp_path):
    image = small_set / "HR" / "colour.png"
    options = ("--metrics", "psnr", "-o", tmp_path / "figure.png")
    assert run(image, "--crop", "5,6,13,14", *options).exit_code == 0
    outside = run(image, "--crop", "60,0,24,24", *options)
    assert (outside.exit_code, "does not lie in" in outside.output) == (2, True)
    assert run(image, "--crop", "-4,0,24,24", *options).exit_code == 2
    assert run(image, "--crop", "1,2,3", *options).exit_code == 2
    two = run(image, image, "--crop", "0,0,8,8", *options)
    assert (two.exit_code, "once for each IMAGE" in two.output) == (2, True)


def test_output_must_be_png_and_missing_files_are_named(small_set, tmp_path):
    assert run(small_set / "HR" / "colour.png", "-o", tmp_path / "a.gif").exit_code == 2
    result = run(tmp_path / "nowhere.png", "-o", tmp_path / "a.png", "--metrics", "psnr")
    assert (result.exit_code, "nowhere.png" in result.output) == (1, True)
    assert not (tmp_path / "a.png").exists()


def test_ready_images_and_lr_files_are_compared_too(small_set, tmp_path, rng):
    hr = np.asarray(Image.open(small_set / "HR" / "colour.png"))
    (tmp_path / "sr").mkdir()
    (tmp_path / "lr").mkdir()
    Image.fromarray(hr).save(tmp_path / "sr" / "colour_x4.png")
    Image.fromarray(imresize(hr, 0.25)).save(tmp_path / "lr" / "colourx4.png")
    result = run(
        small_set / "HR" / "colour.png",
        "--sr",
        tmp_path / "sr",
        "--lr",
        tmp_path / "lr",
        "--metrics",
        "psnr,niqe",
        "-o",
        tmp_path / "a.png",
        "--gradient-maps",
    )
    assert result.exit_code == 0, result.output


def test_hardest_box_finds_the_detail_and_lies_on_lr_pixels(rng):
    hr = np.full((120, 160, 3), 100, np.uint8)
    hr[60:84, 100:124] = rng.integers(0, 256, (24, 24, 3), np.uint8)
    assert hardest_box(hr, np.full_like(hr, 100), 24, 4) == Box(100, 60, 24, 24)
    whole = hardest_box(hr, np.full_like(hr, 100), 400, 4)
    assert whole == Box(0, 0, 160, 120)


def test_box_of_lr_is_that_of_hr():
    hr = np.arange(64 * 64).reshape(64, 64)
    box = Box(8, 16, 24, 32)
    np.testing.assert_array_equal(box.of(hr)[::4, ::4], box.of(hr[::4, ::4], 4))


def test_box_is_drawn_around_its_pixels():
    drawn = with_box(np.zeros((40, 40), np.uint8), Box(8, 8, 16, 16))
    assert drawn.shape == (40, 40, 3)
    assert (drawn[8, 8] == drawn[23, 23]).all() and drawn[8, 8, 0] > 200
    assert not drawn[7, 7].any() and not drawn[16, 16].any()


def test_long_titles_are_cut_to_the_panel_and_empty_panels_are_white():
    panel = Panel("a title of many words that never fits", np.zeros((32, 32, 3), np.uint8))
    figure = np.asarray(draw([[panel, Panel("", None)]], 32))
    assert figure.shape[1] == 32 + 0 + 3 * 10
    assert (figure[:, 43:] == 255).all()


def test_markdown_tables_are_aligned():
    table = markdown_table(["image", "method", "n"], [["a", "bb", "1.5"]], text_columns=2)
    assert table.splitlines() == [
        "| image | method |    n |",
        "| :---- | :----- | ---: |",
        "| a     | bb     |  1.5 |",
    ]


@pytest.mark.parametrize("command", ["evaluate", "compare", "info", "metric-weights"])
def test_help_has_examples(command):
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    assert "  Examples:\n" in result.output
    assert f"    keras-dgggan {command} " in result.output
