"""Each kind of file through the whole path, with a model that enlarges by nearest neighbour."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import ExifTags, Image, ImageCms

from keras_dgggan.cli import main
from keras_dgggan.images import Picture, read_image, write_image

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def enlarged(pixels: np.ndarray) -> np.ndarray:
    return pixels.repeat(4, axis=0).repeat(4, axis=1)


def random_image(mode: str) -> Image.Image:
    channels = len(Image.new(mode, (1, 1)).getbands())
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, channels), np.uint8)
    if mode in ("LA", "RGBA"):
        pixels[..., -1] = 128
    return Image.fromarray(pixels[..., 0] if channels == 1 else pixels)


def one_bit() -> Image.Image:
    return random_image("L").convert("1")


def palette() -> Image.Image:
    return random_image("RGB").quantize(16)


# file name: (image, options of its encoder, mode of the result)
KINDS = {
    "rgb.png": (lambda: random_image("RGB"), {}, "RGB"),
    "gray.png": (lambda: random_image("L"), {}, "L"),
    "gray-alpha.png": (lambda: random_image("LA"), {}, "LA"),
    "alpha.png": (lambda: random_image("RGBA"), {}, "RGBA"),
    "palette.png": (palette, {}, "RGB"),
    "one-bit.png": (one_bit, {}, "L"),
    "one-bit.tif": (one_bit, {}, "L"),
    "rgb.tif": (lambda: random_image("RGB"), {"compression": "tiff_lzw"}, "RGB"),
    "alpha.tif": (lambda: random_image("RGBA"), {}, "RGBA"),
    "rgb.bmp": (lambda: random_image("RGB"), {}, "RGB"),
    "gray.bmp": (lambda: random_image("L"), {}, "L"),
    "alpha.webp": (lambda: random_image("RGBA"), {"lossless": True, "exact": True}, "RGBA"),
    "single-frame.gif": (palette, {}, "RGB"),
}
DEEP = [(suffix, channels) for suffix in ("png", "tif") for channels in (1, 2, 3, 4)]


@pytest.fixture(scope="module")
def folder(nearest, tmp_path_factory) -> Path:
    """A folder with a file of each kind, and `out` with the results of one command."""
    folder = tmp_path_factory.mktemp("kinds")
    for name, (make, options, _) in KINDS.items():
        make().save(folder / name, **options)
    rng = np.random.default_rng(1)
    for suffix, channels in DEEP:
        pixels = rng.integers(0, 65536, (40, 30, channels), np.uint16)
        if channels in (2, 4):
            pixels[..., -1] = 40000
        write_image(Picture(pixels, dpi=(600, 600)), folder / f"deep-{channels}.{suffix}")
    arguments = ["upscale", str(folder), "-o", str(folder / "out"), "--suffix", ""]
    done = CliRunner().invoke(main, [*arguments, "--model", nearest, "--quality", "100"])
    assert done.exit_code == 0, done.output
    return folder


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_file_keeps_its_kind(folder, name):
    output = folder / "out" / name.replace(".gif", ".png")
    with Image.open(output) as image:
        assert image.mode == KINDS[name][2]
        assert image.size == (28, 20)
    expected = enlarged(read_image(folder / name).pixels)
    np.testing.assert_array_equal(read_image(output).pixels, expected)


@pytest.mark.parametrize(("suffix", "channels"), DEEP)
def test_sixteen_bits_stay_sixteen_bits(folder, suffix, channels):
    name = f"deep-{channels}.{suffix}"
    result = read_image(folder / "out" / name)
    assert result.pixels.dtype == np.uint16
    assert len(np.unique(result.pixels)) > 1000
    np.testing.assert_array_equal(result.pixels, enlarged(read_image(folder / name).pixels))
    assert result.dpi == pytest.approx((600, 600), abs=0.02)


def test_float_tiff_stays_float(here, upscale, nearest, rng):
    pixels = (rng.random((5, 6, 3)) * 8 - 1).astype(np.float32)
    write_image(Picture(pixels), "a.tif")
    assert upscale("a.tif", "--model", nearest).exit_code == 0
    result = read_image("a_sr.tif").pixels
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, enlarged(pixels), atol=1e-5)


def test_transparency_of_a_palette_is_kept(here, upscale, nearest):
    image = Image.fromarray(np.repeat([[0, 1]], 8, axis=1).repeat(8, axis=0).astype(np.uint8), "P")
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.save("a.png", transparency=bytes([0, 255]))
    assert upscale("a.png", "--model", nearest).exit_code == 0
    result = read_image("a_sr.png").pixels
    assert result.shape == (32, 64, 4)
    assert result[:, :16, 3].max() == 0 and result[:, -16:, 3].min() == 255
    # Not a trace of the hidden red, wherever anything is seen.
    assert result[..., 0].max() == 0


def test_soft_alpha_is_upscaled_by_the_model(here, upscale, nearest, rng):
    pixels = rng.integers(1, 255, (9, 8, 4), np.uint8)
    write_image(Picture(pixels), "a.png")
    assert upscale("a.png", "--model", nearest).exit_code == 0
    np.testing.assert_array_equal(read_image("a_sr.png").pixels, enlarged(pixels))


def test_cmyk_becomes_rgb(here, upscale, nearest):
    Image.new("CMYK", (8, 8), (0, 255, 0, 0)).save("a.jpg", quality=100)
    assert upscale("a.jpg", "--model", nearest, "--quality", "100").exit_code == 0
    with Image.open("a_sr.jpg") as image:
        assert image.mode == "RGB" and image.size == (32, 32)
        assert np.abs(np.asarray(image).astype(int) - [255, 0, 255]).max() <= 3


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_orientation_profile_and_exif_of_a_photo(here, upscale, nearest, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Model] = "Camera"
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.ExifImageWidth], details[ExifTags.Base.ExifImageHeight] = 16, 8
    pixels = np.zeros((8, 16, 3), np.uint8)
    pixels[:, :8] = 255  # bright left half, as stored
    options = {"exif": exif, "icc_profile": SRGB, "dpi": (240, 240), "quality": 100}
    Image.fromarray(pixels).save("photo.jpg", **options)
    assert upscale("photo.jpg", "--model", nearest).exit_code == 0
    with Image.open("photo_sr.jpg") as image:
        assert image.size == ((64, 32) if orientation in (1, 3) else (32, 64))
        gray = np.asarray(image.convert("L")).astype(float)
        tags = image.getexif()
        assert tags[ExifTags.Base.Orientation] == 1
        assert tags[ExifTags.Base.Model] == "Camera"
        details = tags.get_ifd(ExifTags.IFD.Exif)
        assert details[ExifTags.Base.ExifImageWidth] == image.width
        assert details[ExifTags.Base.ExifImageHeight] == image.height
        assert image.info["icc_profile"] == SRGB
        assert image.info["dpi"] == (240, 240)
    half = {
        1: gray[:, : gray.shape[1] // 2],
        3: gray[:, gray.shape[1] // 2 :],
        6: gray[: gray.shape[0] // 2],
        8: gray[gray.shape[0] // 2 :],
    }[orientation]
    assert half.mean() > 250 and gray.mean() < 130
