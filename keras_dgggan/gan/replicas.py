"""Reductions, random numbers and guarded updates over the replicas of a model.

A global batch is shared by all replicas, the first part to the first. Where there is one replica,
as without a `tf.distribute` strategy, all of this is the identity.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

import keras
import tensorflow as tf

from keras_dgggan._types import Config

T = TypeVar("T")

# An optimizer, its name, its config, or None for the paper's.
Optimizer: TypeAlias = "keras.optimizers.Optimizer | str | Config | None"


def count() -> int:
    """The replicas that share a global batch."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def mean(values: T) -> T:
    """The mean over all replicas of tensors in dicts, lists and tuples, by one reduction."""
    if count() == 1:
        return values
    flat = tf.nest.flatten(values)
    context = tf.distribute.get_replica_context()
    return tf.nest.pack_sequence_as(values, context.all_reduce(tf.distribute.ReduceOp.MEAN, flat))


def own_part(draw: Callable[[tf.Tensor], tf.Tensor], batch: tf.Tensor) -> tf.Tensor:
    """This replica's part of something drawn for the samples of the global batch.

    Args:
        draw: Makes `[samples, ...]` of the number of samples.
        batch: This replica's number of samples.
    """
    if count() == 1:
        return draw(batch)
    first = tf.distribute.get_replica_context().replica_id_in_sync_group * batch
    return draw(count() * batch)[first : first + batch]


def as_logs(values: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Scalars in the shape in which Keras takes the mean over replicas of a step's logs."""
    return values if count() == 1 else {name: value[None] for name, value in values.items()}


def update_if(condition: tf.Tensor, update: Callable[..., object], *values: object) -> None:
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
    def choose(strategy: tf.distribute.Strategy, conditions: tf.Tensor, *values: object) -> None:
        tf.cond(
            strategy.experimental_local_results(conditions)[0],
            lambda: _nothing(strategy.extended.call_for_each_replica(update, args=values)),
            lambda: _nothing(None),
        )

    tf.distribute.get_replica_context().merge_call(choose, args=(condition, *values))


def assign_all(
    variables: Sequence[keras.Variable],
    values: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    others: Sequence[keras.Variable],
) -> None:
    """Set each variable to `values(itself, other)`, on every replica its own copy.

    A plain `assign` would first reduce what the replicas assign, though it is the same.
    """

    def assign(
        strategy: tf.distribute.Strategy, pairs: Sequence[tuple[tf.Variable, tf.Variable]]
    ) -> None:
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


def _nothing(_: object) -> None:
    """The branch of `tf.cond` that does nothing: it returns what the other one does."""


def prepared_optimizer(
    optimizer: Optimizer, network: keras.Model, scales_loss: bool
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
    made = keras.optimizers.get(optimizer)
    if scales_loss and not isinstance(made, keras.optimizers.LossScaleOptimizer):
        made = keras.optimizers.LossScaleOptimizer(made)
    if not made.built:
        made.build(network.trainable_variables)
    if count() > 1:
        # Keras would clip each replica's gradients and then add them up. The training step has
        # reduced them before, so that clipping and the finite check see the global batch.
        inner = getattr(made, "inner_optimizer", made)
        inner._all_reduce_sum_gradients = list
    return made
