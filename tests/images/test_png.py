import io

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from keras_dgggan.images import Picture, png, write_image


def written(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    write_image(Picture(pixels), file, format="png")
    return file.getvalue()


def smooth(height: int, width: int, channels: int, dtype: type) -> np.ndarray:
    y, x, c = np.ogrid[:height, :width, :channels]
    waves = 1 + np.sin(y / 17 + c) * np.cos(x / 23 - c)
    return (waves * np.iinfo(dtype).max / 2).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("at_once", [2**26, 0], ids=["at once", "in parts"])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (300, 211)])
def test_other_readers_find_the_same_pixels(monkeypatch, rng, dtype, channels, at_once, size):
    monkeypatch.setattr(png, "_AT_ONCE", at_once)
    monkeypatch.setattr(png, "_BAND", 2**12)
    noise = rng.integers(0, np.iinfo(dtype).max, (*size, channels), dtype, endpoint=True)
    for pixels in (noise, smooth(*size, channels, dtype)):
        read = imagecodecs.png_decode(written(pixels))
        assert read.dtype == dtype
        np.testing.assert_array_equal(read.reshape(pixels.shape), pixels)


def test_pillow_reads_it_too(rng):
    for mode, channels in [("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4)]:
        pixels = rng.integers(0, 256, (30, 40, channels), np.uint8)
        with Image.open(io.BytesIO(written(pixels))) as image:
            assert image.mode == mode
            np.testing.assert_array_equal(np.asarray(image).reshape(pixels.shape), pixels)


def test_without_libdeflate_zlib_does_it(monkeypatch):
    pixels = smooth(50, 60, 3, np.uint8)
    monkeypatch.setattr(imagecodecs.DEFLATE, "available", False)
    np.testing.assert_array_equal(imagecodecs.png_decode(written(pixels)), pixels)


def test_files_are_no_larger_than_pillows_at_its_third_level(rng):
    pixels = smooth(300, 400, 3, np.uint8)
    pixels += rng.integers(0, 8, pixels.shape, np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=3)
    assert len(written(pixels)) < 1.02 * file.tell()
