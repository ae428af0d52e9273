"""See `keras_dgggan.images.ordered`."""

from keras_dgggan.images.ordered import InOrder as InOrder
