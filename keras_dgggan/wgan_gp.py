"""The critic's loss with its gradient penalty, for TensorFlow (paper eq. 10)."""

from typing import Any, NamedTuple

import tensorflow as tf

from keras_dgggan import losses


class CriticLosses(NamedTuple):
    """Eq. 10 and what it is made of; scalars, float32.

    Attributes:
        loss: What the critic minimises: `-wasserstein + lambda * penalty`.
        wasserstein: Mean score of real less mean score of fake samples, which estimates the
            Wasserstein distance up to the critic's Lipschitz constant.
        penalty: `mean (|gradient| - 1)^2`, without lambda.
        real: Mean score of real samples.
        fake: Mean score of fake samples.
    """

    loss: Any
    wasserstein: Any
    penalty: Any
    real: Any
    fake: Any


def critic_losses(
    critic: Any, real: Any, fake: Any, alpha: Any, penalty_weight: float = 10.0
) -> CriticLosses:
    """Score real and fake samples and take the penalty between them.

    Args:
        critic: Maps `[batch, ...]` to scores `[batch, 1]`.
        real: `[batch, height, width, 3]`.
        fake: The same shape. A caller's tape can differentiate the scores with respect to it.
        alpha: `[batch]` in [0, 1): where between real and fake the penalty is taken.
        penalty_weight: Lambda.

    Example:
        >>> critic_losses(Critic(32), hr, sr, tf.random.uniform([batch])).penalty

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
