"""Learning-rate schedules, all functions of the generator's step."""

import math
from collections.abc import Sequence

import keras
from keras import ops

from keras_dgggan._types import Config, Tensor


@keras.saving.register_keras_serializable(package="keras_dgggan")
class MultiStep(keras.optimizers.schedules.LearningRateSchedule):
    """Multiplies the learning rate by `factor` at every milestone, after an optional warm-up.

    Args:
        learning_rate: The rate before the first milestone.
        milestones: Generator steps, increasing; the new rate holds from that step on.
        factor: 0.5 in the paper.
        warmup_steps: Linear rise from 0 over so many steps.

    Examples:
        >>> float(MultiStep(1e-4, [50_000, 100_000])(60_000))
        5e-05

    Reference:
        Section 3.2 of the paper.
    """

    def __init__(
        self,
        learning_rate: float,
        milestones: Sequence[int],
        factor: float = 0.5,
        warmup_steps: int = 0,
    ) -> None:
        super().__init__()
        self.learning_rate = learning_rate
        self.milestones = list(milestones)
        self.factor = factor
        self.warmup_steps = warmup_steps

    def __call__(self, step: Tensor) -> Tensor:
        step = ops.cast(step, "float32")
        rate = ops.convert_to_tensor(self.learning_rate, "float32")
        for milestone in self.milestones:
            rate = ops.where(step >= milestone, rate * self.factor, rate)
        return rate * _warmup(step, self.warmup_steps)

    def get_config(self) -> Config:
        return {
            "learning_rate": self.learning_rate,
            "milestones": self.milestones,
            "factor": self.factor,
            "warmup_steps": self.warmup_steps,
        }


@keras.saving.register_keras_serializable(package="keras_dgggan")
class Cosine(keras.optimizers.schedules.LearningRateSchedule):
    """Falls from the learning rate to `final` of it along half a cosine, after a warm-up.

    Args:
        learning_rate: The highest rate.
        steps: Generator steps over which it falls; it stays at the final rate after them.
        final: The last rate as a share of the first.
        warmup_steps: Linear rise from 0 over so many steps.

    Examples:
        >>> float(Cosine(1e-3, steps=1000)(500))
        5e-04
    """

    def __init__(
        self, learning_rate: float, steps: int, final: float = 0.0, warmup_steps: int = 0
    ) -> None:
        super().__init__()
        self.learning_rate = learning_rate
        self.steps = steps
        self.final = final
        self.warmup_steps = warmup_steps

    def __call__(self, step: Tensor) -> Tensor:
        step = ops.cast(step, "float32")
        done = ops.minimum(step / self.steps, 1.0)
        share = self.final + (1 - self.final) * 0.5 * (1 + ops.cos(math.pi * done))
        return self.learning_rate * share * _warmup(step, self.warmup_steps)

    def get_config(self) -> Config:
        return {
            "learning_rate": self.learning_rate,
            "steps": self.steps,
            "final": self.final,
            "warmup_steps": self.warmup_steps,
        }


@keras.saving.register_keras_serializable(package="keras_dgggan")
class PerGeneratorStep(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of generator steps for a critic's optimizer, which counts its own.

    With `n_critic` critic steps to each of the generator, a critic would reach every milestone
    `n_critic` times too early.

    Args:
        schedule: A schedule of generator steps.
        n_critic: Critic steps to a generator step.

    Examples:
        >>> schedule = PerGeneratorStep(MultiStep(1e-4, [10]), n_critic=5)
        >>> float(schedule(49)), float(schedule(50))
        (1e-04, 5e-05)
    """

    def __init__(
        self, schedule: keras.optimizers.schedules.LearningRateSchedule, n_critic: int
    ) -> None:
        super().__init__()
        self.schedule = schedule
        self.n_critic = n_critic

    def __call__(self, step: Tensor) -> Tensor:
        return self.schedule(step // self.n_critic)

    def get_config(self) -> Config:
        return {
            "schedule": keras.saving.serialize_keras_object(self.schedule),
            "n_critic": self.n_critic,
        }

    @classmethod
    def from_config(cls, config: Config) -> "PerGeneratorStep":
        return cls(
            keras.saving.deserialize_keras_object(config["schedule"]), n_critic=config["n_critic"]
        )


def _warmup(step: Tensor, warmup_steps: int) -> Tensor:
    return ops.minimum((step + 1) / warmup_steps, 1.0) if warmup_steps else 1.0
