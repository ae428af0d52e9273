"""Opening an image file, with one clear sentence for each way in which that fails."""

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageCms

from keras_dgggan.errors import ImageFileError

Source = str | os.PathLike[str] | bytes

MAX_MEGAPIXELS = 250.0

# What files that Pillow should know begin with: PNG, JPEG, GIF, TIFF (two orders), WebP.
_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"RIFF")

_pillow_limit = threading.Lock()


def name_of(source: Source) -> str:
    """What an error message calls `source`."""
    return "the image data" if isinstance(source, bytes) else f"'{os.fspath(source)}'"


def read_bytes(source: Source) -> bytes:
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


@contextmanager
def naming(source: Source) -> Iterator[None]:
    """Turn whatever a decoder raises inside into an `ImageFileError` that names `source`."""
    try:
        yield
    except (ImageFileError, MemoryError):
        raise
    # Decoders fed damaged files raise nearly anything: SyntaxError, struct.error, KeyError.
    except Exception as error:
        reason = str(error).strip().rstrip(".") or type(error).__name__
        raise ImageFileError(f"{name_of(source)} is cut short or damaged: {reason}") from error


def open_pillow(data: bytes, source: Source, max_megapixels: float) -> Image.Image:
    """Read the header of an image. The pixels are not decoded yet.

    Raises:
        ImageFileError: No known format, damaged, or over `max_megapixels`.
    """
    try:
        # Pillow's own limit on pixels is global; ours is an argument, checked below.
        with _pillow_limit:
            theirs, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
            try:
                image = Image.open(io.BytesIO(data))
            finally:
                Image.MAX_IMAGE_PIXELS = theirs
    except Image.UnidentifiedImageError:
        if data.startswith(_SIGNATURES):
            raise ImageFileError(
                f"{name_of(source)} is cut short or damaged in its header"
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


def check_size(width: int, height: int, source: Source, max_megapixels: float) -> None:
    """Raise `ImageFileError` for an image with more pixels than allowed."""
    megapixels = width * height / 1e6
    if megapixels > max_megapixels:
        raise ImageFileError(
            f"{name_of(source)} declares {width}x{height} pixels ({megapixels:.0f} megapixels), "
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
