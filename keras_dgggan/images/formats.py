"""The file formats that are written, and the files of a folder that are taken for images."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

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


def image_files(
    folder: Path,
    *,
    recursive: bool = False,
    outside: Path | None = None,
    unlisted: Callable[[Path, OSError], None] | None = None,
) -> Iterator[Path]:
    """What is named like an image in a folder, by name and without what is hidden.

    Args:
        folder: The folder. It is listed, never globbed: brackets in a name are plain characters.
        recursive: Look into sub-folders, but not through links, which may lead back.
        outside: A sub-folder to leave out.
        unlisted: Called with a folder that cannot be listed; by default the error is raised.

    Examples:
        >>> Path("album/summer").mkdir(parents=True)
        >>> for name in ("b.png", "a.JPG", "notes.txt", ".hidden.png", "summer/c.webp"):
        ...     Path("album", name).touch()
        >>> [path.name for path in image_files(Path("album"), recursive=True)]
        ['a.JPG', 'b.png', 'c.webp']
    """
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        if unlisted is None:
            raise
        unlisted(folder, error)
        return
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.is_dir() and recursive:
            if not path.is_symlink() and (outside is None or path.resolve() != outside.resolve()):
                yield from image_files(path, recursive=True, outside=outside, unlisted=unlisted)
        elif path.suffix.lower() in READABLE_SUFFIXES:
            yield path
