"""Tiles that give what the whole image would: the generator run block by block over tiles.

Squeeze-and-excitation averages over the image, so tiles that go through the whole network one
by one can never agree with it, whatever their overlap. Here all tiles go through one block, then
its gate is computed from the means over the whole image, then they go on to the next. What waits
between the blocks lies in host memory; the device holds one tile. Apart from SE a block is local:
a halo of 4 pixels a side is exact, where the whole trunk would need some fifty.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.errors import DggganError
from keras_dgggan.inference.windows import span_at, spans

# Told how much of the work is done, from 0 to 1.
Report = Callable[[float], None]
Outputs = dict[str, npt.NDArray]

# The least tile that is tried when memory runs out.
_LEAST_TILE = 16

# A gradient map reads the neighbours, as a 3x3 convolution does.
_GRADIENT_HALO = 1


class ExactTiling:
    """Runs a `Generator` on one image in tiles, with the result of the untiled network.

    The functions are traced once each, for any shape; all windows of an image have one shape.

    Args:
        generator: A `Generator`.
        tile: LR pixels a side that are computed at a time. Halved when memory runs out.

    Example:
        >>> tiling = ExactTiling(Generator(filters=16, blocks=2), tile=64)
        >>> bands = list(tiling(np.zeros((200, 300, 3), "float32")))
        >>> np.concatenate([band["image"] for band in bands]).shape
        (800, 1200, 3)
    """

    def __init__(self, generator: Any, tile: int) -> None:
        self.generator = generator
        self.tile = tile
        layer = generator.get_layer
        self._branches = ["image", "gradient"] if generator.gradient_branch else ["image"]
        numbers = range(1, generator.blocks + 1)
        self._blocks = {
            branch: [layer(f"{branch}_block_{i}") for i in numbers] for branch in self._branches
        }
        self._features = {
            branch: [_block_features(block) for block in blocks]
            for branch, blocks in self._blocks.items()
        }
        heads = {branch: layer(f"{branch}_head").output for branch in self._branches}
        head_halo = _reach(layer("image_head"))
        if generator.gradient_branch:
            head_halo += _GRADIENT_HALO
        self._heads = _part(generator.input, heads, halo=head_halo, cost=0.1)
        self._passes = {
            i: _part(
                [layer(f"image_block_{i}").output, layer(f"gradient_block_{i}").output],
                {"gradient": layer(f"pass_{i}_fusion").output},
                halo=_GRADIENT_HALO,
                cost=0.1,
            )
            for i in numbers
            if generator.gradient_branch and i % generator.gradient_every == 0
        }
        # The tail computes the heads anew, for the long skips: they need not be stored.
        trunk_halo = max(head_halo, _reach(layer("image_trunk")))
        self._tail_halo = trunk_halo + _upsampling_reach(generator)
        self._tails: dict[tuple[str, ...], _Part] = {}

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
                self._sweep(features, [planes[branch]], {"features": spare}, progress)
                gate = _gate(self._blocks[branch][i - 1], spare)
                if gate is not None:
                    spare *= gate
                planes[branch] += spare
            if i in self._passes:
                inputs = [planes["image"], planes["gradient"]]
                self._sweep(self._passes[i], inputs, {"gradient": spare}, progress)
                planes["gradient"], spare = spare, planes["gradient"]
        del spare
        yield from self._bands(tail, [image, *planes.values()], progress)

    def _tail(self, names: tuple[str, ...]) -> "_Part":
        """From the image and the features after the blocks to the outputs of these names."""
        if names in self._tails:
            return self._tails[names]
        generator, layer = self.generator, self.generator.get_layer
        last = [layer(f"image_block_{generator.blocks}").output]
        if generator.gradient_branch:
            passed = generator.blocks in self._passes
            name = "pass_{}_fusion" if passed else "gradient_block_{}"
            last.append(layer(name.format(generator.blocks)).output)
        final = {
            "image": "image_skip" if generator.image_skip else "image",
            "gradient_map": "gradient_map",
        }
        self._tails[names] = _part(
            [generator.input, *last],
            {name: layer(final[name]).output for name in names},
            halo=self._tail_halo,
            scale=generator.scale,
            cost=2.5 if generator.upsampler == "nearest" else 0.3,
            divisor=2,
        )
        return self._tails[names]

    def _cost(self, tail: "_Part") -> float:
        blocks = [part for parts in self._features.values() for part in parts]
        return sum(part.cost for part in [self._heads, *blocks, *self._passes.values(), tail])

    def _sweep(
        self, part: "_Part", inputs: list[npt.NDArray], outputs: Outputs, progress: "_Progress"
    ) -> None:
        """Run a part over the image into whole planes."""
        row = 0
        for band in self._bands(part, inputs, progress):
            rows = slice(row, row + len(next(iter(band.values()))))
            for name, values in band.items():
                outputs[name][rows] = values
            row = rows.stop

    def _bands(
        self, part: "_Part", inputs: list[npt.NDArray], progress: "_Progress"
    ) -> Iterator[Outputs]:
        """Run a part over the image, one row of tiles after the other."""
        height, width = inputs[0].shape[:2]
        row = 0
        while row < height:
            tile = max(self.tile // part.divisor, 1)
            vertical = span_at(row, height, tile, part.halo)
            band: Outputs = {}
            try:
                for horizontal in spans(width, tile, part.halo):
                    windows = [plane[vertical.outer, horizontal.outer] for plane in inputs]
                    inner = vertical.inner(part.scale), horizontal.inner(part.scale)
                    columns = slice(horizontal.start * part.scale, horizontal.stop * part.scale)
                    for name, values in part(windows).items():
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
        scale: Size of the result over the windows'.
        cost: Its share of the work, in units of one block, for the time left.
        divisor: Its tiles are so many times smaller a side than the others: at HR size a tile
            has `scale * scale` as many pixels.
    """

    function: Callable[..., dict[str, tf.Tensor]]
    halo: int
    scale: int
    cost: float
    divisor: int = 1

    def __call__(self, windows: list[npt.NDArray]) -> Outputs:
        results = self.function(*(tf.convert_to_tensor(window[None]) for window in windows))
        return {name: value[0].numpy() for name, value in results.items()}


def _part(
    inputs: Any, outputs: Any, *, halo: int, cost: float, scale: int = 1, divisor: int = 1
) -> _Part:
    """The part of the generator's graph between some of its tensors."""
    model = keras.Model(inputs, outputs)
    channels = [tensor.shape[-1] for tensor in model.inputs]

    def run(*windows: tf.Tensor) -> dict[str, tf.Tensor]:
        return model(windows[0] if len(windows) == 1 else list(windows), training=False)

    return _Part(_traced(run, channels), halo, scale, cost, divisor)


def _block_features(block: Any) -> _Part:
    """What a block adds to its input, before SE's gate."""

    def run(window: tf.Tensor) -> dict[str, tf.Tensor]:
        features = block.features(window)
        if block.squeeze_excitation is not None:
            features = block.squeeze_excitation.transform(features)
        return {"features": features}

    return _Part(_traced(run, [block.filters]), block.halo, scale=1, cost=1.0)


def _gate(block: Any, features: npt.NDArray) -> npt.NDArray | None:
    """SE's gate from the means over the whole image: `[filters]`, or None without SE."""
    if block.squeeze_excitation is None:
        return None
    means = features.mean(axis=(0, 1), dtype=np.float64).astype(np.float32)
    gate = block.squeeze_excitation.gate(tf.convert_to_tensor(means[None]))
    return tf.cast(gate, tf.float32)[0].numpy()


def _traced(run: Callable[..., dict[str, tf.Tensor]], channels: list[int]) -> Any:
    def in_float32(*windows: tf.Tensor) -> dict[str, tf.Tensor]:
        return {name: tf.cast(value, tf.float32) for name, value in run(*windows).items()}

    # Height and width stay open: one trace serves every image.
    signature = [tf.TensorSpec([1, None, None, count], tf.float32) for count in channels]
    return tf.function(in_float32, input_signature=signature).get_concrete_function()


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
