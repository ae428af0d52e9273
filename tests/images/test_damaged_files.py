import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images import read_image

TESTS = Path(__file__).resolve().parent.parent
FORMATS = (
    *("png", "png of 16 bits", "apng", "jpg", "webp", "tiff", "tiff of 16 bits", "tiff of floats"),
    *("bmp", "gif", "avif", "jp2", "pnm", "tga"),
)

bounded = pytest.mark.skipif(
    sys.platform == "win32", reason="bounds memory and time by setrlimit and alarm"
)


def some_damaged(format: str, count: int) -> tuple[int, int]:
    """Pictures and refusals among damaged files, read by a process of its own."""
    done = subprocess.run(
        [sys.executable, "mutations.py", format, str(count)],
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    pictures, refusals = done.stdout.split()[-2:]
    return int(pictures), int(refusals)


@bounded
@pytest.mark.parametrize("format", ["tiff of 16 bits"])
def test_damaged_files_are_read_or_refused_in_one_sentence(format):
    assert sum(some_damaged(format, 150)) == 150


@pytest.mark.slow
@bounded
@pytest.mark.parametrize("format", FORMATS)
def test_thousands_of_damaged_files_are_read_or_refused_in_one_sentence(format):
    pictures, refusals = some_damaged(format, 1500)
    assert pictures + refusals == 1500 and refusals > 100


def tiff(pixels: np.ndarray, without: tuple[int, ...] = (), **options) -> bytes:
    """A TIFF file, without some of its tags."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, byteorder="<", metadata=None, **options)
    data = bytearray(stream.getvalue())
    place = int.from_bytes(data[4:8], "little")
    entries = int.from_bytes(data[place : place + 2], "little")
    kept = [
        data[at : at + 12]
        for at in range(place + 2, place + 2 + 12 * entries, 12)
        if int.from_bytes(data[at : at + 2], "little") not in without
    ]
    missing = 12 * (entries - len(kept))
    data[place : place + 2] = len(kept).to_bytes(2, "little")
    data[place + 2 : place + 2 + 12 * entries] = b"".join(kept) + bytes(missing)
    return bytes(data)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_tiff_that_does_not_say_what_black_is_has_its_black_at_zero(rng, dtype, channels):
    pixels = (rng.random((5, 6, channels)) * (1 if dtype == np.float32 else 255)).astype(dtype)
    stored = pixels[..., 0] if channels == 1 else pixels
    kind = "rgb" if channels == 3 else "minisblack"
    np.testing.assert_array_equal(
        read_image(tiff(stored, without=(262,), photometric=kind)).pixels, pixels
    )


def changed_tag(data: bytes, tag: int, value: int) -> bytes:
    changed = bytearray(data)
    place = int.from_bytes(data[4:8], "little")
    entries = int.from_bytes(data[place : place + 2], "little")
    for at in range(place + 2, place + 2 + 12 * entries, 12):
        if int.from_bytes(data[at : at + 2], "little") == tag:
            size = {3: 2, 4: 4}[int.from_bytes(data[at + 2 : at + 4], "little")]
            changed[at + 8 : at + 8 + size] = value.to_bytes(size, "little")
            return bytes(changed)
    raise KeyError(tag)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_channels_that_a_small_file_declares_take_no_memory(dtype):
    data = changed_tag(tiff(np.zeros((40, 40), dtype), photometric="minisblack"), 277, 60000)
    with pytest.raises(ImageFileError, match="holds 60000 channels"):
        read_image(data)


@pytest.mark.parametrize(("tag", "size"), [(256, "0x40"), (257, "40x0")])
def test_a_tiff_without_rows_or_columns_is_refused(tag, size):
    data = changed_tag(tiff(np.zeros((40, 40), np.uint16), photometric="minisblack"), tag, 0)
    with pytest.raises(ImageFileError, match=rf"declares {size} pixels: it is empty"):
        read_image(data)


def test_tiles_far_larger_than_the_picture_are_refused():
    data = tiff(np.zeros((40, 40), np.uint16), tile=(16, 16), photometric="minisblack")
    data = changed_tag(changed_tag(data, 322, 60000), 323, 60000)
    with pytest.raises(ImageFileError, match="declares tiles of 60000x60000"):
        read_image(data)


def test_a_kind_of_tiff_that_is_not_handled_is_not_called_damaged():
    pixels = np.zeros((4, 5, 6), np.uint8)
    data = tiff(pixels, photometric="minisblack", planarconfig="contig", extrasamples=[0] * 5)
    with pytest.raises(ImageFileError, match="holds 6 channels of 8 bits as MINISBLACK") as failure:
        read_image(data)
    assert "damaged" not in str(failure.value)


def test_a_file_that_is_no_picture_is_not_called_a_damaged_one():
    with pytest.raises(ImageFileError, match="not an image in a known format"):
        read_image(b"RIFF\x24\0\0\0WAVEfmt ")


def test_a_profile_of_more_than_a_megabyte_is_read_from_png():
    profile = bytearray(np.random.default_rng(1).bytes(2 << 20))
    profile[16:20] = b"RGB "
    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, "PNG", icc_profile=bytes(profile))
    assert read_image(stream.getvalue()).icc_profile == bytes(profile)
