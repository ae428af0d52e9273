"""Opening an image file, with one clear sentence for each way in which that fails."""

import io
import os
import re
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageCms, PngImagePlugin

from keras_dgggan.errors import ImageFileError

ImageSource = str | os.PathLike[str] | bytes

MAX_MEGAPIXELS = 250.0

# What files that Pillow should know begin with: PNG, JPEG, GIF, TIFF (two orders), WebP, BMP,
# JPEG 2000 (two kinds), AVIF and the PNM family.
_SIGNATURE = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8|II[*+]\0|MM\0[*+]|RIFF....WEBP|BM|\0\0\0\x0cjP|\xff\x4f\xff\x51|"
    rb"....ftyp(?:avif|avis|mif1)|P[1-6]\s",
    re.DOTALL,
)

# Bytes that a compressed text or profile in a PNG file may expand to. Pillow's own limit of 1 MiB
# refuses files for the profiles of some scanners.
_LARGEST_TEXT = 16 * 2**20

# What Python says of a decoder's own faults means nothing to whoever has the file.
_PYTHONS_OWN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RecursionError,
    TypeError,
    struct.error,
)
_OF_PYTHON = re.compile(
    r"invalid literal|codec can't|\bargument|'\w+' object|object at|unpack|reshape|broadcast|"
    r"at 0x|could not create .* object"
)
_UNSUPPORTED = re.compile(r"not (supported|implemented)|unsupported|requires the", re.IGNORECASE)

_pillow_limit = threading.Lock()


def name_of(source: ImageSource) -> str:
    """What an error message calls `source`."""
    return "the image data" if isinstance(source, bytes) else f"'{os.fspath(source)}'"


def read_bytes(source: ImageSource) -> bytes:
    """The content of a file or of bytes.

    Raises:
        ImageFileError: It is a folder, cannot be read, or is empty.
    """
    if isinstance(source, bytes):
        data = source
    else:
        try:
            data = Path(source).read_bytes()
        except IsADirectoryError:
            raise ImageFileError(f"{name_of(source)} is a folder, not an image file") from None
        except OSError as error:
            reason = error.strerror or str(error)
            raise ImageFileError(f"{name_of(source)} cannot be read: {reason}") from None
    if not data:
        raise ImageFileError(f"{name_of(source)} is empty (0 bytes)")
    return data


class UnidentifiedFile(ImageFileError):
    """A file that begins like an image, but whose header Pillow does not understand."""


@contextmanager
def naming(source: ImageSource) -> Iterator[None]:
    """Turn whatever a decoder raises inside into an `ImageFileError` that names `source`."""
    try:
        yield
    except ImageFileError:
        raise
    except MemoryError:
        raise ImageFileError(f"{name_of(source)} needs more memory than there is") from None
    except NotImplementedError as error:
        raise ImageFileError(f"{name_of(source)} is of a kind that is not handled") from error
    # Decoders fed damaged files raise nearly anything: SyntaxError, struct.error, KeyError.
    except Exception as error:
        reason = _reason(error)
        if reason is not None and _UNSUPPORTED.search(reason):
            sentence = f"{name_of(source)} is of a kind that is not handled: {reason}"
        else:
            sentence = f"{name_of(source)} is cut short or damaged" + (
                "" if reason is None else f": {reason}"
            )
        raise ImageFileError(sentence) from error


def _reason(error: Exception) -> str | None:
    """A decoder's own words where they were written for people; None for those of Python itself."""
    if isinstance(error, _PYTHONS_OWN) or type(error) is UnicodeDecodeError:
        return None
    lines = str(error).strip().splitlines()
    reason = lines[0].strip().rstrip(".") if lines else ""
    if _OF_PYTHON.search(reason):
        return None
    printable = "".join(c if c.isprintable() else "?" for c in reason)
    return printable[:160] or None


@contextmanager
def without_pillows_limits() -> Iterator[None]:
    """Open files without Pillow's own limits on pixels and texts, which are global."""
    with _pillow_limit:
        theirs = Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK
        Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK = None, _LARGEST_TEXT
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK = theirs


def open_pillow(data: bytes, source: ImageSource, max_megapixels: float) -> Image.Image:
    """Read the header of an image. The pixels are not decoded yet.

    Raises:
        UnidentifiedFile: A known format of an unknown kind.
        ImageFileError: No known format, damaged, or over `max_megapixels`.
    """
    try:
        # Ours is an argument, checked below.
        with without_pillows_limits():
            image = Image.open(io.BytesIO(data))
    except Image.UnidentifiedImageError:
        if _SIGNATURE.match(data):
            raise UnidentifiedFile(
                f"{name_of(source)} is cut short or damaged in its header, or of a kind that is "
                "not handled"
            ) from None
        raise ImageFileError(
            f"{name_of(source)} is not an image in a known format, whatever its name says: "
            f"it begins with {data[:12]!r}"
        ) from None
    except Exception as error:
        with naming(source):
            raise error
    check_size(image.width, image.height, source, max_megapixels)
    return image


def check_size(width: int, height: int, source: ImageSource, max_megapixels: float) -> None:
    """Raise `ImageFileError` for an image with more pixels than allowed, or with none."""
    if width < 1 or height < 1:
        raise ImageFileError(f"{name_of(source)} declares {width}x{height} pixels: it is empty")
    megapixels = width * height / 1e6
    if megapixels > max_megapixels:
        told = f"{megapixels:.{0 if megapixels >= 10 else 1}f}"
        raise ImageFileError(
            f"{name_of(source)} declares {width}x{height} pixels ({told} megapixels), "
            f"over the limit of {max_megapixels:g} megapixels, which can be raised"
        )


def cmyk_to_srgb(image: Image.Image) -> Image.Image:
    """CMYK to RGB by the embedded profile where there is a valid one, else by Pillow's rule."""
    profile = image.info.get("icc_profile")
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except ImageCms.PyCMSError:
            # A damaged or unfitting profile: the file's pixels are still worth having.
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")
