"""The paper's tables with the models at hand."""

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_dgggan.cli import main
from keras_dgggan.evaluation.paper import paper_tables
from keras_dgggan.evaluation.run import SetResult
from keras_dgggan.metrics.measures import Protocol
from keras_dgggan.networks import make_network
from keras_dgggan.networks.complexity import Count
from keras_dgggan.pretrained.weights_file import save_weights_file


def result(name, values):
    """One image's values by method: PSNR, SSIM and, if there is one, LPIPS."""
    measures = ("psnr", "ssim", "lpips")[: len(next(iter(values.values())))]
    images = {
        method: {"a": dict(zip(measures, numbers, strict=True))}
        for method, numbers in values.items()
    }
    return SetResult(name, measures, Protocol(4, 4), "LR given", images, ["a note"])


def tables(text):
    """By heading: rows as lists of cells, headings and rules left out."""
    found = {}
    for part in text.split("## ")[1:]:
        lines = [line for line in part.splitlines() if line.startswith("|")]
        found[part.splitlines()[0]] = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]
        ]
    return found


def test_a_measured_row_stands_below_the_papers_row_of_its_name():
    results = [
        result("Set5", {"bicubic": (28.4, 0.81, 0.34), "esrgan": (30.5, 0.87, 0.075)}),
        result("Set14", {"bicubic": (26.0, 0.7, 0.44), "esrgan": (26.3, 0.78, 0.13)}),
    ]
    costs = {"esrgan": Count(params=16_697_987, macs=41_303_457_792, flops=82_700_000_000)}
    found = tables(paper_tables(results, costs, lr_size=48))
    for name, paper, ours in [
        ("Table 3: PSNR / SSIM", "30.45 / 0.8677", "30.500 / 0.8700"),
        ("Table 4: perceptual index / LPIPS", "3.7522 / 0.0748", "- / 0.0750"),
    ]:
        rows = found[name]
        methods = [row[0] for row in rows]
        place = methods.index("ESRGAN *(paper)*")
        assert rows[place][1] == paper
        assert rows[place + 1][:2] == ["esrgan", ours]
        assert rows[place + 1][3:] == ["-", "-"]
        assert methods[-1] == "bicubic"
        assert len(methods) == 9 + 2
    rows = found["Table 5: parameters / FLOPs"]
    place = [row[0] for row in rows].index("ESRGAN *(paper)*")
    assert rows[place] == ["ESRGAN *(paper)*", "16.7 M", "89.7 G", "-"]
    assert rows[place + 1] == ["esrgan", "16.698 M", "82.700 G", "41.303 G"]


def test_a_set_that_the_paper_lacks_is_one_more_column():
    text = paper_tables([result("mine", {"bicubic": (20.0, 0.5)})], {}, lr_size=48)
    for row in tables(text)["Table 3: PSNR / SSIM"]:
        assert row[-1] == ("20.000 / 0.5000" if row[0] == "bicubic" else "-")
    assert "- mine: a note" in text
    # Without LPIPS' networks that cell is empty.
    assert tables(text)["Table 4: perceptual index / LPIPS"][-1] == ["bicubic", *"----", "- / -"]


@pytest.fixture
def small_models(tmp_path):
    edsr = make_network("edsr", filters=4, blocks=1)
    edsr.save(tmp_path / "EDSR.keras")
    save_weights_file(
        make_network("esrgan", filters=4, blocks=1, growth=2), tmp_path / "ESRGAN.weights.h5"
    )
    return tmp_path / "EDSR.keras", tmp_path / "ESRGAN.weights.h5", edsr.count_params()


def run(*arguments):
    return CliRunner().invoke(main, ["tables", *(str(argument) for argument in arguments)])


def test_one_command_fills_all_three(small_models, tmp_path, rng):
    first, second, parameters = small_models
    for name in ("Set5", "Set14"):
        (tmp_path / name / "HR").mkdir(parents=True)
        pixels = rng.integers(0, 256, [60, 76, 3], np.uint8)
        Image.fromarray(pixels).save(tmp_path / name / "HR" / "a.png")
    done = run(
        *("--model", first, "--model", second, "--data", tmp_path / "Set5"),
        *("--data", tmp_path / "Set14", "--metric-weights", tmp_path, "-o", tmp_path / "t.md"),
    )
    assert done.exit_code == 0, done.output
    text = (tmp_path / "t.md").read_text()
    assert text in done.output
    found = tables(text)
    methods = [row[0] for row in found["Table 3: PSNR / SSIM"]]
    assert methods[methods.index("EDSR *(paper)*") + 1] == "EDSR"
    assert methods[methods.index("ESRGAN *(paper)*") + 1] == "ESRGAN"
    for row in found["Table 3: PSNR / SSIM"]:
        if row[0] in ("bicubic", "EDSR", "ESRGAN"):
            assert all(float(cell.split(" / ")[0]) > 3 for cell in row[1:3])
            assert row[3:] == ["-", "-"]
    assert f"{parameters / 1e6:.3f} M" in text
    assert "LPIPS is left out" in text


def test_without_test_sets_there_is_table_5_alone(small_models):
    done = run("--model", small_models[0], "--lr-size", 24)
    assert done.exit_code == 0, done.output
    assert [*tables(done.output)] == ["Table 5: parameters / FLOPs"]
    assert "24x24" in done.output


def test_what_cannot_be_meant_is_exit_code_2(small_models, tmp_path):
    make_network("edsr", filters=4, blocks=1, scale=2).save(tmp_path / "x2.keras")
    for arguments, message in [
        ([], "--model"),
        (["--model", tmp_path / "x2.keras"], "scale 2"),
        (["--model", small_models[0], "-o", tmp_path / "t.txt"], r".md file"),
        (["--model", "nowhere"], "nowhere"),
    ]:
        done = run(*arguments)
        assert done.exit_code == 2, done.output
        assert message in done.output
