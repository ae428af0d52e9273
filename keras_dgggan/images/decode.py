"""The one decoder of training, evaluation and the client: any image file to 8-bit RGB."""

import numpy as np
import numpy.typing as npt

from keras_dgggan.images.opening import MAX_MEGAPIXELS, Source
from keras_dgggan.images.pixels import has_alpha, over_white, to_depth, to_rgb
from keras_dgggan.images.reading import read_image


def decode_rgb8(source: Source, *, max_megapixels: float = MAX_MEGAPIXELS) -> npt.NDArray:
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
    picture = read_image(source, max_megapixels=max_megapixels, first_frame=True)
    pixels = to_depth(picture.pixels, np.uint8)
    return to_rgb(over_white(pixels) if has_alpha(pixels) else pixels)
