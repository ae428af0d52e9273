import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from keras_dgggan.cli import main
from keras_dgggan.data.prepare import JOURNAL, sub_images


@pytest.fixture
def photos(tmp_path, rng):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, size in (("wide.png", (64, 100)), ("small.webp", (20, 40)), ("exact.png", (32, 32))):
        pixels = rng.integers(0, 256, (*size, 3), np.uint8)
        Image.fromarray(pixels).save(folder / name, lossless=True)
    return folder


def prepare(*arguments):
    return CliRunner().invoke(main, ["prepare", *map(str, arguments)])


def cut(photos, output, *more):
    return prepare(photos, "-o", output, "--size", 32, "--step", 16, *more)


def files(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != JOURNAL)


def test_sub_images_cover_the_image_in_steps(photos, tmp_path):
    output = tmp_path / "sub"
    result = cut(photos, output)
    assert result.exit_code == 0, result.output
    # 64 high: 0, 16, 32. 100 wide: 0, 16, 32, 48, 64, and 68 since 4 of 32 were left over.
    names = files(output)
    assert sum(name.startswith("wide") for name in names) == 3 * 6
    whole = np.asarray(Image.open(photos / "wide.png"))
    assert np.array_equal(np.asarray(Image.open(output / "wide_s002.png")), whole[:32, 16:48])
    assert np.array_equal(np.asarray(Image.open(output / "wide_s006.png")), whole[:32, 68:])
    assert f"{len(names)} sub-images of 3 images in" in result.output


def test_an_image_smaller_one_way_is_whole_that_way(photos, tmp_path):
    cut(photos, tmp_path / "sub")
    part = Image.open(tmp_path / "sub" / "small_s001.png")
    assert part.size == (32, 20)


@pytest.mark.parametrize(
    ("height", "width", "count"),
    # DIV2K's usual sizes with the count of ESRGAN's script, whose threshold is 48 of 480.
    [(1356, 2040, 5 * 8), (2040, 1356, 8 * 5), (768, 2040, 2 * 8), (769, 480, 3 * 1)],
)
def test_a_strip_of_a_tenth_or_less_is_left_out(height, width, count):
    image = np.zeros((height, width, 3), np.uint8)
    assert len(list(sub_images(image, size=480, step=240))) == count


def test_a_second_call_cuts_only_what_is_new_or_changed(photos, tmp_path):
    output = tmp_path / "sub"
    cut(photos, output)
    before = {name: (output / name).stat().st_mtime_ns for name in files(output)}
    Image.new("RGB", (32, 32)).save(photos / "new.png")
    Image.new("RGB", (32, 32), "red").save(photos / "exact.png")
    result = cut(photos, output)
    assert "(2 of these images were cut before)" in result.output
    after = {name: (output / name).stat().st_mtime_ns for name in files(output)}
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"new_s001.png", "exact_s001.png"}


@pytest.mark.slow
def test_a_call_that_was_killed_is_gone_on_with(tmp_path, rng):
    photos, output = tmp_path / "photos", tmp_path / "sub"
    photos.mkdir()
    for number in range(30):
        pixels = rng.integers(0, 256, (200, 200, 3), np.uint8)
        Image.fromarray(pixels).save(photos / f"{number:02d}.png")
    code = "from keras_dgggan.cli import main; main()"
    options = ["--size", "32", "--step", "16", "--workers", "1"]
    process = subprocess.Popen(
        [sys.executable, "-c", code, "prepare", str(photos), "-o", str(output), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    journal = output / JOURNAL
    while not (journal.exists() and journal.read_text().count("\n") >= 3):
        assert process.poll() is None, "ended before it could be killed"
        time.sleep(0.005)
    process.kill()
    process.wait()
    assert journal.read_text().count("\n") < 31
    with journal.open("a") as file:
        file.write('{"torn')

    result = prepare(photos, "-o", output, *options)
    assert result.exit_code == 0, result.output
    assert "of 30 images" in result.output and "were cut before" in result.output
    whole = [name for name in files(output) if not name.startswith(".")]
    assert len(whole) == 30 * 12 * 12
    for name in whole:
        Image.open(output / name).load()
    # The torn line does not spoil those that follow it.
    assert "(30 of these images were cut before)" in prepare(photos, "-o", output, *options).output


def test_bad_files_are_reported_at_the_end(photos, tmp_path):
    (photos / "bad.png").write_text("no image")
    (photos / "bad2.jpg").touch()
    result = cut(photos, tmp_path / "sub")
    assert result.exit_code == 1
    assert "of 3 images" in result.output
    assert "2 images could not be cut" in result.output
    assert "bad.png" in result.output and "bad2.jpg" in result.output


def test_another_size_in_the_same_folder_is_refused(photos, tmp_path):
    cut(photos, tmp_path / "sub")
    result = prepare(photos, "-o", tmp_path / "sub")
    assert result.exit_code == 2
    assert "holds sub-images of --size 32 --step 16, not 480 and 240" in result.output


def test_two_images_of_one_name_are_refused_before_anything_is_cut(photos, tmp_path):
    Image.new("RGB", (32, 32)).save(photos / "wide.bmp")
    result = cut(photos, tmp_path / "sub")
    assert result.exit_code == 2
    assert "wide.bmp" in result.output and "wide.png" in result.output
    assert not (tmp_path / "sub").exists()


def test_the_output_may_not_be_among_the_inputs(photos):
    (photos / "sub").mkdir()
    Image.new("RGB", (32, 32)).save(photos / "sub" / "a.png")
    result = cut(photos, photos / "sub")
    assert result.exit_code == 2
    assert "holds the input" in result.output


def test_a_missing_folder_is_a_usage_error(tmp_path):
    result = prepare(tmp_path / "nowhere", "-o", tmp_path / "sub")
    assert result.exit_code == 2
    assert "does not exist" in result.output
