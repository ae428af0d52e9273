"""A picture and all that its file says of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images.compression import Compression
from keras_dgggan.images.metadata import own_exif, profile_fits, sensible_dpi
from keras_dgggan.images.opening import Source, name_of
from keras_dgggan.images.pixels import is_float, oriented


@dataclass(frozen=True)
class Picture:
    """Pixels with their metadata, upright.

    Attributes:
        pixels: `[height, width, channels]` of 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGB,
            alpha) channels; alpha is straight. uint8, uint16, or floating point.
        format: The name of its format in `FORMATS`, or None for one that is only read.
        icc_profile: The colour profile of the pixels.
        exif: EXIF data as `PIL.Image.Exif.tobytes` gives it; its orientation is 1 if anything.
        dpi: Horizontal and vertical resolution in pixels per inch.
        compression: The lossy compression that the pixels went through in their file; None where
            there is none or it is not known.

    Example:
        >>> picture = read_image("photo.jpg")
        >>> write_image(dataclasses.replace(picture, pixels=picture.pixels[::-1]), "flipped.jpg")
    """

    pixels: npt.NDArray
    format: str | None = None
    icc_profile: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    compression: Compression | None = None


def assembled(
    pixels: npt.NDArray,
    source: Source,
    *,
    format: str | None,
    icc_profile: bytes | None,
    exif: Image.Exif,
    dpi: Any,
    compression: Compression | None = None,
) -> Picture:
    """A picture of what a decoder gave: turned upright, its metadata made fit for writing.

    Raises:
        ImageFileError: Samples that are not finite.
    """
    if is_float(pixels) and not np.isfinite(pixels).all():
        raise ImageFileError(f"{name_of(source)} holds NaN or infinite samples")
    pixels = pixels if pixels.ndim == 3 else pixels[..., None]
    own, orientation = own_exif(exif)
    if not icc_profile or not profile_fits(icc_profile, gray=pixels.shape[-1] <= 2):
        icc_profile = None
    upright = np.ascontiguousarray(oriented(pixels, orientation))
    return Picture(upright, format, icc_profile, own, sensible_dpi(dpi), compression)


def refuse_sequence(frames: int, source: Source) -> None:
    """Raise `ImageFileError` for a file of several frames or pages."""
    if frames > 1:
        raise ImageFileError(
            f"{name_of(source)} holds {frames} frames or pages: only single pictures are "
            "handled, so split it first"
        )
