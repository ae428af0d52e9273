"""Exact tiles by ONNX Runtime; TensorFlow is not needed for them."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("onnxruntime")

from keras_dgggan.images.ordered import InOrder
from keras_dgggan.inference.ensemble import joined
from keras_dgggan.inference.instruction_sets import cores
from keras_dgggan.inference.onnx.engine import OnnxEngine, OnnxStages, _Turns
from keras_dgggan.inference.tiling.exact import ExactTiling
from keras_dgggan.presets import preset_file
from keras_dgggan.pretrained.generator_weights import GeneratorWeights


@pytest.fixture(scope="module")
def engine() -> OnnxEngine:
    weights = GeneratorWeights.read(preset_file("dgggan_x4_light"))
    assert weights is not None
    return OnnxEngine(weights)


@pytest.fixture(scope="module")
def stages(engine) -> OnnxStages:
    """Stages that compute two windows at a time, where there are two cores."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("OMP_NUM_THREADS", "2")
        return OnnxStages(engine.weights)


def largest_difference(engine, tiling, image) -> float:
    whole = engine.whole(image, engine.weights.names)
    tiled = joined(tiling(image))
    assert set(whole) == set(tiled)
    return max(float(np.abs(whole[name] - tiled[name]).max()) for name in whole)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(height=st.integers(1, 100), width=st.integers(1, 100), tile=st.integers(16, 60))
def test_tiled_equals_untiled(engine, stages, height, width, tile):
    image = np.random.default_rng(height).random((height, width, 3), np.float32)
    assert largest_difference(engine, ExactTiling(stages, tile), image) < 1e-5


@pytest.mark.parametrize("batched", [True, False])
def test_running_out_of_memory_gives_batches_up_first_and_halves_tiles_then(
    engine, stages, batched, rng
):
    """Through windows that are counted: more pixels than so many do not fit."""
    import copy
    import dataclasses

    limit = 40 * 40
    limited = copy.copy(stages)

    def with_limit(stage):
        def function(*windows):
            count = np.prod([windows[0].shape[axis] for axis in (0, 2, 3)])
            if count > limit:
                raise MemoryError("Failed to allocate memory")
            return stage.function(*windows)

        return dataclasses.replace(stage, function=function)

    limited.features = {
        branch: [with_limit(stage) for stage in each] for branch, each in stages.features.items()
    }
    tiling = ExactTiling(limited, tile=32 if batched else 64)
    assert largest_difference(engine, tiling, rng.random((70, 90, 3), np.float32)) < 1e-5
    assert tiling.tile == 32


def test_equal_windows_are_run_in_one_call(stages, rng):
    stage = stages.features["image"][0]
    groups = list(stage.grouped(list(stage.windows(100, 130, 32, 0))))
    assert max(len(group) for group in groups) > 4
    for group in groups:
        assert len({window.outer_size for window in group}) == 1
        assert len(group) * np.prod(group[0].outer_size) <= (stage.batch_tile + 2 * 4) ** 2


def test_large_images_are_tiled_before_they_take_much_memory(engine):
    assert engine.tile_for(400, 400) is None
    assert engine.tile_for(600, 600) == 256
    assert OnnxEngine(engine.weights, tile="off").tile_for(600, 600) is None
    assert OnnxEngine(engine.weights, tile=64).tile_for(65, 10) == 64


def test_an_average_of_many_pixels_keeps_its_digits(engine, stages, rng):
    """SE's means, which float32 loses where pixels are added one by one."""
    image = rng.random((300, 300, 3), np.float32)
    assert largest_difference(engine, ExactTiling(stages, 128), image) < 3e-6


def test_outputs_are_told_apart_by_name(engine, stages, rng):
    """Enlarged gray is not the gradient map, whichever is asked for first."""
    image = np.full((20, 24, 3), 0.5, np.float32)
    for names in (("image", "gradient_map"), ("gradient_map", "image")):
        whole = engine.whole(image, names)
        tiled = joined(ExactTiling(stages, 16)(image, names=names))
        for outputs in (whole, tiled):
            assert abs(outputs["image"].mean() - 0.5) < 0.05
            assert abs(outputs["gradient_map"].mean()) < 0.05


def test_the_environment_limits_the_threads(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    there = cores()
    for limit, expected in [("1", 1), ("1,4", 1), ("4096", there), ("", there), ("many", there)]:
        monkeypatch.setenv("OMP_NUM_THREADS", limit)
        assert cores() == expected


def test_threads_share_the_cores_and_get_what_one_gets(engine, rng, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    images = [rng.random((20 + i, 30, 3), np.float32) for i in range(12)]
    alone = [engine.whole(image, ("image",))["image"] for image in images]
    shared = OnnxEngine(engine.weights)
    together = InOrder(3)(shared.whole, [(image, ("image",)) for image in images])
    for expected, results in zip(alone, together, strict=True):
        np.testing.assert_allclose(results["image"], expected, atol=1e-6)


def test_few_take_a_turn_at_a_time(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", str(min(2, cores())))
    turns = _Turns()
    with turns.taken() as first:
        assert first == cores()
        if cores() == 2:
            with turns.taken() as second:
                assert second == 1
    with turns.taken() as again:
        assert again == first
