import keras
import numpy as np
import pytest
import tensorflow as tf
from checks import check_config_round_trip

from keras_dgggan.layers import ImageGradient, image_gradient


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_constant_image_has_a_flat_map_border_included(value):
    gradient = np.asarray(image_gradient(np.full([1, 5, 7, 3], value, "float32")))
    np.testing.assert_allclose(gradient, 1e-3, rtol=1e-6)


def test_values_agree_with_hand_computed_ones():
    image = np.array([[1, 2, 4], [1, 3, 9], [0, 0, 0]], "float32")[None, ..., None]
    # Central differences, not halved; at the border the outermost pixel stands in for its
    # neighbour: row 0 of `horizontal` is (2 - 1, 4 - 1, 4 - 2).
    horizontal = np.array([[1, 3, 2], [2, 8, 6], [0, 0, 0]], "float32")
    vertical = np.array([[0, 1, 5], [-1, -2, -4], [-1, -3, -9]], "float32")
    expected = np.sqrt(horizontal**2 + vertical**2 + 1e-6)
    np.testing.assert_allclose(np.asarray(image_gradient(image))[0, ..., 0], expected, rtol=1e-6)


def test_agrees_with_numpy_gradient_inside(rng):
    image = rng.random([1, 9, 8, 3], "float32")
    vertical, horizontal = np.gradient(image[0], axis=(0, 1))
    expected = np.sqrt(4 * vertical**2 + 4 * horizontal**2 + 1e-6)[1:-1, 1:-1]
    np.testing.assert_allclose(
        np.asarray(image_gradient(image))[0, 1:-1, 1:-1], expected, rtol=1e-4
    )


def test_turning_the_image_turns_the_map(rng):
    image = rng.random([1, 6, 9, 3], "float32")
    turned = np.asarray(image_gradient(np.rot90(image, axes=(1, 2)).copy()))
    np.testing.assert_allclose(
        turned, np.rot90(np.asarray(image_gradient(image)), axes=(1, 2)), rtol=1e-6
    )


def test_channels_do_not_mix(rng):
    image = rng.random([1, 6, 6, 3], "float32")
    image[..., 1] = 0.25
    np.testing.assert_allclose(np.asarray(image_gradient(image))[..., 1], 1e-3, rtol=1e-6)


def test_its_derivative_at_flat_pixels_is_finite_and_zero():
    image = tf.Variable(tf.fill([1, 4, 4, 3], 0.5))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(image_gradient(image))
    np.testing.assert_array_equal(tape.gradient(total, image).numpy(), 0)


def test_its_derivative_agrees_with_finite_differences(rng):
    image = rng.random([1, 4, 5, 1], "float32")
    theoretical, numerical = tf.test.compute_gradient(image_gradient, [image], delta=1e-2)
    np.testing.assert_allclose(theoretical[0], numerical[0], atol=2e-2)


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (2, 2)])
def test_the_smallest_images_keep_their_size(size):
    assert image_gradient(np.zeros([1, *size, 3], "float32")).shape == (1, *size, 3)


def test_float16_input_is_differenced_in_float32():
    # Squares of differences this small are zero in float16.
    image = np.zeros([1, 3, 3, 1], "float16")
    image[0, 1, 2] = 2e-4
    gradient = np.asarray(image_gradient(image, epsilon=1e-12))
    assert gradient[0, 1, 1, 0] == pytest.approx(2e-4, rel=1e-3)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_the_layer_answers_in_its_policy_dtype_from_exact_differences(policy, rng):
    image = rng.random([1, 8, 8, 3], "float32")
    mixed = ImageGradient(dtype=policy)(image)
    assert keras.backend.standardize_dtype(mixed.dtype) == policy.removeprefix("mixed_")
    exact = tf.cast(image_gradient(image), mixed.dtype)
    # One unit of the type: a last bit before the rounding may differ by CPU.
    unit = {"mixed_float16": 2**-10, "mixed_bfloat16": 2**-7}[policy]
    np.testing.assert_allclose(tf.cast(mixed, tf.float32), tf.cast(exact, tf.float32), rtol=unit)


def test_config_round_trip(rng):
    check_config_round_trip(ImageGradient(epsilon=1e-4), rng.random([1, 5, 5, 3], "float32"))


def test_an_epsilon_of_zero_is_refused():
    with pytest.raises(ValueError, match="epsilon=0"):
        ImageGradient(epsilon=0)
