"""`keras-dgggan info` from the command line."""

import pytest
from click.testing import CliRunner

from keras_dgggan.cli import main
from keras_dgggan.evaluation.paper import ESRGAN_MACS_PER_LR_PIXEL
from keras_dgggan.networks import Generator, make_network


def run(*arguments):
    return CliRunner().invoke(main, ["info", *arguments])


def test_parts_of_a_recipes_network_at_the_size_asked_for():
    result = run("--recipe", "quickstart", "--lr-size", "100")
    assert result.exit_code == 0, result.output
    assert "LR 100x100 to HR 400x400" in result.output
    assert "gradient branch: blocks" in result.output
    assert "| total " in result.output


@pytest.mark.parametrize("source", [("--recipe", "esrgan_like_x4"), ("--network", "esrgan")])
def test_networks_of_other_systems_are_described_by_their_parts(source):
    result = run(*source)
    assert result.exit_code == 0, result.output
    assert "RRDBNet(filters=64, blocks=23, growth=32, scale=4)" in result.output
    assert "depends on 349 LR pixels on each side" in result.output
    rows = {line.split("|")[1].strip(): line for line in result.output.splitlines() if "|" in line}
    blocks = 23 * 3 * (9 * (64 * 32 + 96 * 32 + 128 * 32 + 160 * 32 + 192 * 64) + 4 * 32 + 64)
    assert f" {blocks:,} " in rows["blocks"]
    assert {"head", "trunk", "upsampling", "outputs"} < {*rows}
    assert " 16,697,987 " in rows["total"]


def test_parts_of_a_network_that_looks_at_the_whole_image(tmp_path):
    make_network("rcan", filters=4, groups=1, blocks=1).save(tmp_path / "m.keras")
    assert "depends on the whole image" in run("--model", str(tmp_path / "m.keras")).output


def test_parts_of_a_model_file(tmp_path):
    generator = Generator(filters=8, blocks=1, gradient_branch=False)
    generator.save(tmp_path / "small.keras")
    result = run("--model", str(tmp_path / "small.keras"))
    assert result.exit_code == 0, result.output
    assert f"{generator.count_params():,}" in result.output
    assert "gradient branch" not in result.output


def test_table_has_the_ablations_the_light_models_and_the_papers_figures():
    result = run("--table")
    assert result.exit_code == 0, result.output
    for text in (
        "DGGGAN                  | 14,619,478",
        "without gradient branch",
        "without SE",
        "recipe quickstart",
        "MACs at LR 32",
        "FLOPs at LR 48",
        "MACs at LR 64",
        "| SPSR                        |     24.8 M | 265.1 G |",
        "cannot be matched",
    ):
        assert text in result.output
    # The recipes of the full network and its ablations have no rows of their own.
    assert "recipe dgggan_x4 " not in result.output
    assert "recipe ablation_no_se" not in result.output


def test_esrgan_by_hand():
    dense_block = 9 * (64 * 32 + 96 * 32 + 128 * 32 + 160 * 32 + 192 * 64)
    body, colours = 9 * 64 * 64, 9 * 64 * 3
    lr = colours + 23 * 3 * dense_block + body
    assert lr + 4 * body + 16 * (2 * body + colours) == ESRGAN_MACS_PER_LR_PIXEL
    # The same layers have ESRGAN's parameters: with biases, 16,697,987.
    biases = 64 + 23 * 3 * (4 * 32 + 64) + 4 * 64 + 3
    assert lr + 3 * body + colours + biases == 16_697_987


@pytest.mark.parametrize(
    "arguments",
    [
        ("--table", "--recipe", "quickstart"),
        ("--model", "x", "--recipe", "quickstart"),
        ("--network", "edsr", "--recipe", "quickstart"),
        ("--network", "swinir"),
        ("--model", "nowhere"),
        ("--lr-size", "0"),
    ],
)
def test_what_cannot_be_meant_is_exit_code_2_in_one_line(arguments):
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
