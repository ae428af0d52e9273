import io
import struct

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image, ImageCms

from keras_dgggan.errors import ImageFileError, UsageError
from keras_dgggan.images import Picture, read_image, write_image

LOSSLESS = ("png", "tiff", "bmp", "webp")
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def random_pixels(rng, channels: int, dtype=np.uint8) -> np.ndarray:
    shape = (6, 5, channels)
    if np.issubdtype(dtype, np.floating):
        return rng.random(shape).astype(dtype)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def written(picture: Picture, format: str, **options) -> bytes:
    stream = io.BytesIO()
    write_image(picture, stream, format=format, **options)
    return stream.getvalue()


def saved(image: Image.Image, format: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


@pytest.mark.parametrize("format", LOSSLESS)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_eight_bits_go_through_every_lossless_format(rng, format, channels):
    pixels = random_pixels(rng, channels)
    back = read_image(written(Picture(pixels), format, quality=100))
    expected = pixels
    if channels <= 2 and (format == "webp" or (format == "bmp" and channels == 2)):
        expected = np.concatenate([pixels[..., :1].repeat(3, axis=2), pixels[..., 1:]], axis=2)
    assert back.format == format
    np.testing.assert_array_equal(back.pixels, expected)


@pytest.mark.parametrize("format", ["png", "tiff"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bits_go_through_png_and_tiff(rng, format, channels):
    pixels = random_pixels(rng, channels, np.uint16)
    data = written(Picture(pixels, icc_profile=SRGB, dpi=(300, 200)), format)
    back = read_image(data)
    np.testing.assert_array_equal(back.pixels, pixels)
    assert back.pixels.dtype == np.uint16
    assert back.dpi == pytest.approx((300, 200), abs=0.02)
    assert back.icc_profile == SRGB
    # Readers that share no code with the writers.
    if format == "tiff":
        theirs = tifffile.imread(io.BytesIO(data)).reshape(pixels.shape)
        np.testing.assert_array_equal(theirs, pixels)
    elif channels == 4:
        np.testing.assert_array_equal(imagecodecs.spng_decode(data), pixels)
    elif channels == 3:  # Pillow keeps the high bytes
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data))), pixels >> 8)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_floats_go_through_tiff(rng, dtype, channels):
    pixels = random_pixels(rng, channels, dtype) * dtype(3) - dtype(1)
    data = written(Picture(pixels), "tiff")
    np.testing.assert_array_equal(tifffile.imread(io.BytesIO(data)).reshape(pixels.shape), pixels)
    back = read_image(data)
    assert back.pixels.dtype == dtype
    np.testing.assert_array_equal(back.pixels, pixels)


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (700, 500)])
def test_tiff_strips_are_whole_at_any_size(rng, size):
    pixels = rng.integers(0, 65536, (*size, 3), np.uint16)
    data = written(Picture(pixels), "tiff")
    np.testing.assert_array_equal(tifffile.imread(io.BytesIO(data)).reshape(pixels.shape), pixels)


@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite", "rgb"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_sixteen_bit_tiff_of_other_programs_is_read(rng, photometric, planar):
    pixels = random_pixels(rng, 3 if photometric == "rgb" else 1, np.uint16)
    stored = pixels if planar == "contig" or photometric != "rgb" else np.moveaxis(pixels, -1, 0)
    stored = stored if photometric == "rgb" else stored[..., 0]
    stream = io.BytesIO()
    tifffile.imwrite(
        stream,
        stored,
        photometric=photometric,
        planarconfig=planar if photometric == "rgb" else None,
        compression="lzw",
    )
    expected = 65535 - pixels if photometric == "miniswhite" else pixels
    np.testing.assert_array_equal(read_image(stream.getvalue()).pixels, expected)


def test_twelve_bits_fill_sixteen():
    stream = io.BytesIO()
    stored = np.array([[0, 1, 4095, 2048]], np.uint16)
    tifffile.imwrite(stream, stored, bitspersample=12, photometric="minisblack")
    assert read_image(stream.getvalue()).pixels.ravel().tolist() == [0, 16, 65535, 32776]


def test_premultiplied_tiff_becomes_straight():
    stored = np.array([[[100, 50, 0, 200], [0, 0, 0, 0]]], np.uint16)
    stream = io.BytesIO()
    tifffile.imwrite(stream, stored, photometric="rgb", extrasamples=["assocalpha"])
    back = read_image(stream.getvalue()).pixels
    assert back[0, 0].tolist() == [32768, 16384, 0, 200]
    assert back[0, 1].tolist() == [0, 0, 0, 0]


def test_float_tiff_becomes_sixteen_bits_in_png(rng):
    pixels = random_pixels(rng, 3, np.float32)
    back = read_image(written(Picture(pixels), "png")).pixels
    np.testing.assert_array_equal(back, np.rint(pixels.astype(np.float64) * 65535))


def test_sixteen_bits_are_rounded_to_eight_where_a_format_has_no_more():
    pixels = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    back = read_image(written(Picture(pixels), "bmp")).pixels
    np.testing.assert_array_equal(back, np.floor(pixels / 257 + 0.5))


def test_jpeg_lays_transparency_over_white():
    pixels = np.zeros((8, 8, 4), np.uint8)
    back = read_image(written(Picture(pixels), "jpg")).pixels
    assert back.shape == (8, 8, 3) and back.min() >= 254


def test_palette_with_transparency_becomes_rgba():
    image = Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8), "P")
    image.putpalette([1, 2, 3, 4, 5, 6, 7, 8, 9])
    pixels = read_image(saved(image, "PNG", transparency=bytes([0, 128, 255]))).pixels
    assert pixels.tolist() == [[[1, 2, 3, 0], [4, 5, 6, 128]], [[7, 8, 9, 255], [4, 5, 6, 128]]]


def test_opaque_palette_becomes_rgb_and_one_bit_becomes_gray():
    image = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    image.putpalette([1, 2, 3, 4, 5, 6])
    assert read_image(saved(image, "GIF")).pixels.tolist() == [[[1, 2, 3], [4, 5, 6]]]
    bits = Image.fromarray(np.array([[0, 255, 255]], np.uint8)).convert("1")
    for format in ("PNG", "TIFF", "BMP"):
        assert read_image(saved(bits, format)).pixels.tolist() == [[[0], [255], [255]]]


def test_a_transparent_colour_of_a_gray_png_becomes_alpha():
    image = Image.fromarray(np.array([[5, 9]], np.uint8))
    assert read_image(saved(image, "PNG", transparency=5)).pixels.tolist() == [[[5, 0], [9, 255]]]


@pytest.mark.parametrize("format", ["png", "jpg", "webp", "tiff"])
def test_profile_exif_and_resolution_are_carried(format):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Maker"
    exif[ExifTags.Base.Orientation] = 6
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "2020:02:03 04:05:06"
    details[ExifTags.Base.ExifImageWidth] = 8
    details[ExifTags.Base.ExifImageHeight] = 4
    details[ExifTags.Base.ExposureTime] = 0.25
    position = exif.get_ifd(ExifTags.IFD.GPSInfo)
    position[ExifTags.GPS.GPSLatitudeRef] = "N"
    position[ExifTags.GPS.GPSLatitude] = (48.0, 8.0, 6.5)
    pixels = np.zeros((4, 8, 3), np.uint8)
    pixels[0, 0] = 255
    source = saved(Image.fromarray(pixels), "PNG", exif=exif, icc_profile=SRGB, dpi=(300, 300))

    picture = read_image(source)
    assert picture.pixels.shape == (8, 4, 3)
    assert picture.pixels[0, 3].tolist() == [255, 255, 255]  # orientation 6 turns clockwise
    larger = Picture(np.zeros((32, 16, 3), np.uint8), None, SRGB, picture.exif, picture.dpi)
    with Image.open(io.BytesIO(written(larger, format))) as result:
        assert result.size == (16, 32)
        assert result.info["icc_profile"] == SRGB
        if format != "webp":
            assert result.info["dpi"] == pytest.approx((300, 300), abs=0.02)
        tags = result.getexif()
        assert tags[ExifTags.Base.Make] == "Maker"
        assert tags[ExifTags.Base.Orientation] == 1
        details = tags.get_ifd(ExifTags.IFD.Exif)
        assert details[ExifTags.Base.DateTimeOriginal] == "2020:02:03 04:05:06"
        assert details[ExifTags.Base.ExifImageWidth] == 16
        assert details[ExifTags.Base.ExifImageHeight] == 32
        assert float(details[ExifTags.Base.ExposureTime]) == 0.25
        position = tags.get_ifd(ExifTags.IFD.GPSInfo)
        assert position[ExifTags.GPS.GPSLatitude] == (48.0, 8.0, 6.5)
    again = read_image(written(larger, format))
    assert again.pixels.shape == (32, 16, 3)


def test_exif_of_sixteen_bit_files_is_carried_too(rng):
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Somebody"
    picture = Picture(random_pixels(rng, 3, np.uint16), exif=exif.tobytes())
    for format in ("png", "tiff"):
        back = read_image(written(picture, format))
        kept = Image.Exif()
        kept.load(back.exif)
        assert kept[ExifTags.Base.Artist] == "Somebody"


def test_the_storage_tags_of_a_tiff_do_not_leak_into_other_formats(rng):
    data = written(Picture(random_pixels(rng, 3)), "tiff")
    assert read_image(data).exif is None


def test_damaged_exif_costs_nobody_the_picture():
    data = saved(
        Image.new("RGB", (4, 4)), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f" + b"\xff" * 20
    )
    assert read_image(data).pixels.shape == (4, 4, 3)


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animations_and_pages_are_refused_in_one_sentence(format, tmp_path):
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "green", "blue")]
    path = tmp_path / "moving"
    path.write_bytes(saved(frames[0], format, save_all=True, append_images=frames[1:]))
    with pytest.raises(ImageFileError, match=r"moving' holds 3 frames or pages: only single"):
        read_image(path)


def test_samples_that_are_not_handled_are_refused_in_one_sentence():
    for pixels, options, reason in [
        (np.zeros((4, 4), np.uint32), {}, "uint32 samples"),
        (np.zeros((4, 4, 5), np.uint16), {"photometric": "minisblack"}, "5 channels|pages"),
        (np.full((4, 4), np.nan, np.float32), {}, "NaN or infinite"),
    ]:
        stream = io.BytesIO()
        tifffile.imwrite(stream, pixels, **options)
        with pytest.raises(ImageFileError, match=reason):
            read_image(stream.getvalue())


@pytest.mark.parametrize("format", ["png", "tiff"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_truncation_is_noticed_at_every_depth(rng, format, dtype, tmp_path):
    pixels = rng.integers(0, 255, (64, 64, 3), dtype)
    data = written(Picture(pixels), format)
    path = tmp_path / "cut"
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(ImageFileError, match=r"cut' is cut short or damaged: "):
        read_image(path)


def test_a_picture_too_large_for_a_format_is_refused_before_a_file_appears(tmp_path):
    path = tmp_path / "wide.webp"
    with pytest.raises(ImageFileError, match="20000x1, but WEBP holds at most 16383"):
        write_image(Picture(np.zeros((1, 20000, 3), np.uint8)), path)
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_no_file(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "x" * 70000
    picture = Picture(np.zeros((4, 4, 3), np.uint8), exif=exif.tobytes())
    with pytest.raises(ImageFileError, match="cannot be written as JPEG"):
        write_image(picture, tmp_path / "a.jpg")
    assert not list(tmp_path.iterdir())


def test_format_comes_from_the_argument_then_the_name_then_the_picture(tmp_path):
    picture = Picture(np.zeros((4, 4, 3), np.uint8), format="bmp")
    write_image(picture, tmp_path / "a.webp", format="png")
    write_image(picture, tmp_path / "b.webp")
    write_image(picture, tmp_path / "c")
    found = [read_image(tmp_path / name).format for name in ("a.webp", "b.webp", "c")]
    assert found == ["png", "webp", "bmp"]
    for options in ({"format": "gif"}, {"quality": 0}):
        with pytest.raises(UsageError):
            write_image(picture, tmp_path / "d.png", **options)


def test_bmp_with_alpha_is_what_other_readers_expect():
    pixels = np.array([[[1, 2, 3, 4]], [[5, 6, 7, 8]]], np.uint8)
    data = written(Picture(pixels, dpi=(96, 96)), "bmp")
    assert struct.unpack_from("<IiiHHI", data, 14) == (108, 1, 2, 1, 32, 3)
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(image), pixels)
