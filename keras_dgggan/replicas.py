"""What a training step has to know of the replicas of its model on other devices and machines.

A global batch is shared by all replicas, the first part to the first. Where there is one replica,
as without a `tf.distribute` strategy, all of this is the identity.
"""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf


def count() -> int:
    """The replicas that share a global batch."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def mean(values: Any) -> Any:
    """The mean over all replicas of tensors in dicts, lists and tuples, by one reduction."""
    if count() == 1:
        return values
    flat = tf.nest.flatten(values)
    context = tf.distribute.get_replica_context()
    return tf.nest.pack_sequence_as(values, context.all_reduce(tf.distribute.ReduceOp.MEAN, flat))


def own_part(draw: Callable[[Any], Any], batch: Any) -> Any:
    """This replica's part of something drawn for the samples of the global batch.

    Args:
        draw: Makes `[samples, ...]` of the number of samples.
        batch: This replica's number of samples.
    """
    if count() == 1:
        return draw(batch)
    first = tf.distribute.get_replica_context().replica_id_in_sync_group * batch
    return draw(count() * batch)[first : first + batch]


def update_if(condition: Any, update: Callable[[], Any]) -> None:
    """Update variables where a condition holds, or in any case where there are several replicas.

    TensorFlow's strategies update variables by a call that cannot stand in a branch.
    """
    if count() > 1:
        update()
    else:
        tf.cond(condition, lambda: _nothing(update()), lambda: _nothing(None))


def assign_all(variables: Sequence[Any], values: Callable[[Any, Any], Any], others: Any) -> None:
    """Set each variable to `values(itself, other)`, on every replica its own copy.

    A plain `assign` would first reduce what the replicas assign, though it is the same.
    """

    def assign(strategy: Any, pairs: Any) -> None:
        for variable, other in pairs:
            strategy.extended.update(
                variable, lambda v, o: v.assign(values(v, o)), args=(other,), group=False
            )

    pairs = [(v.value, o.value) for v, o in zip(variables, others, strict=True)]
    if count() == 1:
        for variable, other in pairs:
            variable.assign(values(variable, other))
    else:
        tf.distribute.get_replica_context().merge_call(assign, args=(pairs,))


def _nothing(_: Any) -> None:
    """The branches of `tf.cond` must agree in what they return."""
