"""The fast way for plain PNG files gives what Pillow gives."""

import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images import decode_rgb8


def encoded(pixels: np.ndarray, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", **options)
    return file.getvalue()


@pytest.mark.parametrize("options", [{}, {"compress_level": 0}, {"dpi": (72, 72)}])
def test_a_plain_png_has_pillows_pixels(rng, options):
    pixels = rng.integers(0, 256, (33, 57, 3), np.uint8)
    assert np.array_equal(decode_rgb8(encoded(pixels, **options)), pixels)


def test_orientation_in_a_png_still_counts(rng):
    pixels = rng.integers(0, 256, (20, 30, 3), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode_rgb8(encoded(pixels, exif=exif)).shape == (30, 20, 3)


def test_text_in_a_png_leaves_its_pixels(rng):
    pixels = rng.integers(0, 256, (20, 30, 3), np.uint8)
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "Beach")
    assert np.array_equal(decode_rgb8(encoded(pixels, pnginfo=info)), pixels)


def test_a_png_cut_short_is_an_error(rng):
    data = encoded(rng.integers(0, 256, (60, 60, 3), np.uint8))
    with pytest.raises(ImageFileError, match="cut short or damaged"):
        decode_rgb8(data[: len(data) // 2])


def test_the_limit_on_pixels_holds_for_a_plain_png(rng):
    data = encoded(rng.integers(0, 256, (60, 60, 3), np.uint8))
    with pytest.raises(ImageFileError):
        decode_rgb8(data, max_megapixels=0.001)
