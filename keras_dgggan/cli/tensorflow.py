"""Importing TensorFlow for a command."""

from keras_dgggan.tensorflow_start import import_tensorflow as import_tensorflow
