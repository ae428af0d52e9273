"""A generator cut into local parts, which tiles go through one after the other."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.images.tiles import Window, spans
from keras_dgggan.inference.areas import as_image, cut, within
from keras_dgggan.inference.feature_maps import Plane, as_array
from keras_dgggan.inference.forward import Computation, PlaneComputation

Outputs = dict[str, npt.NDArray]
Run = Callable[..., dict[str, tf.Tensor]]


@dataclass(frozen=True)
class Part:
    """A local piece of the network, which gives some pixels from some pixels around them.

    Attributes:
        function: Traced; see the subclasses.
        halo: LR pixels that a result needs around it.
        cost: Its share of the work, in units of one block, for the time left.
        scale: Size of the result over the windows'.
        largest: The largest tile; None for any.
        multiple: Windows without a halo are rounded up to so many pixels a side.
    """

    function: Any
    halo: int
    cost: float
    scale: int = 1
    largest: int | None = None
    multiple: int = 1

    def __call__(self, planes: list[Plane], window: Window) -> Outputs:
        """The results for the window's inner part: `[scale * height, scale * width, c]`."""
        raise NotImplementedError

    def windows(self, height: int, width: int, tile: int, row: int) -> Iterator[Window]:
        """The tiles of an image from a row on, side by side, then those below."""
        tile = min(tile, self.largest or tile)
        for vertical in spans(height, tile, self.halo, multiple=self.multiple, start=row):
            for horizontal in spans(width, tile, self.halo, multiple=self.multiple):
                yield Window(vertical, horizontal)


@dataclass(frozen=True)
class WindowPart(Part):
    """One that is given its windows alone: the memory of the device need not hold the planes.

    Its function goes from windows `[1, h, w, c]` to a dict of `[1, scale * h, scale * w, c]`.
    """

    def __call__(self, planes: list[Plane], window: Window) -> Outputs:
        windows = [tf.convert_to_tensor(plane.pixels[window.outer][None]) for plane in planes]
        results = self.function(*windows)
        inner = window.inner(self.scale)
        return {name: as_array(value)[0][inner] for name, value in results.items()}


@dataclass(frozen=True)
class PlanePart(Part):
    """One that reads the planes where they are.

    Its function takes int32 `[10]`, the size of the image and the window's corners, and the rows
    of the planes; it gives a dict of `[1, scale * height, scale * width, c]`.
    """

    def __call__(self, planes: list[Plane], window: Window) -> Outputs:
        # One small tensor: converting several takes as long as a small window.
        numbers = tf.constant([*planes[0].pixels.shape[:2], *window.corners()], tf.int32)
        results = self.function(numbers, *(plane.rows for plane in planes))
        return {name: as_array(value)[0] for name, value in results.items()}


def window_function(run: Run, channels: list[int]) -> Any:
    """The function of a `WindowPart` from one of windows."""

    def in_float32(*windows: tf.Tensor) -> dict[str, tf.Tensor]:
        return _in_float32(run(*windows))

    # Height and width stay open: one trace serves every image.
    signature = [tf.TensorSpec([1, None, None, count], tf.float32) for count in channels]
    return _traced(in_float32, signature)


def plane_function(run: Run, channels: list[int], scale: int = 1) -> Any:
    """The function of a `PlanePart` from one of windows, whose halo is cut off."""

    def of_planes(numbers: tf.Tensor, *rows: tf.Tensor) -> dict[str, tf.Tensor]:
        size, outer, inner = tf.split(numbers, [2, 4, 4])
        windows = [cut(as_image(plane, size), outer) for plane in rows]
        kept = scale * within(inner, outer)
        return {name: cut(value, kept) for name, value in _in_float32(run(*windows)).items()}

    return _of_planes(of_planes, channels)


def gathering_function(run: Run, channels: list[int]) -> Any:
    """The function of a `PlanePart` from one of rows, size and inner window."""

    def of_planes(numbers: tf.Tensor, *rows: tf.Tensor) -> dict[str, tf.Tensor]:
        size, _, inner = tf.split(numbers, [2, 4, 4])
        return _in_float32(run(*rows, size, inner))

    return _of_planes(of_planes, channels)


def _of_planes(run: Run, channels: list[int]) -> Any:
    rows = [tf.TensorSpec([None, count], tf.float32) for count in channels]
    return _traced(run, [tf.TensorSpec([10], tf.int32), *rows])


def _in_float32(results: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return {name: tf.cast(value, tf.float32) for name, value in results.items()}


def _traced(run: Run, signature: list[Any]) -> Any:
    function = tf.function(run, input_signature=signature, autograph=False)
    return function.get_concrete_function()


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
