"""Reading image files faithfully: depth, alpha, profile, EXIF and resolution are kept."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images.compression import compression_of
from keras_dgggan.images.formats import FORMATS
from keras_dgggan.images.opening import (
    MAX_MEGAPIXELS,
    Source,
    cmyk_to_srgb,
    name_of,
    naming,
    open_pillow,
    read_bytes,
)
from keras_dgggan.images.picture import Picture, assembled, refuse_sequence
from keras_dgggan.images.reading_tiff import is_deep_tiff, read_deep_tiff

# Formats whose further frames are pictures, not previews (MPO) or layers (PSD).
_SEQUENCES = ("GIF", "PNG", "WEBP", "TIFF", "AVIF")

# Where the bit depth stands in a PNG file.
_PNG_DEPTH = 24

# Pillow modes whose samples are what we want.
_PLAIN = ("L", "LA", "RGB", "RGBA")


def read_image(
    source: Source, *, max_megapixels: float = MAX_MEGAPIXELS, first_frame: bool = False
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

    Example:
        >>> picture = read_image("scan.tif")
        >>> picture.pixels.dtype, picture.pixels.shape, picture.dpi
        (dtype('uint16'), (480, 640, 1), (300.0, 300.0))
    """
    data = read_bytes(source)
    if is_deep_tiff(data):
        with naming(source):
            return read_deep_tiff(data, source, max_megapixels, first_frame)
    with open_pillow(data, source, max_megapixels) as image, naming(source):
        if not first_frame and image.format in _SEQUENCES:
            refuse_sequence(getattr(image, "n_frames", 1), source)
        image.load()
        if image.format == "PNG" and data[_PNG_DEPTH] == 16:
            # Pillow reads 16-bit RGB with 8 bits.
            import imagecodecs

            pixels = imagecodecs.png_decode(data)
        else:
            pixels = _pillow_samples(image, source)
        # What cameras call MPO is a JPEG file with a second picture behind it.
        name = "JPEG" if image.format == "MPO" else image.format
        return assembled(
            pixels,
            source,
            format=next((key for key, entry in FORMATS.items() if entry.pillow == name), None),
            icc_profile=image.info.get("icc_profile"),
            exif=image.getexif(),
            dpi=image.info.get("dpi"),
            compression=compression_of(data),
        )


def _pillow_samples(image: Image.Image, source: Source) -> npt.NDArray:
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
