"""The file formats that are written, and the suffixes that are taken for images in a folder."""

import os
from dataclasses import dataclass

from keras_dgggan.errors import UsageError


@dataclass(frozen=True)
class Format:
    """What a format can hold.

    Attributes:
        pillow: Pillow's name of it.
        suffixes: File name endings, the usual one first.
        gray: It stores gray as such; otherwise gray is written as RGB.
        alpha: It stores transparency; otherwise the picture is laid over white.
        sixteen: It stores 16 bits per channel; otherwise 8 bits are written.
        largest: The largest width or height in pixels.
    """

    pillow: str
    suffixes: tuple[str, ...]
    gray: bool
    alpha: bool
    sixteen: bool
    largest: int


FORMATS = {
    "png": Format("PNG", (".png",), True, True, True, 2**31 - 1),
    "jpg": Format("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), True, False, False, 65500),
    "webp": Format("WEBP", (".webp",), False, True, False, 16383),
    "tiff": Format("TIFF", (".tif", ".tiff"), True, True, True, 2**31 - 1),
    "bmp": Format("BMP", (".bmp", ".dib"), True, True, False, 2**31 - 1),
}

# Formats that are read only: their pictures are written as PNG.
_READ_ONLY = (".gif", ".apng", ".avif", ".jp2", ".j2k", ".pbm", ".pgm", ".ppm", ".pnm", ".tga")

# Not read without a plugin of Pillow's, but a phone's pictures must not be passed over in silence.
_REPORTED = (".heic", ".heif")

READABLE_SUFFIXES = frozenset(
    suffix for entry in FORMATS.values() for suffix in entry.suffixes
) | frozenset(_READ_ONLY + _REPORTED)


def format_of_suffix(suffix: str) -> str | None:
    """The name in `FORMATS` for a file name's ending; None for one that is not written.

    Examples:
        >>> format_of_suffix(".JPG"), format_of_suffix(".gif")
        ('jpg', None)
    """
    return next((name for name, entry in FORMATS.items() if suffix.lower() in entry.suffixes), None)


def format_named(name: str) -> str:
    """The name in `FORMATS` for what a user calls a format.

    Raises:
        UsageError: It is not one that can be written.

    Examples:
        >>> format_named("JPEG")
        'jpg'
    """
    found = format_of_suffix(f".{name}")
    if found is None:
        raise UsageError(f"unknown format {name!r}: choose one of {', '.join(FORMATS)}")
    return found


def output_name(name: str, suffix: str, format: str | None) -> tuple[str, str]:
    """What a larger picture is called, and the format it is written in.

    Args:
        name: Of the input, with or without folders.
        suffix: Added to the name before its ending.
        format: A name in `FORMATS`; None keeps the input's, or takes PNG where that is only read.

    Examples:
        >>> output_name("a/b.JPG", "_sr", None), output_name("c.gif", "", None)
        (('a/b_sr.JPG', 'jpg'), ('c.png', 'png'))
    """
    stem, ending = os.path.splitext(name)
    theirs = format_of_suffix(ending)
    chosen = format or theirs or "png"
    return stem + suffix + (ending if chosen == theirs else FORMATS[chosen].suffixes[0]), chosen
