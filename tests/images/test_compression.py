"""The quality that a file was compressed with, against the quality it was written with."""

import io

import numpy as np
import pytest
from PIL import Image

from keras_dgggan.images import read_image
from keras_dgggan.images.compression import Compression, compression_of


@pytest.fixture(scope="module")
def photo():
    import skimage.data

    return Image.fromarray(skimage.data.astronaut()[:160, 100:300])


def written(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


@pytest.mark.parametrize("quality", [1, 10, 30, 49, 50, 51, 75, 88, 95, 99, 100])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_file_has_the_quality_it_was_saved_with(photo, quality, mode):
    found = compression_of(written(photo.convert(mode), "JPEG", quality=quality))
    assert found == Compression("JPEG", quality)


@pytest.mark.parametrize("options", [{"progressive": True}, {"subsampling": 0}, {"optimize": True}])
def test_it_does_not_depend_on_how_a_jpeg_is_packed(photo, options):
    data = written(photo, "JPEG", quality=63, exif=b"Exif\0\0" + bytes(5000), **options)
    assert compression_of(data) == Compression("JPEG", 63)


def test_tables_of_other_make_are_estimated_by_their_sum(photo):
    flat = written(photo, "JPEG", qtables=[[20] * 64, [20] * 64])
    coarse = written(photo, "JPEG", qtables=[[90] * 64, [90] * 64])
    assert 70 <= compression_of(flat).quality <= 90 and 20 <= compression_of(coarse).quality <= 40


@pytest.mark.parametrize("quality", [5, 30, 60, 75, 90, 98])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_lossy_webp_file_has_about_the_quality_it_was_saved_with(photo, quality, mode):
    found = compression_of(written(photo.convert(mode), "WEBP", quality=quality))
    # libwebp shifts the quantizer by what it finds in the picture.
    assert found.format == "WebP" and abs(found.quality - quality) <= 14


def test_the_first_frame_of_a_webp_animation_is_looked_at(photo):
    data = written(photo, "WEBP", quality=80, save_all=True, append_images=[photo.rotate(90)])
    assert abs(compression_of(data).quality - 80) <= 10


def test_lossless_files_have_none(photo):
    for format, options in [("PNG", {}), ("WEBP", {"lossless": True}), ("BMP", {}), ("TIFF", {})]:
        assert compression_of(written(photo, format, **options)) is None


def test_damaged_files_have_none_and_raise_nothing(photo):
    for data in (
        written(photo, "JPEG", quality=50)[:30],
        written(photo, "WEBP", quality=50)[:34],
        b"\xff\xd8\xff",
        b"RIFF\0\0\0\0WEBP",
        b"",
    ):
        assert compression_of(data) is None


def test_a_picture_that_was_read_knows_it(photo, tmp_path):
    photo.save(tmp_path / "a.jpg", quality=71)
    photo.save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.jpg").compression == Compression("JPEG", 71)
    assert read_image(tmp_path / "a.png").compression is None
    assert np.array_equal(np.asarray(photo), read_image(tmp_path / "a.png").pixels)
