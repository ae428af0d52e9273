"""What an exported graph computes: equal to the layers, for every kind of generator."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dgggan.export.computation import computation_of, weights_as_variables
from keras_dgggan.networks import EDSR, Generator

SMALL = {"filters": 4, "blocks": 2, "gradient_every": 1, "se_reduction": 2}
KINDS = {
    "default": {},
    "x2": {"scale": 2},
    "x3": {"scale": 3},
    "pixel shuffle": {"upsampler": "pixel_shuffle"},
    "no gradient branch": {"gradient_branch": False},
    "passed once": {"blocks": 3, "gradient_every": 2},
}


def randomised(network: keras.Model) -> keras.Model:
    """Give biases and gates values that matter."""
    rng = np.random.default_rng(3)
    network.set_weights(
        [w + rng.normal(0, 0.05, w.shape).astype("float32") for w in network.get_weights()]
    )
    return network


def assert_equal_to_layers(network: keras.Model, *, rtol: float = 0, **options) -> None:
    run = computation_of(network, **options)
    image = np.random.default_rng(1).random((3, 9, 14, 3), np.float32)
    received, expected = run(image), network(image, training=False)
    assert set(received) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(received[name], value, rtol=rtol, atol=1e-5)
        assert received[name].dtype == tf.float32


@pytest.mark.parametrize("kind", KINDS)
def test_the_fused_computation_of_a_batch_equals_the_layers(kind):
    assert_equal_to_layers(randomised(Generator(**{**SMALL, **KINDS[kind]})))


@pytest.mark.slow
def test_winograds_computation_of_a_batch_equals_the_layers():
    assert_equal_to_layers(randomised(Generator(**SMALL)), winograd=True, rtol=1e-5)


def test_other_networks_are_computed_by_their_layers():
    assert_equal_to_layers(EDSR(filters=4, blocks=1, scale=2))


def test_weights_become_variables_and_small_constants_do_not():
    kernel = np.random.default_rng(0).random((3, 3, 3, 32), np.float32)

    def convolved(image):
        return {"image": tf.nn.conv2d(image, kernel, 1, "SAME")[..., :3] + np.ones(3, np.float32)}

    run = weights_as_variables(convolved)
    concrete = run.get_concrete_function()
    assert [tuple(v.shape) for v in concrete.variables] == [kernel.shape]
    image = np.random.default_rng(1).random((2, 5, 6, 3), np.float32)
    np.testing.assert_allclose(run(image)["image"], convolved(image)["image"], atol=1e-6)
