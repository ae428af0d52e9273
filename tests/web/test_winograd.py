"""Minimal filtering: the same convolutions in fewer multiplications."""

import numpy as np
import pytest

from keras_dgggan.inference.onnx.engine import session
from keras_dgggan.inference.onnx.graph import StageGraphs
from keras_dgggan.presets import preset_file
from keras_dgggan.pretrained.generator_weights import GeneratorWeights
from keras_dgggan.web.winograd import WinogradParts, minimal_filtering


@pytest.mark.parametrize(("outputs", "taps"), [(4, 3), (4, 5), (2, 3), (2, 5)])
def test_the_outputs_are_those_of_the_filter(outputs, taps, rng):
    mix, spread, collect = minimal_filtering(outputs, taps)
    assert mix.shape == (outputs + taps - 1,) * 2
    inputs, weights = rng.normal(size=outputs + taps - 1), rng.normal(size=taps)
    found = collect @ ((spread @ weights) * (mix @ inputs))
    assert found == pytest.approx(np.correlate(inputs, weights, "valid"))


@pytest.mark.parametrize("height", [1, 2, 3, 4, 5, 19, 64])
def test_blocks_give_the_same_at_any_height(height, rng):
    weights = GeneratorWeights.read(preset_file("dgggan_x4_light"))
    x = rng.normal(size=(1, weights.filters, height, 7)).astype(np.float32)
    plain, mixed = (
        session(graphs.features("gradient", 2), 1)(x)["features"]
        for graphs in (StageGraphs(weights), StageGraphs(weights, WinogradParts))
    )
    assert mixed.shape == plain.shape
    # Rounding shows relative to the largest values, which all are mixed of.
    assert abs(mixed - plain).max() < 1e-5 * abs(plain).max()
