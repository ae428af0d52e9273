import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images import Picture
from keras_dgggan.images.animation import open_animation
from keras_dgggan.images.apng import write_apng
from keras_dgggan.images.gif import Palettes, write_gif
from keras_dgggan.images.pages import open_pages, write_pages
from keras_dgggan.images.sequences import each_larger, open_sequence, upscale_sequence


def twice(pixels, report=None):
    return pixels.repeat(2, axis=0).repeat(2, axis=1)


def moving(count: int = 5, *, alpha: bool) -> list[Image.Image]:
    """A square that moves over a ramp, or over nothing."""
    images = []
    for number in range(count):
        pixels = np.full((30, 40, 4), 255, np.uint8)
        pixels[..., 0] = np.linspace(0, 240, 40)
        pixels[5:15, 5 + 4 * number : 15 + 4 * number, :3] = (20 * number, 200, 40)
        if alpha:
            pixels[..., 3] = 0
            pixels[5:15, 5 + 4 * number : 15 + 4 * number, 3] = 255
        images.append(Image.fromarray(pixels) if alpha else Image.fromarray(pixels[..., :3]))
    return images


def saved(images: list[Image.Image], format: str, **options) -> bytes:
    file = io.BytesIO()
    images[0].save(file, format, save_all=True, append_images=images[1:], **options)
    return file.getvalue()


def enlarged(data: bytes, format: str | None = None, **options) -> bytes:
    file = io.BytesIO()
    upscale_sequence(open_sequence(data), file, twice, 2, format=format, **options)
    return file.getvalue()


def seen(frame: np.ndarray) -> np.ndarray:
    """Colours over nothing: what is clear has none."""
    return frame[..., :3] * (frame[..., 3:] > 127) if frame.shape[-1] == 4 else frame


def pillow_frames(data: bytes) -> tuple[list[np.ndarray], list[float], int | None]:
    """What Pillow reads on its own: frames over nothing, durations in ms, loop."""
    with Image.open(io.BytesIO(data)) as image:
        frames, durations = [], []
        for number in range(image.n_frames):
            image.seek(number)
            image.load()
            frames.append(seen(np.asarray(image.convert("RGBA"))))
            durations.append(image.info.get("duration", 0))
        return frames, durations, image.info.get("loop")


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_frames_durations_loop_and_alpha_are_those_of_the_input(format, alpha):
    options = {"disposal": 2} if format == "GIF" else {"lossless": True}
    source = saved(moving(alpha=alpha), format, duration=[40, 70, 10, 100, 30], loop=0, **options)
    frames, durations, loop = pillow_frames(source)
    larger, times, again = pillow_frames(enlarged(source, quality=100))
    assert (times, again, len(larger)) == (durations, loop, 5)
    for small, large in zip(frames, larger, strict=True):
        np.testing.assert_array_equal(large[::2, ::2, ...].shape, small.shape)
        # A palette of 255 colours for a ramp with a square holds nearly all of them.
        assert np.abs(large[::2, ::2].astype(int) - small).max() <= (8 if format == "GIF" else 0)


@pytest.mark.parametrize("target", ["gif", "png", "webp"])
@pytest.mark.parametrize("source", ["GIF", "PNG", "WEBP"])
def test_another_format_shows_the_same_for_the_same_time(source, target):
    data = saved(moving(alpha=True), source, duration=[40, 70, 20, 100, 30], loop=0, disposal=2)
    before, after = open_animation(data), open_animation(enlarged(data, target, quality=100))
    assert after.format == target
    assert after.durations == before.durations and after.plays == before.plays == 0
    assert after.channels == before.channels == 4
    for small, large in zip(before.frames(), after.frames(), strict=True):
        np.testing.assert_array_equal(large[::2, ::2, 3] > 127, small[..., 3] > 127)


def test_what_a_format_cannot_hold_of_a_duration_is_carried_over():
    data = saved(moving(6, alpha=False), "PNG", duration=[100 / 3] * 6, loop=0)
    assert open_animation(data).durations == (Fraction(100, 3),) * 6
    assert open_animation(enlarged(data)).durations == (Fraction(100, 3),) * 6
    for format, unit in [("gif", 10), ("webp", 1)]:
        written = open_animation(enlarged(data, format)).durations
        assert sum(written) == 200 and all(abs(each - 100 / 3) <= unit for each in written)


def test_equal_frames_stay_frames():
    frames = [np.asarray(moving(2, alpha=False)[number]) for number in (0, 0, 1, 1, 1)]
    times = [Fraction(50)] * 5
    gif, png, first = io.BytesIO(), io.BytesIO(), io.BytesIO()
    write_gif(frames, gif, durations=times, plays=2, palettes=Palettes())
    Image.fromarray(frames[0]).save(first, "PNG")
    write_apng(first.getvalue(), frames, png, durations=times, plays=2)
    for file in (gif, png):
        animation = open_animation(enlarged(file.getvalue()))
        assert animation.durations == tuple(times) and animation.plays == 2
        # libwebp joins what is equal, and adds up its time.
        joined = open_animation(enlarged(file.getvalue(), "webp"))
        assert sum(joined.durations) == 250 and joined.durations[0] == 100


def test_a_frame_that_equals_the_last_is_not_computed_again():
    frames = [np.full((2, 2), level, np.uint8) for level in (1, 1, 2, 2, 1)]
    computed = []
    results = each_larger(frames, lambda frame: computed.append(1) or twice(frame))
    assert [int(result[0, 0]) for result in results] == [1, 1, 2, 2, 1]
    assert len(computed) == 3


@pytest.mark.parametrize(("loop", "plays"), [(None, 1), (0, 0), (1, 2), (7, 8)])
def test_gif_counts_repetitions_and_others_count_plays(loop, plays):
    options = {} if loop is None else {"loop": loop}
    data = saved(moving(2, alpha=False), "GIF", duration=50, **options)
    assert pillow_frames(enlarged(data))[2] == loop
    for format in ("png", "webp"):
        assert pillow_frames(enlarged(data, format))[2] == plays


def test_a_default_image_of_an_apng_stays_apart():
    images = moving(4, alpha=False)
    data = saved(images, "PNG", default_image=True, duration=[20, 30, 40], loop=1)
    animation = open_animation(enlarged(data))
    assert animation.apart and animation.durations == (20, 30, 40)
    np.testing.assert_array_equal(animation.first()[::2, ::2], np.asarray(images[0]))
    for frame, image in zip(animation.frames(), images[1:], strict=True):
        np.testing.assert_array_equal(frame[::2, ::2], np.asarray(image))
    assert len(open_animation(enlarged(data, "gif")).durations) == 3


def test_gif_is_dithered_as_its_source_is(rng):
    ramp = np.repeat(np.linspace(0, 255, 160).astype(np.uint8)[None, :, None], 60, axis=0)
    colours = np.concatenate([ramp, 255 - ramp, ramp[:, ::-1] // 2], axis=-1)

    def dots(data: bytes) -> int:
        rows = next(iter(open_animation(data).frames()))
        return np.count_nonzero(np.abs(np.diff(rows.astype(int), axis=0)))

    for dither in (Image.Dither.FLOYDSTEINBERG, Image.Dither.NONE):
        palette = Image.fromarray(colours).quantize(8)
        frames = [
            Image.fromarray(pixels).quantize(palette=palette, dither=dither)
            for pixels in (colours, np.roll(colours, 9, axis=1))
        ]
        larger = enlarged(saved(frames, "GIF", duration=50))
        # Every row of the picture is the same, but for dots.
        assert (dots(larger) > 0) == (dither is Image.Dither.FLOYDSTEINBERG)


def test_colours_that_only_the_larger_frames_have_are_in_the_palette(rng):
    data = saved([Image.new("RGB", (8, 6), each) for each in ("red", "blue")], "GIF", duration=50)
    larger = [rng.integers(0, 256, (24, 32, 3), np.uint8) for _ in range(2)]
    results, file = iter(larger), io.BytesIO()
    upscale_sequence(open_sequence(data), file, lambda pixels, report: next(results), 4)
    for made, frame in zip(open_animation(file.getvalue()).frames(), larger, strict=True):
        assert np.abs(made.astype(int) - frame).mean() < 20


def test_metadata_of_an_animation_stays_or_is_stripped():
    exif = Image.Exif()
    exif[0x013B] = "Ada"
    data = saved(moving(3, alpha=False), "WEBP", duration=50, exif=exif, lossless=True)
    for format in ("webp", "png"):
        with Image.open(io.BytesIO(enlarged(data, format))) as image:
            assert image.getexif()[0x013B] == "Ada"
        with Image.open(io.BytesIO(enlarged(data, format, strip_metadata=True))) as image:
            assert 0x013B not in image.getexif()
    gif = saved(moving(3, alpha=False), "GIF", duration=50, comment=b"made by hand")
    with Image.open(io.BytesIO(enlarged(gif))) as image:
        assert image.info["comment"] == b"made by hand"


@pytest.mark.skipif(not features.check("avif"), reason="Pillow was built without AVIF")
def test_an_avif_animation_becomes_an_apng():
    data = saved(moving(3, alpha=False), "AVIF", duration=50, quality=100)
    animation = open_animation(enlarged(data))
    assert animation.format == "png" and sum(animation.durations) == 150


def test_pages_keep_their_own_size_depth_and_metadata(tmp_path, rng):
    pictures = [
        Picture(rng.integers(0, 65536, (5, 7, 3)).astype(np.uint16), dpi=(300, 300)),
        Picture(rng.integers(0, 256, (9, 4, 1)).astype(np.uint8), dpi=(150, 150)),
        Picture(rng.random((3, 6, 3), np.float32), dpi=(72, 72)),
    ]
    path = tmp_path / "pages.tif"
    with path.open("w+b") as file:
        write_pages(pictures, file)
    made = upscale_sequence(open_sequence(path), tmp_path / "larger.tif", twice, 2)
    assert made == {"width": 14, "height": 10, "pages": 3}
    pages = list(open_pages(tmp_path / "larger.tif").pictures())
    assert [page.dpi for page in pages] == [(300, 300), (150, 150), (72, 72)]
    for page, picture in zip(pages, pictures, strict=True):
        assert page.pixels.dtype == picture.pixels.dtype
        np.testing.assert_array_equal(page.pixels[::2, ::2], picture.pixels)


def test_pages_are_read_as_by_tifffile(tmp_path, rng):
    tifffile = pytest.importorskip("tifffile")
    stack = rng.integers(0, 65536, (4, 6, 8)).astype(np.uint16)
    for options in ({}, {"bigtiff": True}, {"byteorder": ">"}):
        tifffile.imwrite(tmp_path / "stack.tif", stack, photometric="minisblack", **options)
        larger = Path(tmp_path / "larger.tif")
        upscale_sequence(open_sequence(tmp_path / "stack.tif"), larger, twice, 2)
        read = tifffile.imread(larger)
        np.testing.assert_array_equal(read[:, ::2, ::2], stack)


def test_what_holds_no_sequence_is_refused_in_one_sentence(tmp_path):
    gif = saved(moving(3, alpha=False), "GIF", duration=50)
    with pytest.raises(ImageFileError, match="holds 3 frames, and JPEG holds no animation"):
        enlarged(gif, "jpg")
    tiff = saved(moving(3, alpha=False), "TIFF")
    with pytest.raises(ImageFileError, match="holds 3 pages, and PNG holds one picture"):
        enlarged(tiff, "png")
    for cut in (400, len(gif) - 60):
        with pytest.raises(ImageFileError, match="cut short or damaged"):
            enlarged(gif[:cut])
