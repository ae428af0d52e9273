"""Writing image files with all that a `Picture` carries and the format can hold."""

import contextlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from keras_dgggan.errors import ImageFileError, UsageError
from keras_dgggan.files import atomic_path
from keras_dgggan.images import gif
from keras_dgggan.images.formats import FORMATS, Format, format_named, format_of_suffix
from keras_dgggan.images.metadata import (
    Metadata,
    add_text,
    exif_for,
    iptc_resource,
    profile_fits,
)
from keras_dgggan.images.picture import Picture
from keras_dgggan.images.pixels import has_alpha, is_float, over_white, to_depth, to_rgb
from keras_dgggan.images.png import write_png
from keras_dgggan.images.tiff import write_tiff
from keras_dgggan.images.xmp import xmp_for

DEFAULT_QUALITY = 95

# Bytes of metadata that fit one segment of a JPEG file, with room for their own header.
_JPEG_SEGMENT = 65535 - 64


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

    Examples:
        >>> import io
        >>> file = io.BytesIO()
        >>> write_image(Picture(np.zeros((4, 4, 3), np.uint8)), file, format="png")
        >>> file.getvalue()[:4]
        b'\x89PNG'
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
    pixels = fitted(picture.pixels, entry)
    profile = picture.icc_profile
    if profile is not None and not profile_fits(profile, gray=pixels.shape[-1] <= 2):
        profile = None
    metadata = metadata_for(picture, profile, format)
    with opened(target) as stream:
        try:
            _write(pixels, stream, format, metadata, quality)
        # Pillow raises ValueError for metadata that a format cannot take, e.g. long EXIF in JPEG.
        except (ValueError, struct.error) as error:
            raise ImageFileError(f"{name} cannot be written as {entry.pillow}: {error}") from error


def check_still(format: str, name: str) -> None:
    """Raise `ImageFileError` for a format that single pictures are not written in."""
    if format not in FORMATS:
        raise ImageFileError(
            f"{name} is to hold a single picture, and {format} is written for animations only: "
            f"choose one of {', '.join(FORMATS)}"
        )


def check_fits(width: int, height: int, format: str, name: str) -> None:
    """Raise `ImageFileError` for a picture larger than a format of pictures or animations holds."""
    kind, largest = "GIF", gif.LARGEST
    if format in FORMATS:
        kind, largest = FORMATS[format].pillow, FORMATS[format].largest
    if max(width, height) > largest:
        raise ImageFileError(
            f"{name} would be {width}x{height}, but {kind} holds at most {largest} pixels a side: "
            "choose another format"
        )


@contextlib.contextmanager
def opened(target: str | os.PathLike[str] | IO[bytes]) -> Iterator[IO[bytes]]:
    """A stream for the bytes of a file that appears whole or not at all, or the target itself."""
    if not isinstance(target, str | os.PathLike):
        yield target
        return
    with atomic_path(target) as temporary, temporary.open("w+b") as stream:
        yield stream


def fitted(pixels: npt.NDArray, entry: Format) -> npt.NDArray:
    if is_float(pixels) and entry.pillow != "TIFF":
        pixels = to_depth(pixels, np.uint16 if entry.sixteen else np.uint8)
    if pixels.dtype == np.uint16 and not entry.sixteen:
        pixels = to_depth(pixels, np.uint8)
    if has_alpha(pixels) and not entry.alpha:
        pixels = over_white(pixels)
    if not entry.gray or (has_alpha(pixels) and entry.pillow == "BMP"):
        pixels = to_rgb(pixels)
    return pixels


def metadata_for(picture: Picture, icc_profile: bytes | None, format: str) -> Metadata:
    """What of a picture's metadata a format holds, corrected for the size that it has now."""
    height, width = picture.pixels.shape[:2]
    exif = None
    if picture.exif is not None:
        exif = exif_for(picture.exif, width, height, picture.described)
    if picture.text and format in ("jpg", "webp", "tiff"):
        exif = exif or Image.Exif()
        add_text(exif, picture.text)
    xmp = None if picture.xmp is None else xmp_for(picture.xmp, width, height)
    return Metadata(icc_profile, exif or None, picture.dpi, xmp, picture.iptc, dict(picture.text))


def _write(
    pixels: npt.NDArray, stream: IO[bytes], format: str, metadata: Metadata, quality: int
) -> None:
    if format == "tiff":
        write_tiff(pixels, stream, metadata)
        return
    if format == "png":
        write_png(pixels, stream, metadata)
        return
    if format == "bmp" and has_alpha(pixels):
        _write_bmp32(pixels, stream, metadata.dpi)
        return
    options: dict[str, Any] = {"icc_profile": metadata.icc_profile}
    if metadata.exif is not None:
        options["exif"] = metadata.exif
    if metadata.dpi is not None:
        options["dpi"] = metadata.dpi
    if format == "jpg":
        options |= {"quality": quality, "subsampling": 0}
        options |= _jpeg_segments(metadata)
    if format == "webp":
        options |= {"quality": quality, "lossless": quality == 100, "exact": quality == 100}
        options["xmp"] = metadata.xmp or b""
    squeezed = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    Image.fromarray(np.ascontiguousarray(squeezed)).save(stream, FORMATS[format].pillow, **options)


def _jpeg_segments(metadata: Metadata) -> dict[str, Any]:
    """XMP, IPTC and the comment, each where it fits the 64 kB of a segment."""
    options: dict[str, Any] = {}
    if metadata.xmp is not None and len(metadata.xmp) < _JPEG_SEGMENT:
        options["xmp"] = metadata.xmp
    if metadata.iptc is not None and len(metadata.iptc) < _JPEG_SEGMENT:
        block = b"Photoshop 3.0\0" + iptc_resource(metadata.iptc)
        # Pillow's name for segments that it copies as they are.
        options["extra"] = b"\xff\xed" + struct.pack(">H", 2 + len(block)) + block
    comment = metadata.text.get("Comment", "").encode()
    if 0 < len(comment) < _JPEG_SEGMENT:
        options["comment"] = comment
    return options


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
