"""EXIF, colour profile and resolution, carried from one file to another of another size."""

from typing import Any

from PIL import ExifTags, Image

_ORIENTATION = ExifTags.Base.Orientation
_SUB_IFDS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo)
_INTEROP = ExifTags.IFD.Interop
_PIXEL_WIDTH, _PIXEL_HEIGHT = ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight

# Tags that describe how a TIFF file stores its pixels, and the copies of the picture, its profile
# and its orientation that other programs leave there (thumbnails, XMP, Photoshop, ICC).
_STRUCTURE = {
    *range(254, 267),
    273,
    *range(277, 282),
    *range(284, 294),
    297,
    301,
    *range(317, 326),
} | {*range(330, 348), *range(512, 522), *range(529, 533), 700, 33723, 34377, 34675, 37724}


def own_exif(theirs: Image.Exif) -> tuple[bytes | None, int]:
    """A file's EXIF data without what describes its storage, and its orientation.

    The orientation in the data is reset to 1: whoever reads the pixels turns them.
    """
    # EXIF is a byproduct of many programs. Damaged data must not cost the user the picture.
    try:
        ours = Image.Exif()
        for tag, value in theirs.items():
            if tag not in _STRUCTURE and tag not in _SUB_IFDS:
                ours[tag] = value
        for tag in _SUB_IFDS:
            ifd = _sub_ifd(theirs, tag)
            if ifd:
                ours[tag] = ifd
        orientation = theirs.get(_ORIENTATION, 1)
        if _ORIENTATION in ours:
            ours[_ORIENTATION] = 1
        # A TIFF file always has a resolution there, which is no EXIF data of its own.
        described = set(ours) - {282, 283, 296}
        return (ours.tobytes() if described else None), orientation
    except Exception:
        return None, 1


def exif_for(exif: bytes, width: int, height: int) -> Image.Exif:
    """EXIF data for a picture of this size: the recorded pixel dimensions are corrected."""
    adapted = Image.Exif()
    adapted.load(exif)
    for tag in _SUB_IFDS:
        ifd = _sub_ifd(adapted, tag)
        if _PIXEL_WIDTH in ifd or _PIXEL_HEIGHT in ifd:
            ifd[_PIXEL_WIDTH], ifd[_PIXEL_HEIGHT] = width, height
        if ifd:
            adapted[tag] = ifd
    return adapted


def _sub_ifd(exif: Image.Exif, tag: int) -> dict[int, Any]:
    ifd = dict(exif.get_ifd(tag))
    if _INTEROP in ifd:
        ifd[_INTEROP] = dict(exif.get_ifd(_INTEROP))
    return ifd


def profile_fits(profile: bytes, *, gray: bool) -> bool:
    """Whether a colour profile can describe such pixels: its header names its colour space."""
    return profile[16:20] == b"RGB " or (gray and profile[16:20] == b"GRAY")


def sensible_dpi(dpi: Any) -> tuple[float, float] | None:
    """Pixels per inch, horizontal and vertical, unless zero or unknown."""
    if dpi is None or not all(value and value > 0 for value in dpi):
        return None
    return float(dpi[0]), float(dpi[1])
