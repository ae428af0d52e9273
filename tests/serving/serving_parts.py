"""What the serving tests share beside fixtures."""

import socket

import keras

from keras_dgggan.networks import Generator

MODEL = "small"
NO_DOUBLE = "tensorflow-serving-api is not installed: pip install tensorflow-serving-api"


def small_generator(seed: int = 6) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return Generator(filters=4, blocks=2, gradient_every=1, se_reduction=2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
