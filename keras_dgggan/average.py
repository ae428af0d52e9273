"""The exponential moving average of a network's weights."""

from typing import Any

import tensorflow as tf

from keras_dgggan import replicas


def update_average(average: Any, network: Any, step: Any, *, decay: float, accumulate: int) -> None:
    """Move an averaged network a little towards the trained one.

    Args:
        average: The averaged network.
        network: The trained one.
        step: Batches before this one.
        decay: Of the average; the first updates use `(1 + update) / (10 + update)` where that is
            smaller, so that the average soon forgets the fresh weights.
        accumulate: Batches to an update of the network.
    """
    updates = tf.cast(step // accumulate, tf.float32)
    used = tf.minimum(decay, (1.0 + updates) / (10.0 + updates))
    # Between two updates of accumulated gradients the weights stand still.
    changed = (step + 1) % accumulate == 0
    share = tf.where(changed, 1.0 - used, 0.0)
    replicas.assign_all(
        average.weights, lambda old, new: old + share * (new - old), network.weights
    )
