"""The networks: functional Keras models written in `keras.ops` alone."""

from keras_dgggan.networks.critic import Critic as Critic
from keras_dgggan.networks.generator import Generator as Generator
from keras_dgggan.networks.vgg import vgg16_features as vgg16_features
from keras_dgggan.networks.vgg import vgg19_features as vgg19_features
