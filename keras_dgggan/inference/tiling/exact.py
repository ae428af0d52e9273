"""Tiles that give what the whole image would: the generator run stage by stage over tiles.

Squeeze-and-excitation averages over the image, so tiles that go through the whole network one
by one can never agree with it, whatever their overlap. Here all tiles go through one block, then
its gate is computed from the means over the whole image, then they go on to the next. What waits
between the blocks lies in host memory; a GPU holds one tile, a CPU works on two. Apart from SE a
block is local: a halo of 4 pixels a side is exact, where the whole trunk would need some fifty.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from keras_dgggan._types import Report
from keras_dgggan.images.blended import Outputs
from keras_dgggan.images.ordered import InOrder
from keras_dgggan.images.tiles import Window, halved
from keras_dgggan.inference.tiling.stage import FeatureMap, Stage, Stages

# A tile's window and the results for its inner part.
Result = tuple[Window, Outputs]

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
            for branch, features in maps.items():
                self._block(branch, i, features, progress)
            if i in stages.passes:
                # What is overwritten is read for the pixels themselves alone.
                target = {"gradient": maps["gradient"]}
                self._fill(stages.passes[i], list(maps.values()), target, progress)
        for band in self._bands(tail, [source, *maps.values()], progress):
            yield _joined(band)

    def _block(self, branch: str, i: int, features: FeatureMap, progress: "_Progress") -> None:
        """Block i with SE's gate: what it adds waits until its means are known."""
        bands = self._bands(self.stages.features[branch][i - 1], [features], progress)
        added = [(window, results["features"]) for band in bands for window, results in band]
        count = features.pixels.shape[0] * features.pixels.shape[1]
        means = sum(self._in_order(sums, [(values,) for _, values in added])) / count
        gate = self.stages.gate(branch, i, means)
        places = [(features.pixels[window.place()], values, gate) for window, values in added]
        for _ in self._in_order(add_gated, places):
            pass

    def _fill(
        self,
        stage: Stage,
        inputs: list[FeatureMap],
        outputs: dict[str, FeatureMap],
        progress: "_Progress",
    ) -> None:
        """Run a stage over the image into whole feature maps."""
        for band in self._bands(stage, inputs, progress):
            for window, results in band:
                for name, values in results.items():
                    outputs[name].pixels[window.place()] = values

    def _bands(
        self, stage: Stage, inputs: list[FeatureMap], progress: "_Progress"
    ) -> Iterator[list[Result]]:
        """Run a stage over the image: the windows side by side, one row of them after the other."""
        height, width = inputs[0].pixels.shape[:2]
        row = 0
        while row < height:
            band: list[Result] = []
            windows = list(stage.windows(height, width, self.tile, row))
            groups = list(stage.grouped(windows)) if self._batches else [[w] for w in windows]
            try:
                calls = [(inputs, group) for group in groups]
                for group, of_group in zip(groups, self._in_order(stage, calls), strict=True):
                    for window, results in zip(group, of_group, strict=True):
                        band.append((window, results))
                        progress.advance(stage.cost * window.area)
                        if window.horizontal.stop == width:
                            yield band
                            row, band = window.vertical.stop, []
            except MemoryError as error:
                if self._batches and any(len(group) > 1 for group in groups):
                    self._batches = False
                else:
                    self.tile = halved(self.tile, error)


class _Progress:
    """Counts work in any unit, and reports the part of it that is done."""

    def __init__(self, report: Report | None, total: float) -> None:
        self._report = report
        self._total = total
        self._done = 0.0

    def advance(self, amount: float) -> None:
        """Add finished work."""
        # What is done again after memory ran out counts twice.
        self._done = min(self._done + amount, self._total)
        if self._report is not None:
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


def _joined(band: list[Result]) -> Outputs:
    """The results of windows side by side."""
    if len(band) == 1:
        return band[0][1]
    return {
        name: np.concatenate([results[name] for _, results in band], axis=1) for name in band[0][1]
    }
