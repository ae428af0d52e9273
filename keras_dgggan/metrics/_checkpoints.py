"""Pickles of other frameworks; the reader itself is `keras_dgggan.pickles`."""

from keras_dgggan.pickles import read_numpy_pickle as read_numpy_pickle
from keras_dgggan.pickles import read_torch as read_torch
