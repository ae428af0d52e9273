"""`Picture`: pixels with the metadata of the file that they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images.compression import Compression
from keras_dgggan.images.metadata import own_exif, own_text, profile_fits, sensible_dpi
from keras_dgggan.images.opening import ImageSource, name_of
from keras_dgggan.images.pixels import is_float, oriented


@dataclass(frozen=True)
class Picture:
    """Pixels with their metadata, upright.

    Metadata stay those of the file that was read, also when `pixels` are replaced by larger ones:
    `write_image` corrects what they say of the picture's size.

    Attributes:
        pixels: `[height, width, channels]` of 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGB,
            alpha) channels; alpha is straight. uint8, uint16, or floating point.
        format: The name of its format in `FORMATS`, or None for one that is only read.
        icc_profile: The colour profile of the pixels.
        exif: EXIF data as `PIL.Image.Exif.tobytes` gives it; its orientation is 1 if anything.
        dpi: Horizontal and vertical resolution in pixels per inch.
        compression: The lossy compression that the pixels went through in their file; None where
            there is none or it is not known.
        xmp: The XML of an XMP packet.
        iptc: IPTC records (title, keywords, copyright of press photographs).
        text: PNG's texts by keyword; the comment of a JPEG or GIF file is "Comment".
        described: Height and width of the picture that the metadata describe.

    Examples:
        >>> import dataclasses
        >>> picture = Picture(np.zeros((2, 3, 1), np.uint8), dpi=(300, 300))
        >>> dataclasses.replace(picture, pixels=picture.pixels[::-1]).dpi
        (300, 300)
    """

    pixels: npt.NDArray
    format: str | None = None
    icc_profile: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None
    compression: Compression | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    text: Mapping[str, str] = field(default_factory=dict)
    described: tuple[int, int] | None = None

    def without_metadata(self) -> Self:
        """The picture with its colour profile, and nothing else that its file said.

        Examples:
            >>> Picture(np.zeros((2, 3, 1)), xmp=b"<x/>").without_metadata().xmp is None
            True
        """
        return type(self)(self.pixels, self.format, self.icc_profile, compression=self.compression)


def assembled(
    pixels: npt.NDArray,
    source: ImageSource,
    *,
    format: str | None,
    icc_profile: object = None,
    exif: Image.Exif,
    dpi: object = None,
    compression: Compression | None = None,
    xmp: object = None,
    iptc: object = None,
    text: Mapping[object, object] | None = None,
) -> Picture:
    """A picture of what a decoder gave: turned upright, its metadata made fit for writing.

    Raises:
        ImageFileError: Samples that are not finite.
    """
    if is_float(pixels) and not np.isfinite(pixels).all():
        raise ImageFileError(f"{name_of(source)} holds NaN or infinite samples")
    pixels = pixels if pixels.ndim == 3 else pixels[..., None]
    own, orientation = own_exif(exif)
    upright = np.ascontiguousarray(oriented(pixels, orientation))
    profile = icc_profile if isinstance(icc_profile, bytes) and icc_profile else None
    if profile is not None and not profile_fits(profile, gray=pixels.shape[-1] <= 2):
        profile = None
    return Picture(
        upright,
        format,
        profile,
        own,
        sensible_dpi(dpi),
        compression,
        xmp=xmp.encode() if isinstance(xmp, str) else xmp if isinstance(xmp, bytes) else None,
        iptc=iptc if isinstance(iptc, bytes) and iptc else None,
        text=own_text(text or {}),
        described=(upright.shape[0], upright.shape[1]),
    )


class SeveralPictures(ImageFileError):
    """An animation or a file of several pages, where a single picture is wanted."""


def refuse_sequence(frames: int, source: ImageSource) -> None:
    """Raise `SeveralPictures` for a file of several frames or pages."""
    if frames > 1:
        raise SeveralPictures(
            f"{name_of(source)} holds {frames} frames or pages: only single pictures are "
            "handled here, so split it first"
        )
