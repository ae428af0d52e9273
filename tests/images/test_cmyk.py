import io
import itertools
import struct

import numpy as np
import pytest
from PIL import Image
from skimage.color import lab2rgb

from keras_dgggan.images import read_image


def saved(image: Image.Image, format: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def cmyk_profile() -> bytes:
    """A valid profile in which every ink is gray: a table of the 16 corners of CMYK in Lab."""
    corners = [
        (round(255 * (1 - (0.1 * c + 0.2 * m + 0.3 * y + 0.4 * k))), 128, 128)
        for c, m, y, k in itertools.product((0, 1), repeat=4)
    ]
    identity = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    ramp = bytes(range(256))
    table = struct.pack(">4s4x4B", b"mft1", 4, 3, 2, 0) + identity + 4 * ramp
    table += bytes(itertools.chain.from_iterable(corners)) + 3 * ramp
    tags = struct.pack(">I4sII", 1, b"A2B0", 144, len(table))
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x3i48x",
        144 + len(table), 0x02100000, b"prtr", b"CMYK", b"Lab ", b"acsp", 63190, 65536, 54061,
    )  # fmt: skip
    return header + tags + table


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
def test_cmyk_is_converted_by_its_profile_which_is_not_kept(format):
    image = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    options = {"quality": 100} if format == "JPEG" else {}
    picture = read_image(saved(image, format, icc_profile=cmyk_profile(), **options))
    expected = np.rint(lab2rgb([90.0, 0, 0]) * 255)  # full cyan is L 90 there, and no colour
    np.testing.assert_allclose(picture.pixels[0, 0], expected, atol=2)
    assert picture.icc_profile is None


@pytest.mark.parametrize("profile", [None, cmyk_profile()[:200]])
def test_cmyk_without_a_usable_profile_is_converted_all_the_same(profile):
    image = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    picture = read_image(saved(image, "JPEG", quality=100, icc_profile=profile))
    np.testing.assert_allclose(picture.pixels[0, 0], [0, 255, 255], atol=2)
    assert picture.icc_profile is None
