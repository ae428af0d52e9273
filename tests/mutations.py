"""Small files of every format that is read, damaged in many ways, each from a seed of its own."""

import contextlib
import io
import re
import resource
import signal
import struct
import sys
import warnings
import zlib

import numpy as np
import tifffile
from PIL import Image, ImageCms, PngImagePlugin

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images import Picture, read_image, write_image

# A picture of this size and its decoder take a few MB; more means that a length was believed.
MAX_MEGAPIXELS = 0.5
MEMORY = 3 << 30
SECONDS = 10

# What Python's own errors and the representations of objects look like.
_OF_PYTHON = re.compile(r"' object|object at|at 0x|argument|NoneType|invalid literal|index")


def _saved(image: Image.Image, format: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def _tiff(pixels: np.ndarray, **options) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, **options)
    return stream.getvalue()


def _written(picture: Picture, format: str) -> bytes:
    stream = io.BytesIO()
    write_image(picture, stream, format=format)
    return stream.getvalue()


def originals() -> dict[str, list[bytes]]:
    """Whole files by format, small enough that every part of them is hit."""
    rng = np.random.default_rng(7)
    rgb = Image.fromarray(rng.integers(0, 256, (9, 12, 3), np.uint8))
    rgba = Image.fromarray(rng.integers(0, 256, (9, 12, 4), np.uint8))
    gray, palette = rgb.convert("L"), rgb.quantize(8)
    sixteen = rng.integers(0, 65536, (9, 12, 3), np.uint16)
    exif = Image.Exif()
    exif[270], exif[315], exif[274] = "A description", "Somebody", 6
    exif.get_ifd(0x8769)[40962] = 12
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a xmlns:t="u" t:b="1"/></x:xmpmeta>'
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Title", "A title")
    texts.add_text("Comment", "many words " * 30, zip=True)
    texts.add_itxt("XML:com.adobe.xmp", xmp.decode())
    full = Picture(
        np.asarray(rgb), exif=exif.tobytes(), xmp=xmp, iptc=b"\x1c\x02\x05\0\x03abc", dpi=(72, 72)
    )
    frames = {"save_all": True, "append_images": [rgb.rotate(180)]}
    return {
        "png": [
            _saved(rgb, "PNG", pnginfo=texts, exif=exif, icc_profile=profile),
            _saved(palette, "PNG", transparency=b"\0\1"),
            _saved(rgba, "PNG"),
            _saved(gray.convert("1"), "PNG"),
        ],
        "png of 16 bits": [_written(Picture(sixteen, exif=exif.tobytes()), "png")],
        "apng": [_saved(rgb, "PNG", **frames)],
        "jpg": [
            _saved(rgb, "JPEG", exif=exif, xmp=xmp, comment=b"A comment"),
            _saved(gray, "JPEG", progressive=True),
            _saved(rgb.convert("CMYK"), "JPEG"),
            _written(full, "jpg"),
        ],
        "webp": [_saved(rgba, "WEBP", lossless=True, exif=exif, xmp=xmp), _saved(rgb, "WEBP")],
        "tiff": [
            _saved(rgb, "TIFF", compression="tiff_lzw", exif=exif),
            _saved(palette, "TIFF"),
            _saved(gray.convert("1"), "TIFF", compression="group4"),
            _saved(rgb.convert("CMYK"), "TIFF"),
            _saved(rgb, "TIFF", compression="jpeg"),
            _written(full, "tiff"),
        ],
        "tiff of 16 bits": [
            _tiff(sixteen, photometric="rgb"),
            _tiff(sixteen, photometric="rgb", planarconfig="separate", compression="lzw"),
            _tiff(sixteen[..., 0], tile=(16, 16), compression="zlib", predictor=True),
            _tiff(sixteen, photometric="rgb", bigtiff=True),
            _tiff(sixteen[..., 0] >> 4, bitspersample=12, photometric="miniswhite"),
            _written(Picture(sixteen, exif=exif.tobytes(), xmp=xmp), "tiff"),
        ],
        "tiff of floats": [
            _tiff(rng.random((9, 12), np.float32)),
            _tiff(rng.random((9, 12, 3)), photometric="rgb", compression="zlib"),
            _tiff(rng.random((9, 12, 3)).astype(np.float16), photometric="rgb", predictor=False),
        ],
        "bmp": [
            _saved(rgb, "BMP"), _saved(palette, "BMP"), _written(Picture(np.asarray(rgba)), "bmp")
        ],
        "gif": [_saved(palette, "GIF", comment=b"A comment"), _saved(palette, "GIF", **frames)],
        "avif": [_saved(rgb, "AVIF", exif=exif), _saved(rgba, "AVIF")],
        "jp2": [_saved(rgb, "JPEG2000"), _saved(gray, "JPEG2000", no_jp2=True)],
        "pnm": [_saved(rgb, "PPM"), _saved(gray, "PPM"), _saved(gray.convert("1"), "PPM"),
                b"P3 2 2 255\n" + b"1 2 3 " * 4],
        "tga": [_saved(rgba, "TGA", compression="tga_rle"), _saved(palette, "TGA")],
    }  # fmt: skip


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """A file with some bytes changed, cut, repeated, or set to numbers that lengths are rarely."""
    damaged = bytearray(data)
    # Headers and directories are hit more often than pixels.
    reach = len(damaged) if rng.random() < 0.5 else min(len(damaged), 120)
    for _ in range(rng.integers(1, 6)):
        place = int(rng.integers(0, reach))
        match rng.integers(0, 6):
            case 0:
                damaged[place] ^= 1 << int(rng.integers(0, 8))
            case 1:
                damaged[place] = int(rng.integers(0, 256))
            case 2:
                size = int(rng.choice([2, 4]))
                value = int(rng.choice([0, 1, 2**15, 2**16 - 1, 2**31 - 1, 2**32 - 1]))
                order = "little" if rng.random() < 0.5 else "big"
                damaged[place : place + size] = (value % 256**size).to_bytes(size, order)
            case 3:
                del damaged[place : place + int(rng.integers(1, 9))]
            case 4:
                damaged[place:place] = damaged[place : place + int(rng.integers(1, 30))]
            case 5 if rng.random() < 0.3:
                del damaged[place:]
        reach = max(1, min(reach, len(damaged)))
        if not damaged:
            return b"\0"
    if damaged.startswith(b"\x89PNG") and rng.random() < 0.8:
        return _with_checksums(bytes(damaged))
    return bytes(damaged)


def _with_checksums(png: bytes) -> bytes:
    """A PNG file whose chunks are whole again, so that their content is looked at."""
    parts, position = [png[:8]], 8
    while position + 8 <= len(png):
        (length,) = struct.unpack_from(">I", png, position)
        body = png[position + 4 : position + 8 + length]
        parts += [struct.pack(">I", len(body) - 4), body, struct.pack(">I", zlib.crc32(body))]
        position += 12 + length
    return b"".join(parts)


def read_and_write(data: bytes) -> str:
    """What became of a file: the sentence of its refusal, or nothing for a picture.

    Raises:
        AssertionError: The sentence is none.
    """
    try:
        picture = read_image(data, max_megapixels=MAX_MEGAPIXELS)
    except ImageFileError as error:
        sentence = str(error)
        assert sentence.startswith("the image data ") and "\n" not in sentence, sentence
        assert not _OF_PYTHON.search(sentence), sentence
        assert "more memory" not in sentence, sentence
        return sentence
    pixels = picture.pixels
    assert pixels.ndim == 3 and pixels.shape[2] in (1, 2, 3, 4) and pixels.size > 0
    assert pixels.dtype in (np.uint8, np.uint16) or np.isfinite(pixels).all()
    for format in ("png", "jpg", "webp", "tiff", "bmp"):
        if max(pixels.shape[:2]) < 16000:
            write_image(picture, io.BytesIO(), format=format)
    return ""


def run(format: str, count: int) -> None:
    """Read `count` damaged files, in a process whose memory and time are bounded.

    Prints the number of pictures and refusals.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    files = originals()[format]
    for data in files:
        with contextlib.suppress(ImageFileError):
            read_and_write(data)
    sentences: dict[str, int] = {}
    # Pillow warns of damaged metadata; any other warning is ours.
    warnings.filterwarnings("error")
    warnings.filterwarnings("ignore", module="PIL")
    warnings.filterwarnings("ignore", module="tifffile")
    for seed in range(count):
        rng = np.random.default_rng([seed, *format.encode()])
        data = mutated(files[seed % len(files)], rng)
        signal.alarm(SECONDS)
        try:
            sentence = read_and_write(data)
        except BaseException:
            print(f"{format}, seed {seed}", file=sys.stderr)
            raise
        sentences[sentence] = sentences.get(sentence, 0) + 1
    signal.alarm(0)
    refused = sum(count for sentence, count in sentences.items() if sentence)
    print(sentences.get("", 0), refused)
    if "--sentences" in sys.argv:
        for sentence, times in sorted(sentences.items(), key=lambda item: -item[1])[:40]:
            print(times, sentence)


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]))
