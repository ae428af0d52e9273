"""Reading image files: with all that should survive processing, or as plain 8-bit RGB."""

import struct
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images.compression import compression_of
from keras_dgggan.images.formats import FORMATS
from keras_dgggan.images.headers import SEQUENCES
from keras_dgggan.images.metadata import iptc_in_resources, profile_in_text
from keras_dgggan.images.opening import (
    MAX_MEGAPIXELS,
    ImageSource,
    UnidentifiedFile,
    cmyk_to_srgb,
    name_of,
    naming,
    open_pillow,
    read_bytes,
)
from keras_dgggan.images.picture import Picture, assembled, refuse_sequence
from keras_dgggan.images.pixels import on_white
from keras_dgggan.images.tiff import iptc_of, is_beyond_pillow, is_tiff, read_tiff, tags_of

# Where the bit depth stands in a PNG file.
_PNG_DEPTH = 24

# Pillow modes whose samples are what we want.
_PLAIN = ("L", "LA", "RGB", "RGBA")

# A PNG file's header up to its size, and what follows in one of 8-bit RGB rows in their order.
_PNG_START = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_PLAIN_RGB8 = b"\x08\x02\0\0\0"

# Chunks that cannot change what `decode_rgb8` makes of a file.
_PLAIN_CHUNKS = frozenset({b"IHDR", b"IDAT", b"IEND", b"pHYs", b"sRGB", b"tIME"})


def read_image(
    source: ImageSource, *, max_megapixels: float = MAX_MEGAPIXELS, first_frame: bool = False
) -> Picture:
    """Read an image file with all that should survive its processing.

    Samples keep their depth: 8 or 16 bits, or floating point (TIFF). Gray, alpha and RGB stay
    what they are; a palette becomes RGB or RGBA, 1-bit becomes 8-bit gray. CMYK and Lab are
    converted to sRGB, CMYK by the embedded profile. EXIF orientation is applied.

    Args:
        source: A path, or the bytes of a file.
        max_megapixels: The largest image that is read.
        first_frame: Read the first frame or page of several rather than refuse the file.

    Raises:
        ImageFileError: The file is missing, empty, damaged, too large, an animation or of
            several pages, of samples that cannot be handled, or no image.

    Examples:
        >>> import io
        >>> from keras_dgggan.images import Picture, read_image, write_image
        >>> file = io.BytesIO()
        >>> scan = Picture(np.zeros((48, 64, 1), np.uint16), dpi=(300, 300))
        >>> write_image(scan, file, format="tiff")
        >>> picture = read_image(file.getvalue())
        >>> picture.pixels.dtype, picture.pixels.shape, picture.dpi
        (dtype('uint16'), (48, 64, 1), (300.0, 300.0))
    """
    data = read_bytes(source)
    if is_beyond_pillow(data):
        return read_tiff(data, source, max_megapixels, first_frame)
    try:
        opened = open_pillow(data, source, max_megapixels)
    except UnidentifiedFile:
        if not is_tiff(data):
            raise
        return read_tiff(data, source, max_megapixels, first_frame)
    with opened as image, naming(source):
        if not first_frame and image.format in SEQUENCES:
            refuse_sequence(getattr(image, "n_frames", 1), source)
        image.load()
        if image.format == "PNG" and data[_PNG_DEPTH] == 16:
            # Pillow reads 16-bit RGB with 8 bits.
            import imagecodecs

            pixels = imagecodecs.png_decode(data)
        else:
            pixels = pillow_samples(image, source)
        # What cameras call MPO is a JPEG file with a second picture behind it.
        name = "JPEG" if image.format == "MPO" else image.format
        return assembled(
            pixels,
            source,
            format=next((key for key, entry in FORMATS.items() if entry.pillow == name), None),
            icc_profile=image.info.get("icc_profile"),
            exif=_exif(image),
            dpi=image.info.get("dpi"),
            compression=compression_of(data),
            **_descriptions(image, data),
        )


def decode_rgb8(source: ImageSource, *, max_megapixels: float = MAX_MEGAPIXELS) -> npt.NDArray:
    """Decode an image file of any format and mode to 8-bit RGB, for training and evaluation.

    EXIF orientation is applied. Gray is repeated, palettes are expanded, transparent pixels are
    laid over white, CMYK is converted by its profile, 16 bits are rounded to 8. Of an animation
    the first frame is taken. An RGB colour profile is ignored: the numbers are the file's own.

    Args:
        source: A path, or the bytes of a file.
        max_megapixels: The largest image that is decoded.

    Returns:
        uint8 `[height, width, 3]`.

    Raises:
        ImageFileError: The file is missing, empty, damaged, too large or no image.

    Examples:
        >>> import io
        >>> file = io.BytesIO()
        >>> Image.new("L", (64, 48), 7).save(file, "PNG")
        >>> decode_rgb8(file.getvalue()).shape
        (48, 64, 3)
    """
    data = read_bytes(source)
    if _is_plain_png(data, max_megapixels):
        import imagecodecs

        try:
            # Training reads millions of these: a third faster than Pillow, the same pixels.
            return imagecodecs.png_decode(data)
        except imagecodecs.PngError:
            # Damaged: the usual reader finds the words for it.
            pass
    picture = read_image(source, max_megapixels=max_megapixels, first_frame=True)
    return on_white(picture.pixels)


def _is_plain_png(data: bytes, max_megapixels: float) -> bool:
    if not data.startswith(_PNG_START) or data[24:29] != _PLAIN_RGB8:
        return False
    width, height = struct.unpack(">II", data[16:24])
    if width * height > max_megapixels * 1e6:
        return False
    position = 8
    while position + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        if kind not in _PLAIN_CHUNKS:
            return False
        position += length + 12
    return True


def pillow_samples(image: Image.Image, source: ImageSource) -> npt.NDArray:
    """The pixels of a Pillow image of any mode, as `Picture` has them, but `[h, w]` for gray.

    Raises:
        ImageFileError: It holds integers of 32 bits; `source` is what the message names.

    Examples:
        >>> pillow_samples(Image.new("CMYK", (4, 3)), "new.tif").shape
        (3, 4, 3)
    """
    mode = image.mode
    if mode == "F":
        return np.asarray(image)
    if mode.startswith("I"):
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 65535:
            raise ImageFileError(
                f"{name_of(source)} holds 32-bit integer samples: 8 bits, 16 bits and floating "
                "point are handled"
            )
        return values.astype(np.uint16)
    if mode == "CMYK":
        return np.asarray(cmyk_to_srgb(image))
    if mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return np.asarray(ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB"))
    if image.has_transparency_data:
        return np.asarray(image.convert("LA" if mode in ("1", "L", "LA", "La") else "RGBA"))
    if mode in _PLAIN:
        return np.asarray(image)
    return np.asarray(image.convert("L" if mode == "1" else "RGB"))


def _exif(image: Image.Image) -> Image.Exif:
    # Damaged metadata must not cost the user the picture.
    try:
        return image.getexif()
    except Exception:
        return Image.Exif()


def _descriptions(image: Image.Image, data: bytes) -> dict[str, Any]:
    """XMP, IPTC and texts, wherever a format keeps them."""
    info = image.info
    text = dict(getattr(image, "text", {}))
    comment = info.get("comment")
    if isinstance(comment, bytes) and image.format in ("JPEG", "MPO", "GIF"):
        text["Comment"] = _decoded(comment)
    xmp = info.get("xmp") or profile_in_text(text, "xmp")
    if image.format == "TIFF":
        iptc = iptc_of(tags_of(data), data)
    else:
        resources = info.get("photoshop")
        iptc = resources.get(0x0404) if isinstance(resources, dict) else None
        iptc = iptc or iptc_in_resources(profile_in_text(text, "iptc") or b"")
    return {"xmp": xmp, "iptc": iptc, "text": text}


def _decoded(comment: bytes) -> str:
    comment = comment.rstrip(b"\0")
    try:
        return comment.decode("utf-8")
    except UnicodeDecodeError:
        return comment.decode("latin-1")
