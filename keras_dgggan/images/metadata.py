"""EXIF, IPTC, text, colour profile and resolution, carried to a picture of another size."""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image

_BASE = ExifTags.Base
_SUB_IFDS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
_INTEROP = ExifTags.IFD.Interop
_RELATED_WIDTH, _RELATED_HEIGHT = 0x1001, 0x1002
_PLACES = (0x9214, 0xA214)  # SubjectArea and SubjectLocation, in pixels
_DENSITIES = (_BASE.FocalPlaneXResolution, _BASE.FocalPlaneYResolution)
_GEO_SCALE, _GEO_POINTS, _GEO_MATRIX = 33550, 33922, 34264

XMP, IPTC, PHOTOSHOP = 700, 33723, 34377

# Tags that describe how a TIFF file stores its pixels, and the copies of the picture, its profile
# and its orientation that other programs leave there (thumbnails, XMP, Photoshop, ICC). The last
# are those of microscopes' programs, which tell the shape of what they stored.
_STRUCTURE = {
    *range(254, 267),
    273,
    *range(277, 282),
    *range(284, 294),
    297,
    301,
    *range(317, 326),
    *range(330, 348),
    *range(512, 522),
    *range(529, 533),
    *(XMP, IPTC, PHOTOSHOP, 34675, 37724),
    *(*range(33628, 33632), 34361, 34362, 34412, 50838, 50839),
}

# What PNG calls the fields that EXIF has tags for.
_TAG_OF_KEYWORD = {
    "Title": _BASE.ImageDescription,
    "Description": _BASE.ImageDescription,
    "Author": _BASE.Artist,
    "Copyright": _BASE.Copyright,
    "Software": _BASE.Software,
}
# Where image generators leave their prompt: a PNG text, or EXIF's comment in other formats.
_PROMPT = "parameters"

# Profiles as text by ImageMagick, and what such programs tell of the old file and its thumbnail.
_PROFILE_TEXT = "Raw profile type "
_FALSE_TEXT = re.compile(
    r"XML:com\.adobe\.xmp|Raw profile type |Thumb::|png:|"
    r"(exif|tiff):.*(dimension|width|length|height|orientation|thumbnail)",
    re.IGNORECASE,
)
_IPTC_RESOURCE = 0x0404


@dataclass(frozen=True)
class Metadata:
    """What a picture's metadata say of the picture as it is written, in forms that formats hold."""

    icc_profile: bytes | None
    exif: Image.Exif | None
    dpi: tuple[float, float] | None
    xmp: bytes | None
    iptc: bytes | None
    text: Mapping[str, str]


def own_exif(theirs: Image.Exif) -> tuple[bytes | None, int]:
    """A file's EXIF data without what describes its storage, and its orientation.

    The orientation in the data is reset to 1: whoever reads the pixels turns them.
    """
    # EXIF is a byproduct of many programs. Damaged data must not cost the user the picture.
    try:
        orientation = theirs.get(_BASE.Orientation, 1)
        ours = Image.Exif()
        for tag, value in theirs.items():
            if tag in _STRUCTURE or tag in _SUB_IFDS:
                continue
            if tag == _BASE.ImageDescription and describes_shape(value):
                continue
            ours[tag] = value
        for tag in _SUB_IFDS:
            ifd = _sub_ifd(theirs, tag)
            for place in _PLACES if orientation != 1 else ():
                ifd.pop(place, None)
            if ifd:
                ours[tag] = ifd
        if _BASE.Orientation in ours:
            ours[_BASE.Orientation] = 1
        # A TIFF file always has a resolution there, which is no EXIF data of its own.
        described = set(ours) - {282, 283, 296}
        return (ours.tobytes() if described else None), orientation
    except Exception:
        return None, 1


def describes_shape(description: object) -> bool:
    """Whether a TIFF's description is a program's record of the shape that it stored.

    Examples:
        >>> describes_shape('{"shape": [48, 64, 3]}'), describes_shape("ImageJ=1.54f")
        (True, True)
        >>> describes_shape("A shape in the fog")
        False
    """
    if isinstance(description, bytes):
        description = description.decode("utf-8", "replace")
    text = str(description).lstrip("\ufeff \t\r\n")
    return (
        text.startswith(("ImageJ=", "shape=", "SCANIMAGE", "state."))
        or (text.startswith("{") and '"shape"' in text)
        or (text.startswith("<") and "SizeX=" in text)
    )


def exif_for(
    exif: bytes, width: int, height: int, described: tuple[int, int] | None = None
) -> Image.Exif:
    """EXIF data for a picture of this size: what it says of pixels is corrected.

    Args:
        exif: As `own_exif` gives it.
        described: Height and width of the picture that the data come from.
    """
    adapted = Image.Exif()
    adapted.load(exif)
    down, right = (height / described[0], width / described[1]) if described else (1.0, 1.0)
    for tag in _SUB_IFDS:
        ifd = _sub_ifd(adapted, tag)
        if _BASE.ExifImageWidth in ifd or _BASE.ExifImageHeight in ifd:
            ifd[_BASE.ExifImageWidth], ifd[_BASE.ExifImageHeight] = width, height
        related = ifd.get(_INTEROP, {})
        if _RELATED_WIDTH in related or _RELATED_HEIGHT in related:
            related[_RELATED_WIDTH], related[_RELATED_HEIGHT] = width, height
        if (right, down) != (1.0, 1.0):
            for place in _PLACES:
                if isinstance(ifd.get(place), tuple):
                    ifd[place] = tuple(round(value) for value in _times(ifd[place], right, down))
            for density in _DENSITIES:
                if 0 < ifd.get(density, 0) < 1e6:
                    ifd[density] = float(ifd[density]) * right
        if ifd:
            adapted[tag] = ifd
    if (right, down) != (1.0, 1.0):
        _scale_georeference(adapted, right, down)
    return adapted


def add_text(exif: Image.Exif, text: Mapping[str, str]) -> None:
    """Give PNG's texts a place in EXIF data, in fields that are still empty."""
    for keyword, tag in _TAG_OF_KEYWORD.items():
        if text.get(keyword) and not exif.get(tag):
            exif[tag] = text[keyword]
    details = _sub_ifd(exif, ExifTags.IFD.Exif)
    if text.get(_PROMPT) and _BASE.UserComment not in details:
        details[_BASE.UserComment] = b"UNICODE\0" + text[_PROMPT].encode("utf-16-be")
        exif[ExifTags.IFD.Exif] = details


def own_text(theirs: Mapping[object, object]) -> dict[str, str]:
    """A file's texts by keyword, without copies of other metadata and what upscaling makes false.

    Examples:
        >>> own_text({"Title": "Fog", "Thumb::Image::Width": "8"})
        {'Title': 'Fog'}
    """
    return {
        key: str(value)
        for key, value in theirs.items()
        if isinstance(key, str) and isinstance(value, str) and not _FALSE_TEXT.match(key)
    }


def profile_in_text(text: Mapping[object, object], name: str) -> bytes | None:
    """A profile ("xmp", "iptc") that ImageMagick stored as hexadecimal text in a PNG file."""
    lines = str(text.get(_PROFILE_TEXT + name, "")).split(maxsplit=2)
    try:
        return bytes.fromhex(lines[2]) if len(lines) == 3 else None
    except ValueError:
        return None


def text_of_profile(name: str, profile: bytes) -> tuple[str, str]:
    """Keyword and text by which a PNG file holds a profile; see `profile_in_text`."""
    digits = profile.hex()
    lines = "\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
    return _PROFILE_TEXT + name, f"\n{name}\n{len(profile):8d}\n{lines}\n"


def iptc_resource(iptc: bytes) -> bytes:
    """IPTC records as a resource block of Photoshop's, which JPEG and PNG files hold."""
    head = struct.pack(">4sHHI", b"8BIM", _IPTC_RESOURCE, 0, len(iptc))
    return head + iptc + b"\0" * (len(iptc) % 2)


def iptc_in_resources(blocks: bytes) -> bytes | None:
    """The IPTC records among resource blocks of Photoshop's, or in bytes that are nothing else."""
    if blocks.startswith(b"\x1c"):
        return blocks
    blocks = blocks.removeprefix(b"Photoshop 3.0\0")
    position = 0
    while blocks[position : position + 4] == b"8BIM" and position + 12 <= len(blocks):
        (code, name) = struct.unpack_from(">HB", blocks, position + 4)
        position += 6 + (name + 2) // 2 * 2
        if position + 4 > len(blocks):
            return None
        (size,) = struct.unpack_from(">I", blocks, position)
        if code == _IPTC_RESOURCE:
            return blocks[position + 4 : position + 4 + size] or None
        position += 4 + (size + 1) // 2 * 2
    return None


def profile_fits(profile: bytes, *, gray: bool) -> bool:
    """Whether a colour profile can describe such pixels: its header names its colour space."""
    return profile[16:20] == b"RGB " or (gray and profile[16:20] == b"GRAY")


def sensible_dpi(dpi: Any) -> tuple[float, float] | None:
    """Horizontal and vertical pixels per inch, or None where they are zero, absurd or unknown."""
    try:
        across, down = (float(value) for value in dpi)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if 0 < across < 1e6 and 0 < down < 1e6 else None


def _sub_ifd(exif: Image.Exif, tag: int) -> dict[int, Any]:
    ifd = dict(exif.get_ifd(tag))
    if _INTEROP in ifd:
        ifd[_INTEROP] = dict(exif.get_ifd(_INTEROP))
    return ifd


def _times(values: tuple, *factors: float) -> tuple:
    return tuple(value * factors[i % len(factors)] for i, value in enumerate(values))


def _scale_georeference(exif: Image.Exif, right: float, down: float) -> None:
    """Make GeoTIFF's tags, which count in pixels, true for a picture enlarged by these factors."""
    scale, points, matrix = (exif.get(tag) for tag in (_GEO_SCALE, _GEO_POINTS, _GEO_MATRIX))
    if isinstance(scale, tuple) and len(scale) == 3:
        exif[_GEO_SCALE] = (scale[0] / right, scale[1] / down, scale[2])
    if isinstance(points, tuple) and len(points) % 6 == 0:
        exif[_GEO_POINTS] = _times(points, right, down, 1.0, 1.0, 1.0, 1.0)
    if isinstance(matrix, tuple) and len(matrix) == 16:
        exif[_GEO_MATRIX] = _times(matrix, 1 / right, 1 / down, 1.0, 1.0)
