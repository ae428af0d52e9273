"""Tiles that give what the whole image would: the generator run block by block over tiles.

Squeeze-and-excitation averages over the image, so tiles that go through the whole network one
by one can never agree with it, whatever their overlap. Here all tiles go through one block, then
its gate is computed from the means over the whole image, then they go on to the next. What waits
between the blocks lies in host memory; a GPU holds one tile, a CPU works on two. Apart from SE a
block is local: a halo of 4 pixels a side is exact, where the whole trunk would need some fifty.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.images.tiles import Window, halved
from keras_dgggan.inference.feature_maps import Plane, add_gated, sums
from keras_dgggan.inference.forward import Computation, computation_of
from keras_dgggan.inference.ordered import InOrder
from keras_dgggan.inference.progress import Progress, Report
from keras_dgggan.inference.tiling.stages import Outputs, Part, Pieces

# Windows that are computed at a time on a CPU: the small operations and the copying of one go on
# during the convolutions of the other.
_AT_A_TIME = 2

# A tile's window and the results for its inner part.
Result = tuple[Window, Outputs]


class ExactTiling:
    """Runs a `Generator` on one image in tiles, with the result of the untiled network.

    The functions are traced once each, for any shape.

    Args:
        generator: A `Generator`.
        tile: LR pixels a side that are computed at a time. Halved when memory runs out.
        computation: How it is computed; by default the fastest way.

    Example:
        >>> tiling = ExactTiling(Generator(filters=16, blocks=2), tile=64)
        >>> bands = list(tiling(np.zeros((200, 300, 3), "float32")))
        >>> np.concatenate([band["image"] for band in bands]).shape
        (800, 1200, 3)
    """

    def __init__(
        self, generator: Any, tile: int, *, computation: Computation | None = None
    ) -> None:
        self.generator = generator
        self.tile = tile
        self.pieces = Pieces(generator, computation or computation_of(generator))
        # One thread waits for nobody.
        self._in_order = InOrder(1 if tf.config.get_visible_devices("GPU") else _AT_A_TIME)

    @property
    def names(self) -> tuple[str, ...]:
        """The generator's outputs."""
        return ("image", "gradient_map") if self.generator.gradient_branch else ("image",)

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
        pieces, (height, width) = self.pieces, image.shape[:2]
        tail = pieces.tail(names or self.names)
        progress = Progress(report, pieces.cost(tail) * height * width)
        source = Plane(height, width, 3)
        source.pixels[:] = image
        planes = {b: Plane(height, width, self.generator.filters) for b in pieces.branches}
        self._fill(pieces.heads, [source], planes, progress)
        for i in range(1, self.generator.blocks + 1):
            for branch, plane in planes.items():
                self._block(branch, i, plane, progress)
            if i in pieces.passes:
                # What is overwritten is read for the pixels themselves alone.
                target = {"gradient": planes["gradient"]}
                self._fill(pieces.passes[i], list(planes.values()), target, progress)
        for band in self._bands(tail, [source, *planes.values()], progress):
            yield _joined(band)

    def _block(self, branch: str, i: int, plane: Plane, progress: Progress) -> None:
        """Block i with SE's gate: what it adds waits until its means are known."""
        bands = self._bands(self.pieces.features[branch][i - 1], [plane], progress)
        added = [(window, results["features"]) for band in bands for window, results in band]
        count = plane.pixels.shape[0] * plane.pixels.shape[1]
        means = sum(self._in_order(sums, [(values,) for _, values in added])) / count
        gate = self.pieces.gate(branch, i, means)
        places = [(plane.pixels[window.place()], values, gate) for window, values in added]
        for _ in self._in_order(add_gated, places):
            pass

    def _fill(
        self, part: Part, inputs: list[Plane], outputs: dict[str, Plane], progress: Progress
    ) -> None:
        """Run a part over the image into whole planes."""
        for band in self._bands(part, inputs, progress):
            for window, results in band:
                for name, values in results.items():
                    outputs[name].pixels[window.place()] = values

    def _bands(self, part: Part, inputs: list[Plane], progress: Progress) -> Iterator[list[Result]]:
        """Run a part over the image: the windows side by side, one row of them after the other."""
        height, width = inputs[0].pixels.shape[:2]
        row = 0
        while row < height:
            band: list[Result] = []
            windows = list(part.windows(height, width, self.tile, row))
            try:
                calls = [(inputs, window) for window in windows]
                for window, results in zip(windows, self._in_order(part, calls), strict=True):
                    band.append((window, results))
                    progress.advance(part.cost * window.area)
                    if window.horizontal.stop == width:
                        yield band
                        row, band = window.vertical.stop, []
            except tf.errors.ResourceExhaustedError as error:
                self.tile = halved(self.tile, error)


def _joined(band: list[Result]) -> Outputs:
    """The results of windows side by side."""
    if len(band) == 1:
        return band[0][1]
    return {
        name: np.concatenate([results[name] for _, results in band], axis=1) for name in band[0][1]
    }
