"""Writing image files with all that a `Picture` carries and the format can hold."""

import contextlib
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from keras_dgggan.errors import ImageFileError, UsageError
from keras_dgggan.files import atomic_path
from keras_dgggan.images.formats import FORMATS, Format, format_named, format_of_suffix
from keras_dgggan.images.metadata import exif_for, profile_fits
from keras_dgggan.images.picture import Picture
from keras_dgggan.images.pixels import has_alpha, is_float, over_white, to_depth, to_rgb
from keras_dgggan.images.tiff import write_tiff

DEFAULT_QUALITY = 95

# The usual level, 6, makes photographs some 6 % smaller, but takes more than three times as long:
# as long as enlarging by a light model.
_PNG_LEVEL = 3


def write_image(
    picture: Picture,
    target: str | os.PathLike[str] | IO[bytes],
    *,
    format: str | None = None,
    quality: int = DEFAULT_QUALITY,
) -> None:
    """Write a picture; a file appears whole or not at all.

    What the format cannot hold is converted: 16 bits and floats are rounded to 8 bits (floats to
    16 in PNG), transparency is laid over white in JPEG, gray becomes RGB in WebP.

    Args:
        picture: What to write.
        target: A path or a binary stream.
        format: A name as `format_named` takes it; by default that of the path's ending, then
            the picture's own, then PNG.
        quality: 1 to 100 for JPEG and WebP; WebP of 100 is lossless.

    Raises:
        UsageError: `format` or `quality` is none of the above.
        ImageFileError: The picture is too large for the format, or cannot be written.

    Example:
        >>> write_image(Picture(np.zeros((4, 4, 3), np.uint8)), "black.png")
    """
    path = Path(target) if isinstance(target, str | os.PathLike) else None
    if format is None:
        format = (format_of_suffix(path.suffix) if path else None) or picture.format or "png"
    format = format_named(format)
    if not 1 <= quality <= 100:
        raise UsageError(f"the quality must be 1 to 100. Received: {quality}")
    name = "the output" if path is None else f"'{path}'"
    entry = FORMATS[format]
    height, width = picture.pixels.shape[:2]
    check_fits(width, height, format, name)
    pixels = _fitted(picture.pixels, entry)
    profile = picture.icc_profile
    if profile is not None and not profile_fits(profile, gray=pixels.shape[-1] <= 2):
        profile = None
    exif = None if picture.exif is None else exif_for(picture.exif, width, height)
    with _opened(target, path) as stream:
        try:
            _write(pixels, stream, format, exif, profile, picture.dpi, quality)
        # Pillow raises ValueError for metadata that a format cannot take, e.g. long EXIF in JPEG.
        except (ValueError, struct.error) as error:
            raise ImageFileError(f"{name} cannot be written as {entry.pillow}: {error}") from error


def check_fits(width: int, height: int, format: str, name: str) -> None:
    """Raise `ImageFileError` for a picture larger than a format of `FORMATS` can hold."""
    entry = FORMATS[format]
    if max(width, height) > entry.largest:
        raise ImageFileError(
            f"{name} would be {width}x{height}, but {entry.pillow} holds at most "
            f"{entry.largest} pixels a side: choose another format"
        )


@contextlib.contextmanager
def _opened(target: Any, path: Path | None) -> Iterator[IO[bytes]]:
    if path is None:
        yield target
        return
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        yield stream


def _fitted(pixels: npt.NDArray, entry: Format) -> npt.NDArray:
    if is_float(pixels) and entry.pillow != "TIFF":
        pixels = to_depth(pixels, np.uint16 if entry.sixteen else np.uint8)
    if pixels.dtype == np.uint16 and not entry.sixteen:
        pixels = to_depth(pixels, np.uint8)
    if has_alpha(pixels) and not entry.alpha:
        pixels = over_white(pixels)
    if not entry.gray or (has_alpha(pixels) and entry.pillow == "BMP"):
        pixels = to_rgb(pixels)
    return pixels


def _write(
    pixels: npt.NDArray,
    stream: IO[bytes],
    format: str,
    exif: Image.Exif | None,
    icc_profile: bytes | None,
    dpi: tuple[float, float] | None,
    quality: int,
) -> None:
    if format == "tiff":
        write_tiff(pixels, stream, exif=exif, icc_profile=icc_profile, dpi=dpi)
        return
    if format == "png" and pixels.dtype == np.uint16:
        _write_png16(pixels, stream, exif, icc_profile, dpi)
        return
    if format == "bmp" and has_alpha(pixels):
        _write_bmp32(pixels, stream, dpi)
        return
    options: dict[str, Any] = {"icc_profile": icc_profile}
    if exif is not None:
        options["exif"] = exif
    if dpi is not None:
        options["dpi"] = dpi
    if format == "png":
        options["compress_level"] = _PNG_LEVEL
    if format == "jpg":
        options |= {"quality": quality, "subsampling": 0}
    if format == "webp":
        options |= {"quality": quality, "lossless": quality == 100, "exact": quality == 100}
    squeezed = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    Image.fromarray(np.ascontiguousarray(squeezed)).save(stream, FORMATS[format].pillow, **options)


def _write_png16(
    pixels: npt.NDArray,
    stream: IO[bytes],
    exif: Image.Exif | None,
    icc_profile: bytes | None,
    dpi: tuple[float, float] | None,
) -> None:
    import imagecodecs

    squeezed = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    bare = imagecodecs.png_encode(np.ascontiguousarray(squeezed), level=_PNG_LEVEL)
    after_header = 33  # the signature and the header chunk
    stream.write(bare[:after_header])
    if icc_profile is not None:
        stream.write(_chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc_profile)))
    if dpi is not None:
        per_metre = [round(value / 0.0254) for value in dpi]
        stream.write(_chunk(b"pHYs", struct.pack(">IIB", *per_metre, 1)))
    if exif is not None:
        stream.write(_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))
    stream.write(bare[after_header:])


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _write_bmp32(pixels: npt.NDArray, stream: IO[bytes], dpi: tuple[float, float] | None) -> None:
    """BMP with a version 4 header, whose alpha mask readers honour; Pillow writes none."""
    height, width = pixels.shape[:2]
    per_metre = [0, 0] if dpi is None else [round(value / 0.0254) for value in dpi]
    size = 4 * width * height
    stream.write(struct.pack("<2sIHHI", b"BM", 122 + size, 0, 0, 122))
    stream.write(struct.pack("<IiiHHIIiiII", 108, width, height, 1, 32, 3, size, *per_metre, 0, 0))
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    stream.write(struct.pack("<4I4s48x", *masks, b"BGRs"))
    stream.write(np.ascontiguousarray(pixels[::-1, :, [2, 1, 0, 3]]).tobytes())
