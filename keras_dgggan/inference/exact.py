"""Tiles that give what the whole image would: the generator run block by block over tiles.

Squeeze-and-excitation averages over the image, so tiles that go through the whole network one
by one can never agree with it, whatever their overlap. Here all tiles go through one block, then
its gate is computed from the means over the whole image, then they go on to the next. What waits
between the blocks lies in host memory; the device holds one tile, a CPU two. Apart from SE a block
is local: a halo of 4 pixels a side is exact, where the whole trunk would need some fifty.
"""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.errors import DggganError
from keras_dgggan.inference.computation import Computation, computation_of
from keras_dgggan.inference.windows import span_at, spans

# Told how much of the work is done, from 0 to 1.
Report = Callable[[float], None]
Outputs = dict[str, npt.NDArray]

# The least tile that is tried when memory runs out.
_LEAST_TILE = 16

# A gradient map reads the neighbours, as a 3x3 convolution does.
_GRADIENT_HALO = 1

# LR pixels a side of the tail's tiles at most: at HR size a tile has `scale * scale` as many.
_LARGEST_TAIL = 128

# Tiles of a row that are computed at a time on a CPU: the copying of one goes on during the
# convolutions of the other.
_AT_A_TIME = 2

# Rows of features that stay in a processor's cache while they are worked on.
_ROWS = 16


class ExactTiling:
    """Runs a `Generator` on one image in tiles, with the result of the untiled network.

    The functions are traced once each, for any shape; all windows of an image have one shape.

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
        self._computation = computation or computation_of(generator)
        self._branches = ["image", "gradient"] if generator.gradient_branch else ["image"]
        self._features = {
            branch: [self._block(branch, i) for i in range(1, generator.blocks + 1)]
            for branch in self._branches
        }
        head_halo = _reach(generator.get_layer("image_head"))
        if generator.gradient_branch:
            head_halo += _GRADIENT_HALO
        self._heads = _Part(_traced(self._computation.heads, [3]), head_halo, cost=0.1)
        self._passes = {
            i: self._pass(i)
            for i in range(1, generator.blocks + 1)
            if generator.gradient_branch and i % generator.gradient_every == 0
        }
        # The tail computes the heads anew, for the long skips: they need not be stored.
        trunk_halo = max(head_halo, _reach(generator.get_layer("image_trunk")))
        self._tail_halo = trunk_halo + _upsampling_reach(generator)
        self._tails: dict[tuple[str, ...], _Part] = {}
        on_cpu = not tf.config.get_visible_devices("GPU")
        # One thread waits for nobody: the built-in map then does as well.
        self._map = ThreadPoolExecutor(_AT_A_TIME).map if on_cpu else map

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
        tail = self._tail(names or self.names)
        progress = _Progress(report, self._cost(tail))
        shape = (*image.shape[:2], self.generator.filters)
        planes = {branch: np.empty(shape, np.float32) for branch in self._branches}
        spare = np.empty(shape, np.float32)
        self._sweep(self._heads, [image], planes, progress)
        for i in range(1, self.generator.blocks + 1):
            for branch in self._branches:
                features = self._features[branch][i - 1]
                sums = self._sweep(features, [planes[branch]], {"features": spare}, progress)
                means = sums["features"] / (shape[0] * shape[1])
                gate = self._computation.gate(branch, i, tf.constant(means[None], tf.float32))
                _add(planes[branch], spare, None if gate is None else gate[0].numpy())
            if i in self._passes:
                inputs = [planes["image"], planes["gradient"]]
                self._sweep(self._passes[i], inputs, {"gradient": spare}, progress)
                planes["gradient"], spare = spare, planes["gradient"]
        del spare
        yield from self._bands(tail, [image, *planes.values()], progress)

    def _block(self, branch: str, i: int) -> "_Part":
        """What block i adds to its input, before SE's gate."""

        def run(window: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"features": self._computation.features(branch, i, window)}

        block = self.generator.get_layer(f"{branch}_block_{i}")
        return _Part(_traced(run, [block.filters]), block.halo, cost=1.0)

    def _pass(self, i: int) -> "_Part":
        def run(image: tf.Tensor, gradient: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"gradient": self._computation.passed(i, image, gradient)}

        return _Part(_traced(run, [self.generator.filters] * 2), _GRADIENT_HALO, cost=0.1)

    def _tail(self, names: tuple[str, ...]) -> "_Part":
        """From the image and the features after the blocks to the outputs of these names."""
        if names not in self._tails:

            def run(image: tf.Tensor, *planes: tf.Tensor) -> dict[str, tf.Tensor]:
                by_branch = dict(zip(self._branches, planes, strict=True))
                return self._computation.tail(image, by_branch, names)

            channels = [3, *(self.generator.filters for _ in self._branches)]
            self._tails[names] = _Part(
                _traced(run, channels),
                self._tail_halo,
                scale=self.generator.scale,
                cost=1.5 if self.generator.upsampler == "nearest" else 0.3,
                largest=_LARGEST_TAIL,
            )
        return self._tails[names]

    def _cost(self, tail: "_Part") -> float:
        blocks = [part for parts in self._features.values() for part in parts]
        return sum(part.cost for part in [self._heads, *blocks, *self._passes.values(), tail])

    def _sweep(
        self, part: "_Part", inputs: list[npt.NDArray], outputs: Outputs, progress: "_Progress"
    ) -> Outputs:
        """Run a part over the image into whole planes; the sums over the image, by channel."""
        row = 0
        sums: Outputs = {}
        for band in self._bands(part, inputs, progress):
            rows = slice(row, row + len(next(iter(band.values()))))
            for name, values in band.items():
                outputs[name][rows] = values
                # A band is summed in float32 by the fastest way there is, the bands in float64.
                flat = values.reshape(-1, values.shape[-1])
                of_band = (np.ones(len(flat), np.float32) @ flat).astype(np.float64)
                sums[name] = sums.get(name, 0.0) + of_band
            row = rows.stop
        return sums

    def _bands(
        self, part: "_Part", inputs: list[npt.NDArray], progress: "_Progress"
    ) -> Iterator[Outputs]:
        """Run a part over the image, one row of tiles after the other."""
        height, width = inputs[0].shape[:2]
        row = 0
        while row < height:
            tile = min(self.tile, part.largest or self.tile)
            vertical = span_at(row, height, tile, part.halo)
            band: Outputs = {}
            try:
                across = list(spans(width, tile, part.halo))
                windows = [
                    [plane[vertical.outer, horizontal.outer] for plane in inputs]
                    for horizontal in across
                ]
                for horizontal, results in zip(across, self._map(part, windows), strict=True):
                    inner = vertical.inner(part.scale), horizontal.inner(part.scale)
                    columns = slice(horizontal.start * part.scale, horizontal.stop * part.scale)
                    for name, values in results.items():
                        kept = values[inner]
                        if name not in band:
                            shape = (kept.shape[0], width * part.scale, kept.shape[2])
                            band[name] = np.empty(shape, np.float32)
                        band[name][:, columns] = kept
                    area = (vertical.stop - row) * (horizontal.stop - horizontal.start)
                    progress.advance(part.cost * area / (height * width))
            except tf.errors.ResourceExhaustedError as error:
                self._halve(error)
                continue
            yield band
            row = vertical.stop

    def _halve(self, error: Exception) -> None:
        if self.tile // 2 < _LEAST_TILE:
            raise DggganError(
                f"memory ran out even for tiles of {self.tile} pixels a side: free some, or use "
                "a lighter model"
            ) from error
        self.tile //= 2


@dataclass(frozen=True)
class _Part:
    """A local piece of the network.

    Attributes:
        function: From windows `[1, h, w, c]` to a dict of `[1, scale * h, scale * w, c]`.
        halo: LR pixels that a result needs around it.
        cost: Its share of the work, in units of one block, for the time left.
        scale: Size of the result over the windows'.
        largest: The largest tile; None for any.
    """

    function: Callable[..., dict[str, tf.Tensor]]
    halo: int
    cost: float
    scale: int = 1
    largest: int | None = None

    def __call__(self, windows: list[npt.NDArray]) -> Outputs:
        results = self.function(*(tf.convert_to_tensor(window[None]) for window in windows))
        return {name: value[0].numpy() for name, value in results.items()}


def _add(plane: npt.NDArray, features: npt.NDArray, gate: npt.NDArray | None) -> None:
    """`plane += features * gate`; the features are spoilt."""
    for row in range(0, len(plane), _ROWS):
        rows = slice(row, row + _ROWS)
        if gate is not None:
            features[rows] *= gate
        plane[rows] += features[rows]


def _traced(run: Callable[..., dict[str, tf.Tensor]], channels: list[int]) -> Any:
    def in_float32(*windows: tf.Tensor) -> dict[str, tf.Tensor]:
        return {name: tf.cast(value, tf.float32) for name, value in run(*windows).items()}

    # Height and width stay open: one trace serves every image.
    signature = [tf.TensorSpec([1, None, None, count], tf.float32) for count in channels]
    run_in_float32 = tf.function(in_float32, input_signature=signature, autograph=False)
    return run_in_float32.get_concrete_function()


def _reach(convolution: Any) -> int:
    """Pixels that a convolution reads on each side."""
    return (convolution.kernel_size[0] - 1) // 2


def _upsampling_reach(generator: Any) -> int:
    """LR pixels that an output needs on each side of the features at the end of the trunk."""
    if generator.upsampler == "pixel_shuffle":
        return _reach(generator.get_layer("image_pixels"))
    upsampling = generator.get_layer("image_upsampling")
    reach, enlarged = Fraction(0), 1
    for factor, convolution in zip(upsampling.factors, upsampling.convs, strict=True):
        enlarged *= factor
        reach += Fraction(_reach(convolution), enlarged)
    return math.ceil(reach + Fraction(_reach(generator.get_layer("image")), enlarged))


class _Progress:
    def __init__(self, report: Report | None, total: float) -> None:
        self.report = report
        self.total = total
        self.done = 0.0

    def advance(self, amount: float) -> None:
        # A row of tiles that is done again after memory ran out counts twice.
        self.done = min(self.done + amount, self.total)
        if self.report is not None:
            self.report(self.done / self.total)
