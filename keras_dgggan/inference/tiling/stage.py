"""A generator cut into local stages, which tiles go through one after the other."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

import numpy.typing as npt

from keras_dgggan.images.blended import Outputs
from keras_dgggan.images.tiles import Window, spans

if TYPE_CHECKING:
    from keras_dgggan.networks import Generator
    from keras_dgggan.pretrained.generator_weights import GeneratorWeights

# LR pixels a side of the tail's tiles at most: at HR size a tile has `scale * scale` as many.
LARGEST_TAIL = 128

# Shares of the work, for the time left: a block is 1.
HEAD_COST, PASS_COST, SHUFFLE_COST, NEAREST_COST = 0.1, 0.1, 0.3, 1.5


class FeatureMap(Protocol):
    """Features of a whole image in host memory.

    Attributes:
        pixels: `[height, width, channels]`, float32.
    """

    pixels: npt.NDArray


@dataclass(frozen=True)
class Halos:
    """The LR pixels on each side that a result of a `Generator`'s stages needs.

    Attributes:
        head: The features before the blocks, of the image.
        block: A block's, of its input: two convolutions of 5x5.
        gradient_map: A passed gradient map, of the features: its neighbours.
        tail: The outputs, of the image and the features after the blocks.
    """

    head: int
    block: int
    gradient_map: int
    tail: int

    @classmethod
    def of(cls, generator: "Generator | GeneratorWeights") -> "Halos":
        """The halos of a `Generator`, or of anything with its arguments as attributes.

        Examples:
            >>> from types import SimpleNamespace
            >>> arguments = {"gradient_branch": True, "upsampler": "nearest", "scale": 4}
            >>> Halos.of(SimpleNamespace(**arguments)).tail
            3
        """
        # A 3x3 convolution, and the gradient map before it.
        head = 1 + bool(generator.gradient_branch)
        if generator.upsampler == "pixel_shuffle":
            upsampling = Fraction(1)
        else:
            sizes = [2, 4] if generator.scale == 4 else [generator.scale]
            # A 3x3 convolution after each enlargement, and the one that puts out the image.
            upsampling = sum((Fraction(1, size) for size in [*sizes, sizes[-1]]), Fraction(0))
        # The tail computes the heads anew, for the long skips: they need not be stored.
        return cls(head, 4, 1, max(head, 1) + math.ceil(upsampling))


@dataclass(frozen=True)
class Stage:
    """A local piece of the network, which gives some pixels from some pixels around them.

    Attributes:
        function: What it computes; see the subclasses.
        halo: LR pixels that a result needs around it.
        cost: Its share of the work, in units of one block, for the time left.
        scale: Size of the result over the windows'.
        largest: The largest tile; None for any.
        multiple: Windows without a halo are rounded up to so many pixels a side.
        batch_tile: Equal windows are run in one call, up to the pixels of one of so large a tile.
    """

    function: Callable[..., Mapping[str, Any]]
    halo: int
    cost: float
    scale: int = 1
    largest: int | None = None
    multiple: int = 1
    batch_tile: int = 0

    def __call__(self, maps: list[Any], windows: list[Window]) -> list[Outputs]:
        """The results for the inner part of each of some windows of equal size."""
        raise NotImplementedError

    def windows(self, height: int, width: int, tile: int, row: int) -> Iterator[Window]:
        """The tiles of an image from a row on, side by side, then those below."""
        tile = min(tile, self.largest or tile)
        for vertical in spans(height, tile, self.halo, multiple=self.multiple, start=row):
            for horizontal in spans(width, tile, self.halo, multiple=self.multiple):
                yield Window(vertical, horizontal)

    def grouped(self, windows: list[Window]) -> Iterator[list[Window]]:
        """Windows in order, in groups that are run in one call."""
        largest = (self.batch_tile + 2 * self.halo) ** 2 if self.batch_tile else 0
        group: list[Window] = []
        for window in windows:
            if group and (
                window.outer_size != group[0].outer_size
                or (len(group) + 1) * math.prod(window.outer_size) > largest
            ):
                yield group
                group = []
            group.append(window)
        if group:
            yield group


class Stages(ABC):
    """The stages of a `Generator`, from the image to the outputs; an engine makes each of them.

    Args:
        generator: The generator, or its weights.
        at_a_time: See the attribute.

    Attributes:
        branches: Names of the branches.
        blocks: How many blocks a branch has.
        filters: Channels of the features.
        names: Names of the outputs.
        at_a_time: Calls that may run beside each other.
        halos: What the stages need around a result.
        heads: From the image to the features before the blocks, by branch.
        features: By branch, what each block adds to its input, before SE's gate.
        passes: By the number of the block before, from the features of both branches to those of
            the gradient branch.
    """

    def __init__(self, generator: "Generator | GeneratorWeights", at_a_time: int) -> None:
        self.blocks, self.filters = generator.blocks, generator.filters
        self.at_a_time = at_a_time
        self.branches, every = ["image"], 0
        self.names: tuple[str, ...] = ("image",)
        if generator.gradient_branch:
            self.branches, self.names = ["image", "gradient"], ("image", "gradient_map")
            every = generator.gradient_every
        self.halos = Halos.of(generator)
        self.heads = self.make_heads()
        numbers = range(1, self.blocks + 1)
        self.features = {
            branch: [self.make_block(branch, i) for i in numbers] for branch in self.branches
        }
        self.passes = {i: self.make_pass(i) for i in numbers if every and i % every == 0}
        self._tails: dict[tuple[str, ...], Stage] = {}

    def tail(self, names: tuple[str, ...]) -> Stage:
        """From the image and the features after the blocks to the outputs of these names."""
        if names not in self._tails:
            self._tails[names] = self.make_tail(names)
        return self._tails[names]

    @abstractmethod
    def feature_map(self, height: int, width: int, channels: int) -> FeatureMap:
        """Memory for the features of a whole image."""

    @abstractmethod
    def gate(self, branch: str, i: int, means: npt.NDArray) -> npt.NDArray | None:
        """SE's gate `[filters]` of block i from the means over the image; None without SE."""

    @abstractmethod
    def make_heads(self) -> Stage:
        """See `heads`."""

    @abstractmethod
    def make_block(self, branch: str, i: int) -> Stage:
        """See `features`; blocks count from 1."""

    @abstractmethod
    def make_pass(self, i: int) -> Stage:
        """See `passes`."""

    @abstractmethod
    def make_tail(self, names: tuple[str, ...]) -> Stage:
        """See `tail`."""


def tail_cost(generator: "Generator | GeneratorWeights") -> float:
    """The share of a generator's tail in the work."""
    return NEAREST_COST if generator.upsampler == "nearest" else SHUFFLE_COST
