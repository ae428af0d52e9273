"""See `keras_dgggan.images.blended`."""

from keras_dgggan.images.blended import blend_weights as blend_weights
from keras_dgggan.images.blended import starts as starts
from keras_dgggan.images.blended import upscale_tiled as upscale_tiled
