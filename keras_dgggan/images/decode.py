"""The one decoder of training, evaluation and the client: any image file to 8-bit RGB."""

import numpy as np
from PIL import Image, ImageOps

from keras_dgggan.images.opening import (
    MAX_MEGAPIXELS,
    Source,
    cmyk_to_srgb,
    naming,
    open_pillow,
    read_bytes,
)


def decode_rgb8(source: Source, *, max_megapixels: float = MAX_MEGAPIXELS) -> np.ndarray:
    """Decode an image file of any format and mode to 8-bit RGB.

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

    Example:
        >>> decode_rgb8("photo.jpg").shape
        (480, 640, 3)
    """
    data = read_bytes(source)
    with open_pillow(data, source, max_megapixels) as image, naming(source):
        image.load()
        upright = ImageOps.exif_transpose(image)
        return np.asarray(_to_rgb(upright))


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode == "CMYK":
        return cmyk_to_srgb(image)
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        # Pillow clips these to 255 on conversion. "I" holds 16-bit samples; floats span [0, 1].
        top = 1.0 if image.mode == "F" else 65535.0
        samples = np.asarray(image).astype(np.float64) / top
        return Image.fromarray(np.rint(samples.clip(0, 1) * 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image.convert("RGB")
