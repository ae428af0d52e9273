import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images import decode_rgb8


def encoded(image: Image.Image, format: str = "PNG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


@pytest.fixture
def colours(rng) -> np.ndarray:
    return rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_rgb_comes_back_unchanged(colours, format):
    decoded = decode_rgb8(encoded(Image.fromarray(colours), format))
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, colours)


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "PA", "RGBA", "CMYK", "YCbCr", "I;16", "I"])
def test_every_mode_gives_three_channels(colours, mode):
    if mode in ("I;16", "I"):
        samples = colours[..., 0].astype(np.uint16) * 257
        image = Image.fromarray(samples if mode == "I;16" else samples.astype(np.int32))
    else:
        image = Image.fromarray(colours).convert("L" if mode == "1" else "RGB").convert(mode)
    format = {"CMYK": "TIFF", "YCbCr": "TIFF", "PA": "TIFF", "I": "PPM"}.get(mode, "PNG")
    decoded = decode_rgb8(encoded(image, format))
    assert decoded.shape == (5, 7, 3)
    if mode in ("I;16", "I"):
        np.testing.assert_array_equal(decoded[..., 1], colours[..., 0])


def test_transparent_pixels_are_laid_over_white():
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[0, 0] = (10, 20, 30, 255)
    decoded = decode_rgb8(encoded(Image.fromarray(rgba)))
    assert decoded[0, 0].tolist() == [10, 20, 30]
    assert decoded[1, 1].tolist() == [255, 255, 255]


def test_palette_transparency_is_seen():
    image = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    image.putpalette([0, 0, 0, 9, 8, 7])
    decoded = decode_rgb8(encoded(image, transparency=0))
    assert decoded.tolist() == [[[255, 255, 255], [9, 8, 7]]]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_as_pillow_applies_it(colours, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    decoded = decode_rgb8(encoded(Image.fromarray(colours), exif=exif))
    turned = {  # the EXIF standard, 4.6.5: where row 0 and column 0 of the stored data belong
        1: colours,
        2: colours[:, ::-1],
        3: colours[::-1, ::-1],
        4: colours[::-1],
        5: colours.swapaxes(0, 1),
        6: colours.swapaxes(0, 1)[:, ::-1],
        7: colours.swapaxes(0, 1)[::-1, ::-1],
        8: colours.swapaxes(0, 1)[::-1],
    }[orientation]
    np.testing.assert_array_equal(decoded, turned)


def test_each_bad_file_is_named_in_one_sentence(tmp_path: Path, colours):
    good = encoded(Image.fromarray(colours).resize((200, 100)), "JPEG")
    cases = {
        "empty.png": (b"", "is empty"),
        "cut [1] ä.jpg": (good[: len(good) // 2], "cut short or damaged"),
        "text.png": (b"hello, this is no image", "not an image in a known format"),
        "half-png.png": (encoded(Image.fromarray(colours))[:40], "cut short or damaged"),
    }
    for name, (data, reason) in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ImageFileError) as failure:
            decode_rgb8(tmp_path / name)
        message = str(failure.value)
        assert name in message and reason in message and "\n" not in message


def test_a_folder_and_a_missing_file_are_named(tmp_path: Path):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ImageFileError, match=r"folder\.png' is a folder"):
        decode_rgb8(tmp_path / "folder.png")
    with pytest.raises(ImageFileError, match=r"absent\.png' cannot be read: No such file"):
        decode_rgb8(tmp_path / "absent.png")


def test_the_limit_on_pixels_is_an_argument_and_pillow_stays_silent():
    data = encoded(Image.new("1", (14000, 7000)))
    theirs = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ImageFileError, match=r"14000x7000 pixels \(98 megapixels\)"):
            decode_rgb8(data, max_megapixels=50)
        assert decode_rgb8(data, max_megapixels=100).shape == (7000, 14000, 3)
    assert theirs == Image.MAX_IMAGE_PIXELS
