import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from keras_dgggan.images import read_image


def random_image(mode: str, size: tuple[int, int] = (7, 5)) -> Image.Image:
    channels = len(Image.new(mode, (1, 1)).getbands())
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], channels), np.uint8)
    return Image.fromarray(pixels[..., 0] if channels == 1 else pixels, mode)


def enlarged(pixels: np.ndarray) -> np.ndarray:
    return pixels.repeat(4, axis=0).repeat(4, axis=1)


def test_a_mixed_folder_gives_three_outputs_and_names_the_failures(here, upscale, nearest):
    folder = here / "in"
    folder.mkdir()
    for name in ("a.png", "b c [2].jpg", "ü.webp"):
        random_image("RGB", (12, 10)).save(folder / name)
    (folder / "notes.txt").write_text("not an image")
    (folder / "text.png").write_text("not an image either")
    (folder / "broken.jpg").write_bytes((folder / "b c [2].jpg").read_bytes()[:400])
    (folder / "directory.png").mkdir()
    done = upscale("in", "-o", "out", "--model", nearest, "--json")
    assert done.exit_code == 1
    assert sorted(path.name for path in (here / "out").iterdir()) == [
        "a_sr.png",
        "b c [2]_sr.jpg",
        "ü_sr.webp",
    ]
    report = json.loads(done.stdout)
    assert (report["done"], report["failed"]) == (3, 3)
    errors = [entry["error"] for entry in report["results"] if entry["status"] == "failed"]
    for name in ("broken.jpg", "text.png", "directory.png"):
        assert any(name in error for error in errors)
        assert name in done.stderr.splitlines()[-1]
    assert "3 done, 3 failed" in done.stderr


def test_structure_is_kept_and_a_second_run_skips(here, upscale, nearest):
    (here / "in/deep").mkdir(parents=True)
    random_image("RGB").save("in/a.png")
    random_image("RGB").save("in/deep/b.png")
    arguments = ("in", "-o", "out", "-r", "--suffix", "", "--model", nearest, "--skip-existing")
    assert upscale(*arguments).exit_code == 0
    assert (here / "out/a.png").is_file() and (here / "out/deep/b.png").is_file()
    (here / "out/a.png").unlink()
    again = upscale(*arguments)
    assert again.exit_code == 0
    assert "1 done, 1 skipped" in again.stderr
    third = upscale(*arguments)
    assert "2 skipped" in third.stderr and third.exit_code == 0


def test_names_with_leading_dashes_and_other_oddities(here, upscale, nearest):
    names = ["-dash.png", "with space.png", "[br]ack*et?.png", "漢字.png", "a.b.c.PNG"]
    for name in names:
        random_image("L").save(here / name, format="PNG")
    done = upscale("--model", nearest, "-o", "out", "--", *names)
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (here / "out").iterdir()) == sorted(
        name.replace(".png", "_sr.png").replace(".PNG", "_sr.PNG") for name in names
    )


def test_streams_carry_a_picture_through(here, upscale, nearest, monkeypatch):
    stream = io.BytesIO()
    random_image("RGB").save(stream, "PNG")
    done = upscale("-", "--model", nearest, stdin=stream.getvalue())
    assert done.exit_code == 0, done.stderr
    np.testing.assert_array_equal(
        read_image(done.stdout_bytes).pixels, enlarged(read_image(stream.getvalue()).pixels)
    )
    done = upscale("-", "-o", "-", "--format", "bmp", "--model", nearest, stdin=stream.getvalue())
    assert read_image(done.stdout_bytes).format == "bmp"


def test_a_bad_stream_is_one_sentence(here, upscale, nearest):
    done = upscale("-", "-o", "a.png", "--model", nearest, stdin=b"")
    assert done.exit_code == 1
    assert "the image data is empty (0 bytes)" in done.stderr
    assert not (here / "a.png").exists()


def test_outscale_format_and_quality(here, upscale, nearest):
    random_image("RGB", (50, 30)).save("a.png")
    sizes = []
    for quality in ("20", "90"):
        done = upscale(
            "a.png", "-o", f"{quality}.jpg", "--model", nearest, "--outscale", "1.5",
            "--quality", quality,
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        with Image.open(f"{quality}.jpg") as image:
            assert image.size == (75, 45)
        sizes.append((here / f"{quality}.jpg").stat().st_size)
    assert sizes[0] < sizes[1]


def test_gradient_map_and_comparison_are_written_beside(here, upscale, nearest):
    random_image("L", (9, 6)).save("a.png")
    done = upscale("a.png", "--model", nearest, "--gradient-map", "--compare")
    assert done.exit_code == 0, done.output
    with Image.open("a_sr_gradient.png") as image:
        assert (image.mode, image.size) == ("RGB", (36, 24))
    with Image.open("a_sr_compare.png") as image:
        assert (image.mode, image.size) == ("RGB", (36 + 4 + 36, 24))
        right = np.asarray(image)[:, 40:, 0]
    np.testing.assert_array_equal(right, read_image("a_sr.png").pixels[..., 0])


def test_a_dry_run_writes_nothing_and_needs_no_model(here, upscale):
    random_image("RGB").save("a.png")
    done = upscale("a.png", "--dry-run", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["results"] == [
        {"input": "a.png", "output": "a_sr.png", "status": "planned"}
    ]
    assert [path.name for path in here.iterdir()] == ["a.png"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a.png", "--tile", "8"), "neither auto nor off nor a number of at least 16"),
        (("a.png", "--device", "gpu:9"), "there is no gpu:9: TensorFlow sees"),
        (("a.png", "--device", "tpu"), "'tpu' is none of auto, cpu, gpu and gpu:N"),
        (("a.png", "--model", "absent.keras"), "no model 'absent.keras'"),
        (("a.png", "--outscale", "-1"), "-1.0 is not in the range 0<x<=64"),
        (("a.png", "--format", "heic"), "unknown format 'heic'"),
        (("a.png", "--quality", "0"), "0 is not in the range"),
        (("a.png", "--suffix", "", "--overwrite"), "would replace the input"),
        (("a.png", "-o", "a.txt"), "names no format that can be written"),
        (("empty",), "no images in 'empty'"),
        (("-", "--json"), "cannot both go to standard output"),
    ],
)
def test_what_cannot_be_meant_exits_with_2_before_work(here, upscale, nearest, arguments, message):
    random_image("RGB").save("a.png")
    (here / "empty").mkdir()
    extra = () if "--model" in arguments else ("--model", nearest)
    done = upscale(*arguments, *extra)
    assert (done.exit_code, message in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in here.iterdir()) == ["a.png", "empty"]


def test_an_oversized_input_is_refused_by_a_limit_that_can_be_raised(here, upscale, nearest):
    random_image("L", (60, 50)).save("a.png")
    done = upscale("a.png", "--model", nearest, "--max-megapixels", "0.002")
    assert done.exit_code == 1
    assert "declares 60x50 pixels" in done.stderr
    assert upscale("a.png", "--model", nearest, "--max-megapixels", "0.003").exit_code == 0


def test_an_output_too_large_for_its_format_fails_before_the_model_runs(here, upscale, nearest):
    Image.new("L", (5000, 1)).save("a.png")
    done = upscale("a.png", "--model", nearest, "--format", "webp")
    assert done.exit_code == 1
    assert "would be 20000x4, but WEBP holds at most 16383" in done.stderr


def test_an_interrupt_leaves_no_file(here, upscale, nearest, monkeypatch):
    random_image("RGB").save("a.png")

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", interrupted)
    done = upscale("a.png", "--model", nearest, "--format", "jpg")
    assert done.exit_code == 130
    assert "1 stopped" in done.stderr
    assert [path.name for path in here.iterdir()] == ["a.png"]


def test_a_bar_over_files_and_tiles_moves(here, upscale, nearest, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    random_image("RGB", (60, 60)).save("a.png")
    random_image("RGB", (60, 60)).save("b.png")
    seen = []
    from rich.progress import Progress

    update = Progress.update

    def spy(self, task_id, **fields):
        if fields.get("completed") is not None:
            seen.append((int(task_id), fields["completed"]))
        return update(self, task_id, **fields)

    monkeypatch.setattr(Progress, "update", spy)
    done = upscale("a.png", "b.png", "--model", nearest, "--tile", "16")
    assert done.exit_code == 0, done.output
    over_files = [completed for task, completed in seen if task == 0]
    assert over_files == sorted(over_files) and over_files[-1] == 2
    assert len({round(completed, 3) for completed in over_files}) > 50
    assert max(completed for task, completed in seen if task == 1) == pytest.approx(1)


def test_pictures_of_a_folder_are_those_that_come_out_one_by_one(here, upscale):
    (here / "in").mkdir()
    for number in range(4):
        random_image("RGB", (20 + number, 30)).save(here / "in" / f"{number}.png")
    assert upscale("in", "-o", "together").exit_code == 0
    for name in sorted(path.name for path in (here / "in").iterdir()):
        assert upscale(f"in/{name}", "-o", "apart").exit_code == 0
    made = sorted((here / "together").iterdir())
    assert len(made) == 4
    for path in made:
        together, apart = (read_image(here / f / path.name).pixels for f in ("together", "apart"))
        assert np.abs(together.astype(int) - apart).max() <= 1


def test_the_command_line_is_importable_without_tensorflow():
    code = "import sys, keras_dgggan.cli.upscale, keras_dgggan.cli.interpolate; "
    code += "print([m for m in ('tensorflow', 'keras', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
