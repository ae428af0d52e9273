"""Reductions, random numbers and guarded updates over the replicas of a model.

A global batch is shared by all replicas, the first part to the first. Where there is one replica,
as without a `tf.distribute` strategy, all of this is the identity.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
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


def as_logs(values: dict[str, Any]) -> dict[str, Any]:
    """Scalars in the shape in which Keras takes the mean over replicas of a step's logs."""
    return values if count() == 1 else {name: value[None] for name, value in values.items()}


def update_if(condition: Any, update: Callable[..., Any], *values: Any) -> None:
    """Update variables where a condition holds, the same one on every replica.

    Args:
        condition: A boolean tensor, worked out of the whole global batch.
        update: Called with this replica's `values`.
        values: Tensors in dicts, lists and tuples: all of this replica that `update` needs.
    """
    if not tf.distribute.has_strategy():
        tf.cond(condition, lambda: _nothing(update(*values)), lambda: _nothing(None))
        return

    # A strategy updates variables by a call that may not stand in a replica's branch: the branch
    # is taken outside the replicas, and enters them again.
    def choose(strategy: Any, conditions: Any, *values: Any) -> None:
        tf.cond(
            strategy.experimental_local_results(conditions)[0],
            lambda: _nothing(strategy.extended.call_for_each_replica(update, args=values)),
            lambda: _nothing(None),
        )

    tf.distribute.get_replica_context().merge_call(choose, args=(condition, *values))


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
    if tf.distribute.has_strategy():
        tf.distribute.get_replica_context().merge_call(assign, args=(pairs,))
    else:
        for variable, other in pairs:
            variable.assign(values(variable, other))


def _nothing(_: Any) -> None:
    """The branch of `tf.cond` that does nothing: it returns what the other one does."""


def prepared_optimizer(
    optimizer: Any, network: keras.Model, scales_loss: bool
) -> keras.optimizers.Optimizer:
    """An optimizer built for a network's weights, so that no restored state is passed over.

    Args:
        optimizer: A Keras optimizer, its name, its config, or None for the paper's Adam.
        network: The network that it will train.
        scales_loss: Wrap it in loss scaling, for float16.

    Returns:
        The optimizer, with all its variables made. Where several replicas train, it expects
        gradients that are reduced over them.
    """
    if optimizer is None:
        optimizer = keras.optimizers.Adam(1e-4, beta_1=0.9, beta_2=0.999)
    optimizer = keras.optimizers.get(optimizer)
    if scales_loss and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    if not optimizer.built:
        optimizer.build(network.trainable_variables)
    if count() > 1:
        # Keras would clip each replica's gradients and then add them up. The training step has
        # reduced them before, so that clipping and the finite check see the global batch.
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        inner._all_reduce_sum_gradients = list
    return optimizer
