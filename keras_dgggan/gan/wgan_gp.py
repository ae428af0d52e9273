"""The critic's loss with its gradient penalty, for TensorFlow (paper eq. 10)."""

from functools import partial

import keras
import tensorflow as tf

from keras_dgggan import losses
from keras_dgggan.gan import replicas
from keras_dgggan.losses import CriticLosses

# By name: what TensorFlow chooses depends on the device.
_ALGORITHM = "philox"
fold_in = partial(tf.random.fold_in, alg=_ALGORITHM)


def critic_losses(
    critic: keras.Model,
    real: tf.Tensor,
    fake: tf.Tensor,
    alpha: tf.Tensor,
    penalty_weight: float = 10.0,
) -> CriticLosses:
    """Score real and fake samples and take the penalty between them.

    Args:
        critic: Maps `[batch, ...]` to scores `[batch, 1]`.
        real: `[batch, height, width, 3]`.
        fake: The same shape. A caller's tape can differentiate the scores with respect to it.
        alpha: `[batch]` in [0, 1): where between real and fake the penalty is taken.
        penalty_weight: Lambda.

    Examples:
        >>> critic, image = Critic(16, filters=2), tf.ones([2, 16, 16, 3])
        >>> float(critic_losses(critic, image, image, tf.constant([0.2, 0.7])).wasserstein)
        0.0

    Reference:
        Eq. 10 of the paper; Gulrajani et al., 2017, algorithm 1.
    """
    real_scores, fake_scores = critic(real, training=True), critic(fake, training=True)
    between = losses.interpolates(real, tf.stop_gradient(fake), alpha)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(between)
        scores = critic(between, training=True)
    penalty = losses.gradient_penalty(tape.gradient(scores, between))
    difference = losses.wasserstein_loss(real_scores, fake_scores)
    return CriticLosses(
        loss=difference + penalty_weight * penalty,
        wasserstein=-difference,
        penalty=penalty,
        real=tf.reduce_mean(real_scores),
        fake=tf.reduce_mean(fake_scores),
    )


def batch_parts(lr: tf.Tensor, hr: tf.Tensor, count: int) -> list[tuple[tf.Tensor, tf.Tensor]]:
    """Split a batch into one part for each step of the critics.

    Raises:
        ValueError: The batch does not divide into so many.
    """
    if count == 1:
        return [(lr, hr)]
    if lr.shape[0] is not None and lr.shape[0] % count:
        raise ValueError(
            "A batch must divide into `n_critic` parts. Received: "
            f"batch={lr.shape[0]}, n_critic={count}"
        )
    # Every n-th sample, so that the parts are the same however replicas share the batch.
    return [(lr[i::count], hr[i::count]) for i in range(count)]


def penalty_places(batch: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Where between real and fake each sample's penalty is taken: `[batch]`, in [0, 1).

    A function of the sample's place in the global batch.
    """
    return replicas.own_part(
        lambda samples: tf.random.stateless_uniform([samples], seed, alg=_ALGORITHM), batch
    )


def wgan_losses(
    critics: dict[str, keras.Model],
    real: dict[str, tf.Tensor],
    fake: dict[str, tf.Tensor],
    seed: tf.Tensor,
    penalty_weight: float,
) -> dict[str, CriticLosses]:
    """Eq. 10 for each critic that takes part.

    Args:
        critics: By what they look at.
        real: What they look at: `[batch, height, width, 3]` for each critic.
        fake: Likewise.
        seed: Of the places of the penalty, int64 `[2]`; each critic has places of its own.
        penalty_weight: Lambda.
    """
    return {
        name: critic_losses(
            critic,
            real[name],
            fake[name],
            penalty_places(tf.shape(real[name])[0], fold_in(seed, -1 - i)),
            penalty_weight,
        )
        for i, (name, critic) in enumerate(critics.items())
    }
