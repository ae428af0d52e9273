"""Image files, pixels and tiles, with NumPy and Pillow alone: reading, writing, resizing."""

from typing import TYPE_CHECKING

from keras_dgggan._lazy import lazy_names

if TYPE_CHECKING:
    from keras_dgggan.images.formats import FORMATS as FORMATS
    from keras_dgggan.images.opening import MAX_MEGAPIXELS as MAX_MEGAPIXELS
    from keras_dgggan.images.picture import Picture as Picture
    from keras_dgggan.images.reading import decode_rgb8 as decode_rgb8
    from keras_dgggan.images.reading import read_image as read_image
    from keras_dgggan.images.writing import DEFAULT_QUALITY as DEFAULT_QUALITY
    from keras_dgggan.images.writing import write_image as write_image
else:
    _NAMES = {
        "DEFAULT_QUALITY": "keras_dgggan.images.writing",
        "FORMATS": "keras_dgggan.images.formats",
        "MAX_MEGAPIXELS": "keras_dgggan.images.opening",
        "Picture": "keras_dgggan.images.picture",
        "decode_rgb8": "keras_dgggan.images.reading",
        "read_image": "keras_dgggan.images.reading",
        "write_image": "keras_dgggan.images.writing",
    }
    __getattr__, __dir__, __all__ = lazy_names(__name__, _NAMES)
