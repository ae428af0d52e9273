"""Reading TIFF of more than 8 bits per sample, which Pillow reads in part only."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images.opening import Source, check_size, name_of
from keras_dgggan.images.picture import Picture, assembled, refuse_sequence
from keras_dgggan.images.pixels import is_float, to_straight

_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BITS_PER_SAMPLE, _ICC_PROFILE = 258, 34675
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 282, 283, 296


def is_deep_tiff(data: bytes) -> bool:
    """Whether a file is TIFF with more than 8 bits per sample."""
    if not data.startswith(_SIGNATURES):
        return False
    try:
        bits = _tags(data).get(_BITS_PER_SAMPLE, 1)
    # A damaged directory: whoever reads the file next says what is wrong.
    except Exception:
        return False
    return max(bits if isinstance(bits, tuple) else (bits,)) > 8


def read_deep_tiff(
    data: bytes, source: Source, max_megapixels: float, first_frame: bool
) -> Picture:
    """Read gray or RGB with or without alpha, of up to 16 bits or floating point.

    Raises:
        ImageFileError: Other samples or channels, too large, or several pages.
    """
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0]
        if not first_frame:
            refuse_sequence(len(file.pages), source)
        check_size(page.imagewidth, page.imagelength, source, max_megapixels)
        pixels = page.asarray()
        if page.axes == "SYX":
            pixels = np.moveaxis(pixels, 0, -1)
        photometric, extra = page.photometric.name, tuple(page.extrasamples)
        bits = page.bitspersample
    pixels = pixels if pixels.ndim == 3 else pixels[..., None]
    _check(pixels, photometric, source)
    if bits < 16:
        # 10, 12 or 14 bits come in the low end of 16.
        pixels = np.rint(pixels * (65535 / (2**bits - 1))).astype(np.uint16)
    if photometric == "MINISWHITE":
        top = 1 if is_float(pixels) else 65535
        pixels = np.concatenate([top - pixels[..., :1], pixels[..., 1:]], axis=-1)
    if extra and extra[0].name == "ASSOCALPHA":
        pixels = to_straight(pixels)
    tags = _tags(data)
    dpi = None
    if tags.get(_RESOLUTION_UNIT, 2) in (2, 3) and tags.get(_X_RESOLUTION):
        per_inch = 2.54 if tags.get(_RESOLUTION_UNIT) == 3 else 1.0
        dpi = tuple(float(tags.get(tag, 0)) * per_inch for tag in (_X_RESOLUTION, _Y_RESOLUTION))
    return assembled(
        pixels,
        source,
        format="tiff",
        icc_profile=tags.get(_ICC_PROFILE),
        exif=tags,
        dpi=dpi,
    )


def _tags(data: bytes) -> Image.Exif:
    # EXIF data is a TIFF file without pixels, so Pillow's reader of it takes the whole file.
    tags = Image.Exif()
    tags.load(data)
    return tags


def _check(pixels: npt.NDArray, photometric: str, source: Source) -> None:
    colours = {"MINISBLACK": 1, "MINISWHITE": 1, "RGB": 3}.get(photometric, 0)
    if colours == 0 or pixels.shape[-1] not in (colours, colours + 1):
        raise ImageFileError(
            f"{name_of(source)} holds {pixels.shape[-1]} channels of more than 8 bits as "
            f"{photometric}: gray and RGB are handled, each with or without alpha"
        )
    if not is_float(pixels) and pixels.dtype != np.uint16:
        raise ImageFileError(
            f"{name_of(source)} holds {pixels.dtype} samples: 8 bits, unsigned 16 bits and "
            "floating point are handled"
        )
