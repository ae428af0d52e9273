"""Reading and writing pictures as people have them; no TensorFlow in here."""

from keras_dgggan.images.decode import decode_rgb8 as decode_rgb8

__all__ = ["decode_rgb8"]
