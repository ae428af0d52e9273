"""DGGGAN, the model that trains: the step of eqs. 7 and 10, on one device or several."""

from keras_dgggan.gan.model import DGGGAN as DGGGAN
