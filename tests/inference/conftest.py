import copy
import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest


@pytest.fixture(scope="session")
def make_generator() -> Callable[..., Any]:
    """Small generators whose every weight matters: at the start SE and the branches hardly do.

    Made once for the same options: nobody changes their weights.
    """
    from keras_dgggan.networks import Generator

    @functools.cache
    def make(**options: Any) -> Any:
        keras.utils.set_random_seed(1)
        small = {"filters": 6, "blocks": 2, "gradient_every": 2, "se_reduction": 2}
        generator = Generator(**{**small, **options})
        rng = np.random.default_rng(2)
        for weight in generator.trainable_variables:
            weight.assign(weight + 0.05 * rng.standard_normal(weight.shape))
        return generator

    return make


@pytest.fixture(scope="session")
def make_tiling(make_generator) -> Callable[..., Any]:
    """Exact tilings of such generators, in tiles of 16; their functions are traced once."""
    from keras_dgggan.inference.tensorflow.forward import computation_of
    from keras_dgggan.inference.tensorflow.stages import TensorFlowStages
    from keras_dgggan.inference.tiling.exact import ExactTiling

    @functools.cache
    def make(**options: Any) -> Any:
        stages = TensorFlowStages(computation_of(make_generator(**options)))
        stages.tail(stages.names)
        tiling = ExactTiling(stages, tile=16)
        tiling.generator = make_generator(**options)  # type: ignore[attr-defined]
        return tiling

    return lambda **options: copy.copy(make(**options))


@pytest.fixture(scope="session")
def nearest_generator() -> Callable[..., Any]:
    """Generators that enlarge by nearest neighbour: all weights are zero but the image skip."""
    from keras_dgggan.networks import Generator

    def make(**options: Any) -> Any:
        generator = Generator(**{"filters": 4, "blocks": 1, "image_skip": True, **options})
        for weight in generator.weights:
            weight.assign(keras.ops.zeros_like(weight))
        return generator

    return make
