"""Gradients, finite checks, counters, means of logs and weight averages of a training step."""

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from keras_dgggan.gan import replicas
from keras_dgggan.losses import CriticLosses


def gradients_of(
    tape: tf.GradientTape, loss: tf.Tensor, network: keras.Model, *more: tf.Tensor
) -> list[tf.Tensor]:
    """The gradients of a network's trainable variables, and those of `more` tensors after them.

    A part that no term reaches (a predicted gradient map of weight 0) has gradient zero.
    """
    sources = [*tensorflow_variables(network), *more]
    return tape.gradient(loss, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def tensorflow_variables(network: keras.Model) -> list[tf.Variable]:
    """A network's trainable variables as `tf.Variable`s: of Keras' own a tape cannot make zeros."""
    return [variable.value for variable in network.trainable_variables]


def all_finite(loss: tf.Tensor, gradients: list[tf.Tensor], scales_loss: bool) -> tf.Tensor:
    """Whether a loss and its gradients are finite.

    Under loss scaling a gradient that overflows is everyday business of the optimizer.
    """
    checked = [loss] if scales_loss else [loss, tf.linalg.global_norm(gradients)]
    return tf.reduce_all([tf.math.is_finite(value) for value in checked])


def as_float(image: tf.Tensor) -> tf.Tensor:
    """uint8 or float batches to float32 in [0, 1]."""
    if image.dtype == tf.uint8:
        return tf.cast(image, tf.float32) / 255.0
    return tf.cast(image, tf.float32)


def add_counter(model: keras.Model, name: str) -> keras.Variable:
    """A weight of the model that counts from 0, once for all replicas."""
    return model.add_weight(
        shape=(),
        dtype="int64",
        initializer="zeros",
        trainable=False,
        aggregation="only_first_replica",
        name=name,
    )


def _variable(value: tf.Tensor | list[bool]) -> tf.Variable:
    return tf.Variable(
        value, trainable=False, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA
    )


class StepMeans(keras.metrics.Metric):
    """Means of named numbers over the steps since the last reset.

    All are in one variable: a metric for each would cost a step dozens of operations.

    Examples:
        >>> means = StepMeans(["loss", "pixel"])
        >>> means.update_state({"loss": 2.0, "pixel": 0.5})
        >>> means.update_state({"loss": 1.0, "pixel": 0.5})
        >>> means.as_floats()
        {'loss': 1.5, 'pixel': 0.5}
    """

    def __init__(self, names: Sequence[str], name: str = "step_means") -> None:
        super().__init__(name=name)
        self.names = tuple(names)
        self._sums = _variable(tf.zeros([len(self.names) + 1]))

    def update_state(self, values: Mapping[str, tf.Tensor | float]) -> None:
        row = [*(tf.cast(values[name], tf.float32) for name in self.names), tf.constant(1.0)]
        self._sums.assign_add(tf.stack(row))

    def result(self) -> dict[str, tf.Tensor]:
        *sums, steps = tf.unstack(self._sums.read_value())
        return {
            name: tf.math.divide_no_nan(total, steps)
            for name, total in zip(self.names, sums, strict=True)
        }

    def as_floats(self) -> dict[str, float]:
        """The means as plain numbers."""
        *sums, steps = self._sums.numpy().tolist()
        return {name: total / max(steps, 1.0) for name, total in zip(self.names, sums, strict=True)}

    def reset_state(self) -> None:
        self._sums.assign(tf.zeros_like(self._sums))


class FiniteCheck:
    """Records which losses and gradients of the last step were finite.

    Args:
        names: Of the parts, as messages show them.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._finite = _variable([True] * len(self.names))

    def update(
        self,
        terms: dict[str, tf.Tensor],
        wgan: dict[str, CriticLosses],
        gradients: dict[str, list[tf.Tensor]],
        extra_steps: Sequence[dict[str, tf.Tensor]],
        *,
        scales_loss: bool,
    ) -> tf.Tensor:
        """Record a step; True if all of it was finite.

        Args:
            terms: Of the generator's loss, then in `names` as here.
            wgan: The losses of the critics, then in `names` as here.
            gradients: Of every network; the last of `names`.
            extra_steps: Whether each critic was finite in steps of the critics alone.
            scales_loss: As `all_finite` takes it.
        """
        finite = [tf.math.is_finite(term) for term in terms.values()]
        for name, part in wgan.items():
            steps = [tf.math.is_finite(part.loss), *(step[name] for step in extra_steps)]
            finite.append(tf.reduce_all(steps))
        flat = [gradient for group in gradients.values() for gradient in group]
        finite.append(all_finite(0.0, flat, scales_loss))
        self._finite.assign(tf.stack(finite))
        return tf.reduce_all(finite)

    def failed(self) -> list[str]:
        """The names of the parts of the last step that were not finite."""
        return [
            name
            for name, finite in zip(self.names, self._finite.numpy(), strict=True)
            if not finite
        ]


def checks_and_means(terms: list[str], critics: list[str]) -> tuple[FiniteCheck, StepMeans]:
    """The finite check and the means of the logs for a model's steps."""
    finite = FiniteCheck([*terms, *(f"{name} critic" for name in critics), "gradients"])
    logs = ["loss", *(f"{term}{kind}" for term in terms for kind in ("", "_weighted"))]
    logs += [f"{name}_critic_{part}" for name in critics for part in CriticLosses._fields]
    return finite, StepMeans(logs)


def frozen_copy(network: keras.Model) -> keras.Model:
    """A network of the same weights that no optimizer trains."""
    copy = type(network).from_config(network.get_config())
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


def update_average(
    average: keras.Model, network: keras.Model, step: tf.Tensor, *, decay: float, accumulate: int
) -> None:
    """Move an averaged network a little towards the trained one.

    Args:
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
