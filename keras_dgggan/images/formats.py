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
    "png": Format("PNG", (".png", ".apng"), True, True, True, 2**31 - 1),
    "jpg": Format("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif"), True, False, False, 65500),
    "webp": Format("WEBP", (".webp",), False, True, False, 16383),
    "tiff": Format("TIFF", (".tif", ".tiff"), True, True, True, 2**31 - 1),
    "bmp": Format("BMP", (".bmp", ".dib"), True, True, False, 2**31 - 1),
}

# Formats of animations, and the endings of those that hold nothing else.
ANIMATED = {"gif": (".gif",), "png": (".apng",), "webp": ()}

# Formats of which single pictures are read only, and are written as PNG.
_READ_ONLY = (".gif", ".avif", ".jp2", ".j2k", ".pbm", ".pgm", ".ppm", ".pnm", ".tga")

# Not read without a plugin of Pillow's, but a phone's pictures must not be passed over in silence.
_REPORTED = (".heic", ".heif")

READABLE_SUFFIXES = frozenset(
    suffix for entry in FORMATS.values() for suffix in entry.suffixes
) | frozenset(_READ_ONLY + _REPORTED)


def format_of_suffix(suffix: str, *, animated: bool = False) -> str | None:
    """The name of the format for a file name's ending; None for one that is not written.

    Args:
        suffix: With its dot.
        animated: Take formats of animations too, of which GIF is not in `FORMATS`.

    Examples:
        >>> format_of_suffix(".JPG"), format_of_suffix(".gif")
        ('jpg', None)
        >>> format_of_suffix(".gif", animated=True)
        'gif'
    """
    suffix = suffix.lower()
    still = (name for name, entry in FORMATS.items() if suffix in entry.suffixes)
    moving = (name for name, suffixes in ANIMATED.items() if animated and suffix in suffixes)
    return next(still, None) or next(moving, None)


def format_named(name: str, *, animated: bool = False) -> str:
    """The name in `FORMATS` for what a user calls a format.

    Args:
        name: E.g. "JPEG".
        animated: As in `format_of_suffix`.

    Raises:
        UsageError: It is not one that can be written.

    Examples:
        >>> format_named("JPEG")
        'jpg'
    """
    found = format_of_suffix(f".{name}", animated=animated)
    if found is None:
        known = [*FORMATS, "gif"] if animated else FORMATS
        raise UsageError(f"unknown format {name!r}: choose one of {', '.join(known)}")
    return found


def suffix_of(format: str) -> str:
    """The usual ending of a format's files.

    Examples:
        >>> suffix_of("jpg"), suffix_of("gif")
        ('.jpg', '.gif')
    """
    return FORMATS[format].suffixes[0] if format in FORMATS else ANIMATED[format][0]


def output_name(
    name: str, suffix: str, format: str | None, own: str | None = None
) -> tuple[str, str]:
    """What a larger picture is called, and the format it is written in.

    Args:
        name: Of the input, with or without folders.
        suffix: Added to the name before its ending.
        format: Asked for; None keeps the input's, or takes PNG where that is only read.
        own: The input's format, where its ending alone does not say it.

    Examples:
        >>> output_name("a/b.JPG", "_sr", None), output_name("c.gif", "", None)
        (('a/b_sr.JPG', 'jpg'), ('c.png', 'png'))
        >>> output_name("c.gif", "_sr", None, own="gif")
        ('c_sr.gif', 'gif')
    """
    stem, ending = os.path.splitext(name)
    theirs = own or format_of_suffix(ending)
    chosen = format or theirs or "png"
    return stem + suffix + (ending if chosen == theirs else suffix_of(chosen)), chosen
