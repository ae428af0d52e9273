"""Optimizers made ready to train and to be restored."""

from typing import Any

import keras

from keras_dgggan import replicas


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
    if replicas.count() > 1:
        # Keras would clip each replica's gradients and then add them up. The training step has
        # reduced them before, so that clipping and the finite check see the global batch.
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        inner._all_reduce_sum_gradients = list
    return optimizer
