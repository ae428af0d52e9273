import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def write(path: str, **options) -> list[np.ndarray]:
    """A GIF, APNG or WebP animation, or a TIFF file of pages; its pictures."""
    images = [Image.new("RGB", (12, 9), colour) for colour in ("red", "lime", "blue")]
    images[0].save(path, save_all=True, append_images=images[1:], **options)
    return [np.asarray(image) for image in images]


def shown(path: str) -> list[np.ndarray]:
    with Image.open(path) as image:
        frames = []
        for number in range(image.n_frames):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB"))[::4, ::4])
        return frames


@pytest.mark.parametrize("engine", ["tensorflow", "onnxruntime"])
def test_a_batch_of_animations_and_pages_keeps_their_formats(here, upscale, nearest, engine):
    Path("in/deep").mkdir(parents=True)
    for name in ("a.gif", "b.png", "c.webp", "deep/d.tif"):
        options = {} if name.endswith("tif") else {"duration": 70, "loop": 0, "lossless": True}
        frames = write(f"in/{name}", **options)
    Image.new("RGB", (5, 4), "red").save("in/still.gif")
    result = upscale(
        *("in", "-r", "-o", "out", "--model", nearest, "--engine", engine, "--quality", "100")
    )
    assert result.exit_code == 0, result.output
    made = sorted(str(path.relative_to("out")) for path in Path("out").rglob("*.*"))
    assert made == ["a_sr.gif", "b_sr.png", "c_sr.webp", "deep/d_sr.tif", "still_sr.png"]
    for name in made[:4]:
        np.testing.assert_array_equal(shown(f"out/{name}"), frames)
    assert "a.gif -> out/a_sr.gif  48x36, 3 frames" in result.output
    assert "d.tif -> out/deep/d_sr.tif  48x36, 3 pages" in result.output
    with Image.open("out/a_sr.gif") as image:
        assert image.info["duration"] == 70 and image.info["loop"] == 0


def test_format_and_the_outputs_name_choose_the_animations_format(here, upscale, nearest):
    frames = write("a.gif", duration=70)
    assert upscale("a.gif", "--format", "webp", "--model", nearest).exit_code == 0
    assert upscale("a.gif", "-o", "b.apng", "--model", nearest).exit_code == 0
    assert upscale("a_sr.webp", "-o", "c.gif", "--model", nearest, "--json").exit_code == 0
    for name, kind in [("a_sr.webp", "WEBP"), ("b.apng", "PNG"), ("c.gif", "GIF")]:
        with Image.open(name) as image:
            assert image.format == kind and image.n_frames == 3
    np.testing.assert_array_equal(shown("b.apng"), frames)


def test_the_first_frame_alone_is_a_picture(here, upscale, nearest):
    frames = write("a.gif", duration=70)
    write("b.tif")
    result = upscale("a.gif", "b.tif", "--first-frame", "--json", "--model", nearest)
    assert result.exit_code == 0
    for name in ("a_sr.png", "b_sr.tif"):
        np.testing.assert_array_equal(shown(name), frames[:1])
    details = json.loads(result.stdout)["results"][0]
    assert (details["width"], details.get("frames")) == (48, None)


def test_animations_pass_through_standard_streams(here, upscale, nearest):
    frames = write("a.gif", duration=70)
    result = upscale("-", "-o", "-", "--model", nearest, stdin=Path("a.gif").read_bytes())
    assert result.exit_code == 0
    Path("b.gif").write_bytes(result.stdout_bytes)
    np.testing.assert_array_equal(shown("b.gif"), frames)


def test_what_cannot_be_done_with_several_pictures_is_said(here, upscale, nearest):
    write("a.gif", duration=70)
    Image.new("RGB", (5, 4)).save("still.png")
    for arguments, told in [
        (["a.gif", "--format", "jpg"], "'a.gif' holds 3 frames, and JPEG holds no animation"),
        (["a.gif", "--compare"], "--compare is made of one, which --first-frame takes"),
        (["still.png", "-o", "still.gif"], "gif is written for animations only"),
    ]:
        result = upscale(*arguments, "--model", nearest)
        assert result.exit_code == 1 and told in result.output
    assert sorted(path.name for path in Path().iterdir()) == ["a.gif", "still.png"]


def test_the_python_side_takes_animations_and_frames(here, nearest):
    from keras_dgggan import Upscaler

    frames = write("a.gif", duration=70)
    upscaler = Upscaler(nearest, engine="onnxruntime")
    upscaler.upscale_file("a.gif", "b.gif")
    np.testing.assert_array_equal(shown("b.gif"), frames)
    larger = list(upscaler.upscale_frames(iter(frames)))
    np.testing.assert_array_equal([frame[::4, ::4] for frame in larger], frames)
