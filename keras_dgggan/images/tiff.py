"""TIFF of any depth: what Pillow cannot read of it, and all of its writing.

Pillow reads more than 8 bits in part only, writes no 16-bit RGB, and tifffile writes no EXIF
directory. So files are put together here; the serialization of their directories is Pillow's.
"""

import io
import logging
import struct
import zlib
from typing import IO, TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image, TiffImagePlugin, TiffTags

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images.metadata import IPTC, PHOTOSHOP, XMP, Metadata, iptc_in_resources
from keras_dgggan.images.opening import ImageSource, check_size, name_of, naming
from keras_dgggan.images.picture import Picture, assembled, refuse_sequence
from keras_dgggan.images.pixels import has_alpha, is_float, to_straight

if TYPE_CHECKING:
    import tifffile

_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ORIENTATION, _PHOTOMETRIC, _ICC_PROFILE = 274, 262, 34675
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 282, 283, 296

# CCITT's codes for facsimiles, whose white is 0 where a file does not say.
_FACSIMILE = (2, 3, 4)

# Tiles may reach beyond the picture, but what they reach is decoded too.
_LARGEST_TILE = 4096**2

_STRIP_BYTES = 1 << 20
# Bytes of a classic TIFF file, with room for its directories.
LARGEST = 2**32 - 2**20

# What tifffile says of files that it then reads is not for the one who has the file.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


def is_tiff(data: bytes) -> bool:
    """Whether a file says that it is TIFF, or BigTIFF."""
    return data.startswith(_SIGNATURES)


def is_beyond_pillow(data: bytes) -> bool:
    """Whether a file is TIFF that Pillow reads wrongly or not at all.

    These are files of more than 8 bits per sample, and those that do not say whether black or
    white is 0.
    """
    if not is_tiff(data):
        return False
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages[0]
            return page.bitspersample > 8 or page.tags.get(_PHOTOMETRIC) is None
    # A damaged directory: whoever reads the file next says what is wrong.
    except Exception:
        return False


def read_tiff(
    data: bytes, source: ImageSource, max_megapixels: float, first_frame: bool
) -> Picture:
    """Read gray or RGB with or without alpha, of up to 16 bits or floating point.

    Raises:
        ImageFileError: Other samples or channels, too large, several pages, or damaged.
    """
    import tifffile

    with naming(source), tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0]
        if not first_frame:
            refuse_sequence(len(file.pages), source)
        photometric = _photometric(page)
        _check_layout(page, photometric, source, max_megapixels)
        pixels = page.asarray()
        if page.axes == "SYX":
            pixels = np.moveaxis(pixels, 0, -1)
        pixels = pixels.reshape(page.imagelength, page.imagewidth, page.samplesperpixel)
        pixels = _whole_range(pixels, page.bitspersample)
        if photometric == "MINISWHITE":
            top = 1 if is_float(pixels) else np.iinfo(pixels.dtype).max
            pixels = np.concatenate([top - pixels[..., :1], pixels[..., 1:]], axis=-1)
        if [getattr(kind, "name", kind) for kind in page.extrasamples][:1] == ["ASSOCALPHA"]:
            pixels = to_straight(pixels)
        tags = tags_of(data)
        orientation = page.tags.valueof(_ORIENTATION)
        if orientation is not None and _ORIENTATION not in tags:
            tags[_ORIENTATION] = orientation
        return assembled(
            pixels,
            source,
            format="tiff",
            icc_profile=page.tags.valueof(_ICC_PROFILE),
            exif=tags,
            dpi=_dpi(tags),
            xmp=_bytes(tags.get(XMP), data),
            iptc=iptc_of(tags, data),
        )


def tags_of(data: bytes) -> Image.Exif:
    """The tags of a TIFF file's first page; none where they cannot be read."""
    tags = Image.Exif()
    # EXIF data is a TIFF file without pixels, so Pillow's reader of it takes the whole file.
    # Damaged metadata must not cost the user the picture.
    try:
        tags.load(data)
        dict(tags.items())
    except Exception:
        return Image.Exif()
    return tags


def iptc_of(tags: Image.Exif, data: bytes) -> bytes | None:
    """The IPTC records in a TIFF file's own tag, or else in Photoshop's."""
    return _bytes(tags.get(IPTC), data) or iptc_in_resources(
        _bytes(tags.get(PHOTOSHOP), data) or b""
    )


def _photometric(page: "tifffile.TiffPage") -> str:
    value = page.tags.valueof(_PHOTOMETRIC)
    if value is not None:
        return str(getattr(value, "name", value))
    if page.samplesperpixel > 2:
        return "RGB"
    return "MINISWHITE" if page.compression in _FACSIMILE else "MINISBLACK"


def _check_layout(
    page: "tifffile.TiffPage", photometric: str, source: ImageSource, max_megapixels: float
) -> None:
    """Refuse what cannot be handled before memory is taken for it."""
    width, height = page.imagewidth, page.imagelength
    check_size(width, height, source, max_megapixels)
    colours = {"MINISBLACK": 1, "MINISWHITE": 1, "RGB": 3}.get(photometric, 0)
    if colours == 0 or page.samplesperpixel not in (colours, colours + 1) or page.imagedepth != 1:
        depth = "" if page.imagedepth == 1 else f" in {page.imagedepth} layers"
        raise ImageFileError(
            f"{name_of(source)} holds {page.samplesperpixel} channels of {page.bitspersample} "
            f"bits{depth} as {photometric}: gray and RGB are handled, each with or without alpha"
        )
    if page.dtype is None or not (page.dtype.kind in "ub" or page.dtype.kind == "f"):
        kind = page.dtype or f"{page.bitspersample}-bit"
        raise ImageFileError(_samples(source, kind))
    if page.dtype.kind == "u" and page.dtype.itemsize > 2:
        raise ImageFileError(_samples(source, page.dtype))
    tile = page.tilewidth * page.tilelength if page.is_tiled else 0
    if tile > max(_LARGEST_TILE, 4 * width * height):
        raise ImageFileError(
            f"{name_of(source)} declares tiles of {page.tilewidth}x{page.tilelength} for a "
            f"picture of {width}x{height} pixels"
        )


def _samples(source: ImageSource, kind: object) -> str:
    return (
        f"{name_of(source)} holds {kind} samples: up to 8 bits, unsigned 16 bits and floating "
        "point are handled"
    )


def _whole_range(pixels: npt.NDArray, bits: int) -> npt.NDArray:
    """Integers of few bits, which come in the low end of 8 or 16, over their type's range."""
    if is_float(pixels) or bits in (8, 16):
        return pixels
    dtype = np.uint8 if bits < 8 else np.uint16
    return np.rint(pixels * (np.iinfo(dtype).max / (2**bits - 1))).astype(dtype)


def _dpi(tags: Image.Exif) -> tuple[float, float] | None:
    if tags.get(_RESOLUTION_UNIT, 2) not in (2, 3):
        return None
    per_inch = 2.54 if tags.get(_RESOLUTION_UNIT) == 3 else 1.0
    try:
        across, down = (float(tags[tag]) * per_inch for tag in (_X_RESOLUTION, _Y_RESOLUTION))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return across, down


def _bytes(value: object, data: bytes) -> bytes | None:
    """The bytes of a tag, which some programs declare as text or as 32-bit integers."""
    if isinstance(value, tuple) and value and all(isinstance(each, int) for each in value):
        order = "<" if data.startswith(b"II") else ">"
        kind = "B" if max(value) < 256 else "I"
        return struct.pack(f"{order}{len(value)}{kind}", *value).rstrip(b"\0")
    if isinstance(value, str):
        return value.encode("latin-1", "replace")
    return value if isinstance(value, bytes) else None


def write_tiff(
    pixels: npt.NDArray, stream: IO[bytes], metadata: Metadata, *, offset: int = 0
) -> None:
    """Write `[height, width, 1 to 4]` as deflated strips, integers with the predictor.

    A page that follows others begins at `offset`, with its directory and without a header.

    Raises:
        ImageFileError: The compressed picture exceeds the 4 GiB of a classic TIFF file.
    """
    height, width, channels = pixels.shape
    rows = max(1, _STRIP_BYTES // (width * channels * pixels.itemsize))
    strips = [_compressed(pixels[row : row + rows]) for row in range(0, height, rows)]
    sizes = [len(strip) for strip in strips]
    if sum(sizes) > LARGEST:
        raise ImageFileError("a TIFF file holds at most 4 GiB: write this picture as PNG")

    ifd = TiffImagePlugin.ImageFileDirectory_v2()
    if metadata.exif is not None:
        for tag, value in metadata.exif.items():
            if isinstance(value, dict):
                ifd.tagtype[tag] = TiffTags.LONG
            ifd[tag] = value
    for tag, kind, value in (
        (256, TiffTags.LONG, width),
        (257, TiffTags.LONG, height),
        (258, TiffTags.SHORT, (8 * pixels.itemsize,) * channels),
        (259, TiffTags.SHORT, 8),  # compression: deflate
        (262, TiffTags.SHORT, 1 if channels <= 2 else 2),  # black is zero, or RGB
        (273, TiffTags.LONG, tuple(sum(sizes[:i]) for i in range(len(sizes)))),
        (277, TiffTags.SHORT, channels),
        (278, TiffTags.LONG, rows),
        (279, TiffTags.LONG, tuple(sizes)),
        (284, TiffTags.SHORT, 1),  # channels interleaved
        (339, TiffTags.SHORT, (3 if is_float(pixels) else 1,) * channels),
    ):
        ifd.tagtype[tag] = kind
        ifd[tag] = value
    if not is_float(pixels):
        ifd.tagtype[317] = TiffTags.SHORT
        ifd[317] = 2
    if has_alpha(pixels):
        ifd.tagtype[338] = TiffTags.SHORT
        ifd[338] = 2  # straight alpha
    if metadata.dpi is not None:
        ifd[282], ifd[283], ifd[296] = *metadata.dpi, 2
    blocks = ((_ICC_PROFILE, metadata.icc_profile), (XMP, metadata.xmp), (IPTC, metadata.iptc))
    for tag, block in blocks:
        if block is not None:
            ifd.tagtype[tag] = TiffTags.BYTE if tag == XMP else TiffTags.UNDEFINED
            ifd[tag] = block

    if offset:
        stream.write(ifd.tobytes(offset))
    else:
        head = io.BytesIO()
        ifd.save(head)
        stream.write(head.getvalue())
    for strip in strips:
        stream.write(strip)


def _compressed(rows: npt.NDArray) -> bytes:
    little = rows.astype(rows.dtype.newbyteorder("<"), copy=False)
    if not is_float(rows):
        # Predictor 2: each sample less its left neighbour, modulo the type's range.
        little = little.copy()
        little[:, 1:] -= rows[:, :-1]
    return zlib.compress(np.ascontiguousarray(little).tobytes(), 6)
