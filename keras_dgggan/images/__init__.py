"""Image files, pixels and tiles, with NumPy and Pillow alone: reading, writing, resizing."""

from keras_dgggan.images.formats import FORMATS as FORMATS
from keras_dgggan.images.opening import MAX_MEGAPIXELS as MAX_MEGAPIXELS
from keras_dgggan.images.picture import Picture as Picture
from keras_dgggan.images.reading import decode_rgb8 as decode_rgb8
from keras_dgggan.images.reading import read_image as read_image
from keras_dgggan.images.writing import DEFAULT_QUALITY as DEFAULT_QUALITY
from keras_dgggan.images.writing import write_image as write_image

__all__ = [
    "DEFAULT_QUALITY",
    "FORMATS",
    "MAX_MEGAPIXELS",
    "Picture",
    "decode_rgb8",
    "read_image",
    "write_image",
]
