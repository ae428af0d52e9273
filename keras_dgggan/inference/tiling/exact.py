"""Tiles that give what the whole image would: the generator run stage by stage over tiles.

Squeeze-and-excitation averages over the image, so tiles that go through the whole network one
by one can never agree with it, whatever their overlap. Here all tiles go through one block, then
its gate is computed from the means over the whole image, then they go on to the next. What waits
between the blocks lies in host memory; a GPU holds one tile, a CPU works on two. Apart from SE a
block is local: a halo of 4 pixels a side is exact, where the whole trunk would need some fifty.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
import numpy.typing as npt

from keras_dgggan._types import Report
from keras_dgggan.images.blended import Outputs
from keras_dgggan.images.ordered import InOrder
from keras_dgggan.images.tiles import Window, halved
from keras_dgggan.inference.tiling.stage import FeatureMap, Stage, Stages

# A tile's window and the results for its inner part.
Result = tuple[Window, Outputs]

# Bytes of a branch's features up to which both branches go through a block beside each other, and
# what both add waits in host memory.
_BRANCHES_BESIDE = 2**27

# Rows of features that stay in a processor's cache while they are worked on.
_ROWS = 16


class ExactTiling:
    """Runs a `Generator` on one image in tiles, with the result of the untiled network.

    Args:
        stages: The generator's, by the engine that runs them.
        tile: LR pixels a side that are computed at a time. Halved when memory runs out.

    Examples:
        >>> from keras_dgggan.inference.onnx.engine import OnnxStages
        >>> from keras_dgggan.presets import preset_file
        >>> from keras_dgggan.pretrained.generator_weights import GeneratorWeights
        >>> weights = GeneratorWeights.read(preset_file("dgggan_x4_light"))
        >>> bands = ExactTiling(OnnxStages(weights), tile=32)(np.zeros((70, 50, 3), np.float32))
        >>> np.concatenate([band["image"] for band in bands]).shape
        (280, 200, 3)
    """

    def __init__(self, stages: Stages, tile: int) -> None:
        self.stages = stages
        self.tile = tile
        self._in_order = InOrder(stages.at_a_time)
        self._one_by_one = InOrder(1)
        self._pool = ThreadPoolExecutor(1)
        # Not any more once memory ran out for some windows in one call.
        self._batches = True

    def __call__(
        self,
        image: npt.NDArray,
        report: Report | None = None,
        *,
        names: tuple[str, ...] | None = None,
    ) -> Iterator[Outputs]:
        """Yield the generator's outputs in bands of rows, from top to bottom.

        Args:
            image: float32 `[height, width, 3]` in [0, 1].
            report: Called after every tile with the part of the work that is done.
            names: The outputs that are wanted; by default all.

        Yields:
            `{"image": [rows * scale, width * scale, 3], "gradient_map": ...}`, float32.

        Raises:
            DggganError: Memory does not suffice for the smallest tile either.
        """
        stages, (height, width) = self.stages, image.shape[:2]
        tail = stages.tail(names or stages.names)
        progress = _Progress(report, _cost(stages, tail) * height * width)
        source = stages.feature_map(height, width, 3)
        source.pixels[:] = image
        maps = {b: stages.feature_map(height, width, stages.filters) for b in stages.branches}
        self._fill(stages.heads, [source], maps, progress)
        for i in range(1, stages.blocks + 1):
            self._blocks(i, maps, progress)
            if i in stages.passes:
                # Not in place: after memory ran out, some of it is computed once more.
                passed = {"gradient": stages.feature_map(height, width, stages.filters)}
                self._fill(stages.passes[i], list(maps.values()), passed, progress)
                maps |= passed
        joined = _Joined(width, tail.scale)
        for band in self._bands(tail, [source, *maps.values()], progress, then=joined.place):
            yield joined.taken(band[0][0])

    def _blocks(self, i: int, maps: Mapping[str, FeatureMap], progress: "_Progress") -> None:
        """Block i of all branches.

        Where few windows make a branch, cores would wait at the end of each of its steps. So
        branches go beside each other then, each in a thread, window by window.
        """
        first, *others = [(branch, i, features, progress) for branch, features in maps.items()]
        small = all(features.pixels.nbytes <= _BRANCHES_BESIDE for features in maps.values())
        if self.stages.at_a_time > 1 and others and small:
            futures = [self._pool.submit(self._block, *each, self._one_by_one) for each in others]
            try:
                self._block(*first, self._one_by_one)
            finally:
                wait(futures)
            for future in futures:
                future.result()
        else:
            for each in (first, *others):
                self._block(*each, self._in_order)

    def _block(
        self,
        branch: str,
        i: int,
        features: FeatureMap,
        progress: "_Progress",
        in_order: InOrder,
    ) -> None:
        """Block i with SE's gate: what it adds waits until its means are known."""
        bands = self._bands(self.stages.features[branch][i - 1], [features], progress, in_order)
        added = [(window, results["features"]) for band in bands for window, results in band]
        count = features.pixels.shape[0] * features.pixels.shape[1]
        means = sum(in_order(sums, [(values,) for _, values in added])) / count
        gate = self.stages.gate(branch, i, means)
        places = [(features.pixels[window.place()], values, gate) for window, values in added]
        for _ in in_order(add_gated, places):
            pass

    def _fill(
        self,
        stage: Stage,
        inputs: list[FeatureMap],
        outputs: dict[str, FeatureMap],
        progress: "_Progress",
    ) -> None:
        """Run a stage over the image into whole feature maps."""

        def place(window: Window, results: Outputs) -> Outputs:
            for name, values in results.items():
                outputs[name].pixels[window.place()] = values
            return {}

        for _ in self._bands(stage, inputs, progress, then=place):
            pass

    def _bands(
        self,
        stage: Stage,
        inputs: list[FeatureMap],
        progress: "_Progress",
        in_order: InOrder | None = None,
        then: Callable[[Window, Outputs], Outputs] = lambda _, results: results,
    ) -> Iterator[list[Result]]:
        """Run a stage over the image: the windows side by side, one row of them after the other.

        Args:
            stage: What is run.
            inputs: What it reads.
            progress: Counts each window.
            in_order: Runs the calls; by default in threads.
            then: Is given each window and its results where the call runs, and gives others.
        """
        height, width = inputs[0].pixels.shape[:2]
        row = 0
        while row < height:
            band: list[Result] = []
            tile = self.tile
            windows = list(stage.windows(height, width, tile, row))
            groups = list(stage.grouped(windows)) if self._batches else [[w] for w in windows]
            try:
                calls = [(stage, inputs, group, then) for group in groups]
                done = (in_order or self._in_order)(_called, calls)
                for group, of_group in zip(groups, done, strict=True):
                    for window, results in zip(group, of_group, strict=True):
                        band.append((window, results))
                        progress.advance(stage.cost * window.area)
                        if window.horizontal.stop == width:
                            yield band
                            row, band = window.vertical.stop, []
            except MemoryError as error:
                if any(len(group) > 1 for group in groups):
                    self._batches = False
                else:
                    # Another branch may have found it too large already.
                    self.tile = min(self.tile, halved(tile, error))


class _Progress:
    """Counts work in any unit, and reports the part of it that is done."""

    def __init__(self, report: Report | None, total: float) -> None:
        self._report = report
        self._total = total
        self._done = 0.0
        self._lock = threading.Lock()
        self._thread = threading.get_ident()

    def advance(self, amount: float) -> None:
        """Add finished work; it is told in the thread that this was made in."""
        with self._lock:
            # What is done again after memory ran out counts twice.
            self._done = min(self._done + amount, self._total)
        if self._report is not None and threading.get_ident() == self._thread:
            self._report(self._done / self._total)


def add_gated(place: npt.NDArray, features: npt.NDArray, gate: npt.NDArray | None) -> None:
    """`place += features * gate`, without memory for the product."""
    for row in range(0, len(place), _ROWS):
        rows = slice(row, row + _ROWS)
        place[rows] += features[rows] if gate is None else features[rows] * gate


def sums(features: npt.NDArray) -> npt.NDArray:
    """The sum of each channel of `[height, width, channels]`, in float64."""
    # Lines are summed in float32, which is fast; not by BLAS, whose threads wait for busy ones.
    return features.sum(axis=0).sum(axis=0, dtype=np.float64)


def _cost(stages: Stages, tail: Stage) -> float:
    """The work of all stages for a pixel, in units of one block."""
    blocks = [stage for of_branch in stages.features.values() for stage in of_branch]
    return sum(stage.cost for stage in [stages.heads, *blocks, *stages.passes.values(), tail])


def _called(
    stage: Stage,
    inputs: list[FeatureMap],
    windows: list[Window],
    then: Callable[[Window, Outputs], Outputs],
) -> list[Outputs]:
    results = stage(inputs, windows)
    return [then(*each) for each in zip(windows, results, strict=True)]


class _Joined:
    """Puts the results of windows side by side, in the threads that computed them.

    Args:
        width: LR pixels of the image.
        scale: Of the results.
    """

    def __init__(self, width: int, scale: int) -> None:
        self._width, self._scale = width, scale
        self._bands: dict[tuple[int, int], Outputs] = {}
        self._lock = threading.Lock()

    def place(self, window: Window, results: Outputs) -> Outputs:
        """Put the results of a window into those of its band."""
        scale, place = self._scale, window.horizontal
        columns = slice(scale * place.start, scale * place.stop)
        with self._lock:
            band = self._bands.setdefault(self._key(window), {})
            for name, values in results.items():
                if name not in band:
                    shape = (len(values), scale * self._width, values.shape[2])
                    band[name] = np.empty(shape, values.dtype)
        for name, values in results.items():
            band[name][:, columns] = values
        return {}

    def taken(self, window: Window) -> Outputs:
        """The results of all windows beside this one; they are held here no longer."""
        return self._bands.pop(self._key(window))

    def _key(self, window: Window) -> tuple[int, int]:
        return window.vertical.start, window.vertical.stop
