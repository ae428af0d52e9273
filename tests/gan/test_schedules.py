import math

import keras
import pytest

from keras_dgggan.gan.schedules import Cosine, MultiStep, PerGeneratorStep


def test_multi_step_halves_at_each_milestone_from_that_step_on():
    schedule = MultiStep(1e-4, [50_000, 100_000])
    rates = [float(schedule(step)) for step in (0, 49_999, 50_000, 99_999, 100_000)]
    assert rates == pytest.approx([1e-4, 1e-4, 5e-5, 5e-5, 2.5e-5])


def test_cosine_falls_from_full_to_final_and_stays():
    schedule = Cosine(1e-3, steps=100, final=0.1)
    expected = [1e-3 * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * t))) for t in (0, 0.25, 0.5, 1)]
    assert [float(schedule(s)) for s in (0, 25, 50, 100)] == pytest.approx(expected)
    assert float(schedule(1000)) == pytest.approx(1e-4)


def test_warmup_rises_linearly():
    schedule = MultiStep(1.0, [], warmup_steps=4)
    assert [float(schedule(s)) for s in range(5)] == pytest.approx([0.25, 0.5, 0.75, 1, 1])


def test_a_critic_reaches_a_milestone_at_the_generator_step():
    schedule = PerGeneratorStep(MultiStep(1.0, [10]), n_critic=5)
    assert float(schedule(49)) == 1.0
    assert float(schedule(50)) == 0.5


@pytest.mark.parametrize(
    "schedule",
    [
        MultiStep(1e-3, [5], 0.1, 2),
        Cosine(1e-3, 10, 0.5, 2),
        PerGeneratorStep(MultiStep(1, [3]), 2),
    ],
)
def test_config_round_trip(schedule):
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    assert [float(copy(s)) for s in range(12)] == [float(schedule(s)) for s in range(12)]
