import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from keras_dgggan import losses
from keras_dgggan.gan.wgan_gp import critic_losses
from keras_dgggan.networks import Critic


def test_pixel_loss_is_the_mean_absolute_difference(rng):
    hr, sr = rng.random([2, 4, 4, 3], "float32"), rng.random([2, 4, 4, 3], "float32")
    assert float(losses.pixel_loss(hr, sr)) == pytest.approx(np.abs(hr - sr).mean(), rel=1e-5)


def test_gradient_losses_vanish_for_equal_images_and_ignore_a_shift_of_brightness(rng):
    hr = rng.random([1, 8, 8, 3], "float32")
    assert float(losses.gradient_loss(hr, hr)) == pytest.approx(0, abs=1e-6)
    assert float(losses.gradient_loss(hr, hr + 0.1)) == pytest.approx(0, abs=1e-5)
    assert float(losses.pixel_loss(hr, hr + 0.1)) == pytest.approx(0.1, rel=1e-4)


def test_the_gradient_branch_loss_vanishes_for_the_true_map(rng):
    hr = rng.random([1, 8, 8, 3], "float32")
    true_map = losses.image_gradient(hr)
    assert float(losses.gradient_branch_loss(hr, true_map)) == pytest.approx(0, abs=1e-6)


def test_losses_of_half_precision_are_float32():
    hr = tf.ones([1, 4, 4, 3], tf.float16)
    for loss in (losses.pixel_loss(hr, hr * 0), losses.gradient_loss(hr, hr)):
        assert loss.dtype == tf.float32


def test_adversarial_losses_have_the_signs_of_wgan():
    real, fake = np.full([4, 1], 3.0, "f4"), np.full([4, 1], 1.0, "f4")
    assert float(losses.adversarial_loss(fake)) == -1.0
    assert float(losses.wasserstein_loss(real, fake)) == -2.0


def test_interpolates_take_one_alpha_a_sample(rng):
    real, fake = np.zeros([2, 3, 3, 1], "f4"), np.ones([2, 3, 3, 1], "f4")
    between = np.asarray(losses.interpolates(real, fake, np.array([0.25, 0.75])))
    np.testing.assert_allclose(between[0], 0.25)
    np.testing.assert_allclose(between[1], 0.75)


def test_the_penalty_of_different_samples_takes_the_norm_over_all_axes_but_the_batch(rng):
    gradients = rng.normal(size=[3, 4, 5, 2]).astype("float32")
    norms = np.sqrt((gradients.reshape(3, -1) ** 2).sum(axis=1))
    expected = ((norms - 1) ** 2).mean()
    assert float(losses.gradient_penalty(gradients)) == pytest.approx(expected, rel=1e-5)
    # What the norm over one axis, found in many public versions, would give.
    per_pixel = ((np.sqrt((gradients**2).sum(axis=-1)) - 1) ** 2).mean()
    assert per_pixel != pytest.approx(expected, rel=0.5)


def test_the_penalty_at_zero_has_a_finite_derivative():
    gradients = tf.Variable(tf.zeros([2, 3, 3, 1]))
    with tf.GradientTape() as tape:
        penalty = losses.gradient_penalty(gradients)
    assert float(penalty) == pytest.approx(1, rel=1e-5)
    assert np.isfinite(tape.gradient(penalty, gradients).numpy()).all()


class _Linear(layers.Layer):
    """Scores a sample by its product with fixed weights."""

    def __init__(self, weights):
        super().__init__()
        self.vector = tf.Variable(weights)

    def call(self, x):
        return tf.einsum("bhwc,hwc->b", x, self.vector)[:, None]


def test_the_penalty_of_a_linear_critic_is_known_in_closed_form(rng):
    weights = rng.normal(size=[4, 4, 3]).astype("float32")
    real, fake = (rng.random([5, 4, 4, 3], "float32") for _ in range(2))
    critic = _Linear(weights)
    with tf.GradientTape() as tape:
        result = critic_losses(critic, tf.constant(real), tf.constant(fake), rng.random(5), 10.0)
    norm = np.linalg.norm(weights)
    assert float(result.penalty) == pytest.approx((norm - 1) ** 2, rel=1e-4)
    wasserstein = np.einsum("bhwc,hwc->b", real - fake, weights).mean()
    assert float(result.wasserstein) == pytest.approx(wasserstein, rel=1e-4, abs=1e-5)
    assert float(result.loss) == pytest.approx(
        -float(result.wasserstein) + 10 * (norm - 1) ** 2, rel=1e-5
    )
    # d/dw of the whole: the mean of fake - real, and lambda 2 (|w| - 1) w / |w|.
    expected = (fake - real).mean(axis=0) + 20 * (norm - 1) * weights / norm
    np.testing.assert_allclose(
        tape.gradient(result.loss, critic.vector), expected, rtol=1e-3, atol=1e-4
    )


def test_the_double_backward_of_a_real_critic_agrees_with_finite_differences(rng):
    # In float64 a difference quotient has digits enough to check against.
    critic = Critic(8, filters=2, dtype="float64")
    real, fake = (tf.constant(rng.random([3, 8, 8, 3]), tf.float64) for _ in range(2))
    alpha = tf.constant([0.2, 0.5, 0.8], tf.float64)
    kernel = critic.get_layer("dense").kernel

    def penalty():
        between = real + alpha[:, None, None, None] * (fake - real)
        with tf.GradientTape() as tape:
            tape.watch(between)
            scores = critic(between)
        gradients = tape.gradient(scores, between)
        norm = tf.sqrt(tf.reduce_sum(gradients**2, axis=(1, 2, 3)) + 1e-12)
        return tf.reduce_mean((norm - 1) ** 2)

    with tf.GradientTape() as tape:
        loss = critic_losses(critic, real, fake, alpha).penalty
    gradient = np.asarray(tape.gradient(loss, kernel.value))
    assert float(loss) == pytest.approx(float(penalty()), rel=1e-4)
    index = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    step = np.zeros(kernel.shape)
    step[index] = 1e-4
    start = kernel.numpy()
    kernel.assign(start + step)
    above = float(penalty())
    kernel.assign(start - step)
    below = float(penalty())
    assert gradient[index] == pytest.approx((above - below) / 2e-4, rel=1e-2)


@pytest.mark.parametrize("shape", [(24, 16), (8, 12)])
def test_the_grid_term_sees_what_repeats_with_the_lr_pixels_and_nothing_else(rng, shape):
    hr = rng.random([2, *shape, 3], "float32")
    tile = rng.normal(size=[4, 4, 3]).astype("float32")
    pattern = np.tile(tile, (shape[0] // 4, shape[1] // 4, 1))
    expected = np.abs(tile - tile.mean(axis=(0, 1))).mean()
    measured = float(losses.grid_loss(hr, hr + 0.3 + pattern, scale=4, window=2))
    assert measured == pytest.approx(expected, rel=1e-4)
    # A pattern whose sign changes from one LR pixel to the next is texture, not a grid.
    signs = np.indices((shape[0] // 4, shape[1] // 4)).sum(axis=0) % 2 * 2.0 - 1
    texture = pattern * signs.repeat(4, axis=0).repeat(4, axis=1)[..., None]
    assert float(losses.grid_loss(hr, hr + texture, scale=4, window=2)) < 1e-6


@pytest.mark.parametrize("name", ["perceptual", "pixel", "gradient_branch", "grid"])
def test_a_negative_weight_is_refused(name):
    with pytest.raises(ValueError, match=f"`{name}` must be at least 0"):
        losses.LossWeights(**{name: -1})
