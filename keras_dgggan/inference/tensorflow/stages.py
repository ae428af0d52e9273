"""The stages of a generator by TensorFlow, each traced once for any shape."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.images.blended import Outputs
from keras_dgggan.images.tiles import Window
from keras_dgggan.inference.cpu import FusedGenerator
from keras_dgggan.inference.feature_maps import (
    FeatureMap,
    as_array,
    gathered,
)
from keras_dgggan.inference.tensorflow.forward import (
    Computation,
    plain_errors,
)
from keras_dgggan.inference.tiling.stage import (
    HEAD_COST,
    LARGEST_TAIL,
    PASS_COST,
    Stage,
    Stages,
    tail_cost,
)

Run = Callable[..., dict[str, tf.Tensor]]

# Windows that are computed at a time on a CPU: the small operations and the copying of one go on
# during the convolutions of the other.
_AT_A_TIME = 2

# Winograd's tiles, which a window is cut into.
_MULTIPLE = 4

# Equal windows are run together, up to the pixels of one of so large a tile.
_BATCH_TILE = 128


class TensorFlowStages(Stages):
    """The stages of a `Generator`, each a function of TensorFlow's.

    Args:
        computation: What the generator computes.
    """

    def __init__(self, computation: Computation) -> None:
        self._computation = computation
        self._generator = computation.generator
        # One thread waits for nobody.
        at_a_time = 1 if tf.config.get_visible_devices("GPU") else _AT_A_TIME
        super().__init__(computation.generator, at_a_time)

    def feature_map(self, height: int, width: int, channels: int) -> FeatureMap:
        return FeatureMap(height, width, channels)

    def gate(self, branch: str, i: int, means: npt.NDArray) -> npt.NDArray | None:
        if isinstance(self._computation, FusedGenerator):
            return self._computation.gate_on_host(branch, i, means)
        gate = self._computation.gate(branch, i, tf.constant(means[None], tf.float32))
        return None if gate is None else gate[0].numpy()

    def make_heads(self) -> Stage:
        return self._stage(self._computation.heads, [3], self.halos.head, HEAD_COST)

    def make_block(self, branch: str, i: int) -> Stage:
        computation = self._computation
        if not isinstance(computation, FusedGenerator):

            def run(window: tf.Tensor) -> dict[str, tf.Tensor]:
                return {"features": computation.features(branch, i, window)}

            return self._stage(run, [self.filters], self.halos.block, 1.0)

        def at(rows: tf.Tensor, size: tf.Tensor, areas: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"features": computation.features_at(branch, i, rows, size, areas)}

        # It reads around the window what it needs there.
        function = gathering_function(at, [self.filters])
        together = _BATCH_TILE if computation.features_of_many else 0
        return InPlaceStage(function, 0, 1.0, multiple=_MULTIPLE, batch_tile=together)

    def make_pass(self, i: int) -> Stage:
        def run(image: tf.Tensor, gradient: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"gradient": self._computation.passed(i, image, gradient)}

        return self._stage(run, [self.filters] * 2, self.halos.gradient_map, PASS_COST)

    def make_tail(self, names: tuple[str, ...]) -> Stage:
        def run(image: tf.Tensor, *features: tf.Tensor) -> dict[str, tf.Tensor]:
            by_branch = dict(zip(self.branches, features, strict=True))
            return self._computation.tail(image, by_branch, names)

        return self._stage(
            run,
            [3, *(self.filters for _ in self.branches)],
            self.halos.tail,
            tail_cost(self._generator),
            scale=self._generator.scale,
            largest=LARGEST_TAIL,
        )

    def _stage(
        self,
        run: Run,
        channels: list[int],
        halo: int,
        cost: float,
        *,
        scale: int = 1,
        largest: int | None = None,
    ) -> Stage:
        in_place = isinstance(self._computation, FusedGenerator)
        function = (area_function if in_place else window_function)(run, channels)
        kind = InPlaceStage if in_place else WindowStage
        return kind(function, halo, cost, scale, largest, batch_tile=_BATCH_TILE)


@dataclass(frozen=True)
class WindowStage(Stage):
    """A stage that is given one window a call: a GPU's memory need not hold the whole image.

    Its function goes from windows `[batch, height, width, c]` to a dict of
    `[batch, scale * height, scale * width, c]`.
    """

    def __call__(self, maps: list[FeatureMap], windows: list[Window]) -> list[Outputs]:
        given = [np.stack([each.pixels[window.outer] for window in windows]) for each in maps]
        with plain_errors():
            results = self.function(*map(tf.convert_to_tensor, given))
        return _inner(results, windows, self.scale)


@dataclass(frozen=True)
class InPlaceStage(Stage):
    """A stage that reads areas of feature maps in place, in host memory.

    Its function takes int32 `[batch, 6]`, for each window the size of the image and the window's
    corners, and the rows of the feature maps; it gives a dict of
    `[batch, scale * height, scale * width, c]`.
    """

    def __call__(self, maps: list[FeatureMap], windows: list[Window]) -> list[Outputs]:
        size = maps[0].pixels.shape[:2]
        # One small tensor: converting several takes as long as a small window.
        numbers = tf.constant([[*size, *window.corners()] for window in windows], tf.int32)
        with plain_errors():
            results = self.function(numbers, *(features.rows for features in maps))
        return _inner(results, windows, self.scale)


def window_function(run: Run, channels: list[int]) -> Run:
    """The function of a `WindowStage` from one of windows."""

    def in_float32(*windows: tf.Tensor) -> dict[str, tf.Tensor]:
        return _in_float32(run(*windows))

    # Batch, height and width stay open: one trace serves every image.
    signature = [tf.TensorSpec([None, None, None, count], tf.float32) for count in channels]
    return _traced(in_float32, signature)


def area_function(run: Run, channels: list[int]) -> Run:
    """The function of an `InPlaceStage` from one of windows."""

    def of_areas(numbers: tf.Tensor, *rows: tf.Tensor) -> dict[str, tf.Tensor]:
        size, areas = numbers[0, :2], numbers[:, 2:]
        return _in_float32(run(*(gathered(each, size, areas) for each in rows)))

    return _of_areas(of_areas, channels)


def gathering_function(run: Run, channels: list[int]) -> Run:
    """The function of an `InPlaceStage` from one of rows, size and areas."""

    def of_areas(numbers: tf.Tensor, *rows: tf.Tensor) -> dict[str, tf.Tensor]:
        return _in_float32(run(*rows, numbers[0, :2], numbers[:, 2:]))

    return _of_areas(of_areas, channels)


def _inner(results: Mapping[str, tf.Tensor], windows: list[Window], scale: int) -> list[Outputs]:
    """The inner part of each window's results."""
    arrays = {name: as_array(value) for name, value in results.items()}
    return [
        {name: values[k][window.inner(scale)] for name, values in arrays.items()}
        for k, window in enumerate(windows)
    ]


def _of_areas(run: Run, channels: list[int]) -> Run:
    rows = [tf.TensorSpec([None, count], tf.float32) for count in channels]
    return _traced(run, [tf.TensorSpec([None, 6], tf.int32), *rows])


def _in_float32(results: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return {name: tf.cast(value, tf.float32) for name, value in results.items()}


def _traced(run: Run, signature: list[tf.TensorSpec]) -> Run:
    function = tf.function(run, input_signature=signature, autograph=False)
    return function.get_concrete_function()
