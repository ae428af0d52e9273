"""Measuring test sets, from the library and from the command line."""

import csv
import json
import math
import subprocess
import sys

import numpy as np
import pytest
from checks import assert_levels_agree
from click.testing import CliRunner
from PIL import Image

from keras_dgggan.cli import main
from keras_dgggan.errors import UsageError, WeightsError
from keras_dgggan.evaluation import Bicubic, ModelMethod, Protocol, evaluate, find_benchmark_set
from keras_dgggan.evaluation.methods import read_pixels
from keras_dgggan.evaluation.report import as_csv, as_json, markdown
from keras_dgggan.metrics import psnr
from keras_dgggan.metrics.measures import MEASURES, measures_named, usable_measures


def run(*arguments):
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


class Perfect:
    name = "perfect"

    def __call__(self, sample):
        return sample.hr


@pytest.mark.parametrize(
    ("name", "y_rounding", "row"),
    [
        ("Set5", "float", "28.431 | 0.8113"),
        ("Set5", "8bit", "28.419 | 0.8102"),
        ("Set14", "float", "25.997 | 0.7031"),
        ("Set14", "8bit", "25.993 | 0.7024"),
    ],
)
def test_command_prints_the_published_bicubic_rows(shared_data, name, y_rounding, row):
    options = ("--metrics", "psnr,ssim", "--y-rounding", y_rounding)
    result = run("--bicubic", "--data", shared_data / name, *options)
    assert result.exit_code == 0, result.output
    assert f"| bicubic | {row} |" in result.output
    assert "4 pixels cropped on each side" in result.output
    assert "16 to 235" in result.output


def test_a_model_is_measured_on_every_kind_of_file(small_set, model_file, tmp_path):
    outputs = [tmp_path / f"results.{ending}" for ending in ("md", "csv", "json")]
    arguments = ["--bicubic", "--model", model_file, "--data", small_set, "--per-image"]
    arguments += ["--metrics", "psnr,ssim,psnr-rgb,ssim-rgb,ssim-m,niqe,color"]
    arguments += ["--save-images", tmp_path / "saved"]
    for output in outputs:
        arguments += ["-o", output]
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert "## Mixed (7 images)" in result.stdout
    assert "| gray odd | tiny    |" in result.stdout
    # All are too small for NIQE; the rest goes on.
    assert "without NIQE: NIQE needs two blocks of 96 x 96 pixels" in result.stdout
    assert outputs[0].read_text() == result.stdout

    rows = list(csv.DictReader(outputs[1].open()))
    assert len(rows) == 2 * (7 + 1)
    data = json.loads(outputs[2].read_text())
    (entry,) = data["sets"]
    assert entry["protocol"]["crop_border"] == 4
    means = entry["methods"]["tiny"]["mean"]
    assert means["niqe"] is None
    by_hand = []
    for image in find_benchmark_set(small_set, 4).images:
        saved = np.asarray(Image.open(tmp_path / "saved" / "Mixed" / "tiny" / f"{image.name}.png"))
        hr = read_pixels(image.hr)
        hr = hr[: saved.shape[0], : saved.shape[1]]
        by_hand.append(psnr(hr, saved, crop_border=4))
        assert entry["methods"]["tiny"]["images"][image.name]["psnr"] == pytest.approx(by_hand[-1])
    assert means["psnr"] == pytest.approx(np.mean(by_hand))


def test_saved_images_measured_again_give_the_same_numbers(small_set, model_file, tmp_path):
    first = run(
        "--model",
        model_file,
        "--data",
        small_set,
        "--metrics",
        "psnr,ssim",
        "--save-images",
        tmp_path / "saved",
    )
    again = run(
        "--sr", tmp_path / "saved" / "Mixed" / "tiny", "--data", small_set, "--metrics", "psnr,ssim"
    )
    assert first.exit_code == again.exit_code == 0, first.output + again.output
    row = [line for line in first.stdout.splitlines() if line.startswith("| tiny")]
    assert row == [line for line in again.stdout.splitlines() if line.startswith("| tiny")]


def test_models_of_one_file_name_are_told_apart(small_set, model_file, tmp_path):
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / model_file.name
    other.write_bytes(model_file.read_bytes())
    result = run("--model", model_file, "--model", other, "--data", small_set, "--metrics", "psnr")
    assert result.exit_code == 0, result.output
    labels = [f"{path.parent.name}-tiny" for path in (model_file, other)]
    assert all(f"| {label} " in result.stdout for label in labels)
    # Where the folders have one name too, there is no telling.
    same = run("--model", model_file, "--model", model_file, "--data", small_set)
    assert (same.exit_code, "two methods" in same.output) == (2, True)


def test_missing_weights_are_a_sentence_and_the_other_metrics_go_on(small_set, tmp_path):
    result = run("--bicubic", "--data", small_set, "--metric-weights", tmp_path / "none")
    assert result.exit_code == 0, result.output
    assert "| method  |   PSNR |   SSIM | NIQE | color error |" in result.stdout
    (note,) = [line for line in result.stdout.splitlines() if "LPIPS" in line]
    assert "keras-dgggan metric-weights" in note


def test_no_metric_left_is_an_error(tmp_path):
    with pytest.raises(WeightsError, match="AlexNet"):
        usable_measures(["lpips"], Protocol(4, 4, weights=tmp_path))


def test_lpips_is_that_of_the_function(shared_data, shared_weights):
    protocol = Protocol(4, 4, weights=shared_weights)
    result = evaluate(find_benchmark_set(shared_data / "Set5", 4), [Bicubic()], ["lpips"], protocol)
    assert result.means("bicubic")["lpips"] == pytest.approx(0.3407, abs=0.00006)


def test_perfect_images_have_infinite_psnr_in_every_format(small_set):
    result = evaluate(
        find_benchmark_set(small_set, 4), [Perfect()], ["psnr", "ssim"], Protocol(4, 4)
    )
    assert result.means("perfect") == {"psnr": math.inf, "ssim": 1.0}
    assert "| perfect |  inf | 1.0000 |" in markdown([result])
    assert json.loads(as_json([result]))["sets"][0]["methods"]["perfect"]["mean"]["psnr"] == "inf"
    assert "Mixed,perfect,,inf,1.0" in as_csv([result])


def test_crop_border_follows_the_scale_and_can_be_set(small_set):
    for options, text in (((), "2 pixels cropped"), (("--crop-border", 0), "nothing cropped")):
        result = run("--bicubic", "--scale", 2, "--data", small_set, "--metrics", "psnr", *options)
        assert text in result.stdout


def test_the_upscaler_is_what_measures_a_model(small_set, model_file):
    from keras_dgggan.evaluation.methods import read_sample
    from keras_dgggan.inference import Upscaler

    method = ModelMethod(model_file)
    for image in find_benchmark_set(small_set, 4).images[1:4]:
        sample = read_sample(image, 4)
        assert_levels_agree(method(sample), Upscaler(model_file).upscale(sample.lr))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to measure"),
        (["--bicubic", "--metrics", "psnr,sim"], "no metric 'sim'"),
        (["--bicubic", "--metrics", "pi"], "Ma's score"),
        (["--bicubic", "--metrics", ","], "no metric in"),
        (["--bicubic", "-o", "results.xls"], "results.xls"),
        (["--bicubic", "-o", "no/such/folder/r.csv"], "no such folder"),
        (["--model", "nowhere"], "nowhere"),
        (["--bicubic", "--lr", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_meant_is_exit_code_2_in_one_line(small_set, arguments, message):
    result = run("--data", small_set, *arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_one_test_set_twice_and_a_model_of_another_scale_are_refused(small_set, model_file):
    twice = run("--bicubic", "--data", small_set, "--data", small_set)
    assert (twice.exit_code, "two benchmark sets" in twice.output) == (2, True)
    scale = run("--model", model_file, "--scale", 2, "--data", small_set)
    assert (scale.exit_code, "of scale 4" in scale.output) == (2, True)


def test_measuring_files_starts_no_tensorflow(small_set):
    program = (
        "import sys\n"
        "from keras_dgggan.cli import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    arguments = ["evaluate", "--bicubic", "--data", small_set, "--metrics", "psnr,ssim,color"]
    subprocess.run([sys.executable, "-c", program, *arguments], check=True, capture_output=True)


def test_every_measure_explains_itself(small_set):
    protocol = Protocol(4, 4, "8bit")
    for name, measure in MEASURES.items():
        assert measure.explain(protocol)
        assert measures_named(f" {name.upper()} ,{name}") == (name,)
    with pytest.raises(UsageError, match="choose among psnr, ssim"):
        measures_named("ms-ssim")
