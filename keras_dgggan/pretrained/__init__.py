"""Models by name or file: one loader for every kind, weights files, interpolation."""

from keras_dgggan.pretrained.load import load_generator as load_generator
from keras_dgggan.pretrained.load import load_model as load_model
from keras_dgggan.pretrained.load import save_network as save_network
