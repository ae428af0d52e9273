"""A generator cut into local parts, which tiles go through one after the other."""

import math
from fractions import Fraction
from typing import Any

import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.inference.computation import Computation, PlaneComputation
from keras_dgggan.inference.parts import (
    Part,
    PlanePart,
    Run,
    WindowPart,
    gathering_function,
    plane_function,
    window_function,
)

# A gradient map reads the neighbours, as a 3x3 convolution does.
_GRADIENT_HALO = 1

# LR pixels a side of the tail's tiles at most: at HR size a tile has `scale * scale` as many.
_LARGEST_TAIL = 128

# Winograd's tiles, which a window is cut into.
_MULTIPLE = 4


class Pieces:
    """The parts of a `Generator`, from the image to the outputs; each is traced once.

    Args:
        generator: A `Generator`.
        computation: How it is computed.

    Attributes:
        branches: Names of the branches.
        heads: From the image to the features before the blocks, by branch.
        features: By branch, what each block adds to its input, before SE's gate.
        passes: By the number of the block before, from the features of both branches to those of
            the gradient branch.
    """

    def __init__(self, generator: Any, computation: Computation) -> None:
        self._generator = generator
        self._computation = computation
        self.branches = ["image", "gradient"] if generator.gradient_branch else ["image"]
        head_halo = _reach(generator.get_layer("image_head"))
        if generator.gradient_branch:
            head_halo += _GRADIENT_HALO
        self.heads = self._part(computation.heads, [3], head_halo, 0.1)
        numbers = range(1, generator.blocks + 1)
        self.features = {
            branch: [self._block(branch, i) for i in numbers] for branch in self.branches
        }
        self.passes = {
            i: self._pass(i)
            for i in numbers
            if generator.gradient_branch and i % generator.gradient_every == 0
        }
        # The tail computes the heads anew, for the long skips: they need not be stored.
        trunk_halo = max(head_halo, _reach(generator.get_layer("image_trunk")))
        self._tail_halo = trunk_halo + _upsampling_reach(generator)
        self._tails: dict[tuple[str, ...], Part] = {}

    def tail(self, names: tuple[str, ...]) -> Part:
        """From the image and the features after the blocks to the outputs of these names."""
        if names not in self._tails:

            def run(image: tf.Tensor, *planes: tf.Tensor) -> dict[str, tf.Tensor]:
                by_branch = dict(zip(self.branches, planes, strict=True))
                return self._computation.tail(image, by_branch, names)

            channels = [3, *(self._generator.filters for _ in self.branches)]
            cost = 1.5 if self._generator.upsampler == "nearest" else 0.3
            scale = self._generator.scale
            self._tails[names] = self._part(
                run, channels, self._tail_halo, cost, scale=scale, largest=_LARGEST_TAIL
            )
        return self._tails[names]

    def gate(self, branch: str, i: int, means: npt.NDArray) -> npt.NDArray | None:
        """SE's gate `[filters]` of block i from the means over the image; None without SE."""
        gate = self._computation.gate(branch, i, tf.constant(means[None], tf.float32))
        return None if gate is None else gate[0].numpy()

    def cost(self, tail: Part) -> float:
        """The work of all parts for a pixel, in units of one block."""
        blocks = [part for parts in self.features.values() for part in parts]
        return sum(part.cost for part in [self.heads, *blocks, *self.passes.values(), tail])

    def _block(self, branch: str, i: int) -> Part:
        computation = self._computation
        block = self._generator.get_layer(f"{branch}_block_{i}")
        if not isinstance(computation, PlaneComputation):

            def run(window: tf.Tensor) -> dict[str, tf.Tensor]:
                return {"features": computation.features(branch, i, window)}

            return WindowPart(window_function(run, [block.filters]), block.halo, 1.0)

        def at(rows: tf.Tensor, size: tf.Tensor, area: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"features": computation.features_at(branch, i, rows, size, area)}

        # It reads around the window what it needs there.
        function = gathering_function(at, [block.filters])
        return PlanePart(function, 0, 1.0, multiple=_MULTIPLE)

    def _pass(self, i: int) -> Part:
        def run(image: tf.Tensor, gradient: tf.Tensor) -> dict[str, tf.Tensor]:
            return {"gradient": self._computation.passed(i, image, gradient)}

        return self._part(run, [self._generator.filters] * 2, _GRADIENT_HALO, 0.1)

    def _part(
        self,
        run: Run,
        channels: list[int],
        halo: int,
        cost: float,
        *,
        scale: int = 1,
        largest: int | None = None,
    ) -> Part:
        if isinstance(self._computation, PlaneComputation):
            function = plane_function(run, channels, scale)
            return PlanePart(function, halo, cost, scale, largest)
        return WindowPart(window_function(run, channels), halo, cost, scale, largest)


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
