"""What the serving tests share beside fixtures."""

import socket

import keras

from keras_dgggan.networks import Generator

MODEL = "small"
NO_DOUBLE = "tensorflow-serving-api is not installed: pip install tensorflow-serving-api"


def small_generator() -> keras.Model:
    keras.utils.set_random_seed(6)
    return Generator(filters=4, blocks=2, gradient_every=1, se_reduction=2)


def plain_network(seed: int) -> keras.Model:
    """A network of one convolution, where what travels is under test."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input([None, None, 3])
    image = keras.layers.UpSampling2D(4)(keras.layers.Conv2D(3, 3, padding="same")(inputs))
    model = keras.Model(inputs, {"image": image})
    model.scale = 4
    return model


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
