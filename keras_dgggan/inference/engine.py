"""Engines, which run one model on RGB images: their interface, a run, the sizes of tiles."""

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt

from keras_dgggan._types import Report
from keras_dgggan.errors import DggganError, UsageError
from keras_dgggan.images.blended import Outputs
from keras_dgggan.images.tiles import LEAST_TILE

if TYPE_CHECKING:
    from keras_dgggan.networks import Generator
    from keras_dgggan.pretrained.generator_weights import GeneratorWeights

ENGINES = ("auto", "tensorflow", "onnxruntime")
PRECISIONS = ("float32", "bfloat16")

Tile = int | Literal["auto", "off"]

# What one tile may take of the device's memory, about.
TILE_BYTES = 512 * 2**20

# Beyond it the halo costs a few per cent only, and the features leave the CPU's caches.
LARGEST_TILE = 256


class Bands(Protocol):
    """Runs an image `[height, width, 3]` and yields its outputs in bands of rows."""

    def __call__(
        self, image: npt.NDArray, report: Report | None = None, *, names: tuple[str, ...]
    ) -> Iterator[Outputs]: ...


class Engine(Protocol):
    """Runs one model on float32 RGB `[height, width, 3]` in [0, 1].

    Attributes:
        name: "tensorflow" or "onnxruntime".
        scale: The model's.
        gradient_branch: Whether the model predicts the gradient map of its result.
        minimum_size: The least height and width that the model takes.
        holds_weights: Whether it holds the weights that the model had when it was made.
    """

    name: str
    scale: int
    gradient_branch: bool
    minimum_size: int
    holds_weights: bool

    @property
    def tiles_exactly(self) -> bool:
        """Whether tiles give what the whole image would."""

    def tile_for(self, height: int, width: int) -> int | None:
        """The tile for an image of this size; None to run it whole."""

    def whole(self, rgb: npt.NDArray, names: tuple[str, ...]) -> Outputs:
        """The outputs of these names; raises `MemoryError` where memory does not suffice."""

    def tiled(self, tile: int, names: tuple[str, ...]) -> Bands:
        """The function that runs images in tiles."""


def run_image(
    engine: Engine,
    rgb: npt.NDArray,
    report: Report | None = None,
    *,
    names: tuple[str, ...],
    never_tiled: bool = False,
) -> Iterator[Outputs]:
    """The outputs of an image in bands of rows: whole where it fits, else in tiles.

    Args:
        engine: What runs the model.
        rgb: float32 `[height, width, 3]` in [0, 1].
        report: Called as work goes on with the part that is done.
        names: The outputs that are wanted.
        never_tiled: Fail where memory does not suffice for the whole image.

    Raises:
        DggganError: Memory does not suffice.
    """
    height, width = rgb.shape[:2]
    if min(height, width) < engine.minimum_size:
        missing = [(0, max(0, engine.minimum_size - size)) for size in (height, width)]
        padded = np.pad(rgb, [*missing, (0, 0)], "edge")
        whole = joined(run_image(engine, padded, report, names=names, never_tiled=never_tiled))
        place = slice(height * engine.scale), slice(width * engine.scale)
        yield {name: values[place] for name, values in whole.items()}
        return
    tile = engine.tile_for(height, width)
    if tile is None:
        try:
            whole = engine.whole(rgb, names)
        except MemoryError as error:
            if never_tiled:
                raise DggganError(
                    f"the model cannot run on {width}x{height} pixels: {error}"
                ) from error
            tile = max(height, width) // 2
        else:
            if report is not None:
                report(1.0)
            yield whole
            return
    yield from engine.tiled(max(tile, LEAST_TILE), names)(rgb, report, names=names)


def joined(bands: Iterable[Outputs]) -> Outputs:
    """All bands of an image as one array for each output."""
    parts = list(bands)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def check_tile(tile: object) -> None:
    """Raise `UsageError` for what is no `Tile`."""
    number = isinstance(tile, int) and not isinstance(tile, bool) and tile >= LEAST_TILE
    if tile not in ("auto", "off") and not number:
        raise UsageError(f"a tile is auto, off or at least 16 pixels. Received: {tile!r}")


def generator_tile(
    generator: "Generator | GeneratorWeights", tile: Tile, height: int, width: int
) -> int | None:
    """The tile for an image of this size through a `Generator`; None to run it whole."""
    if tile == "off":
        return None
    if isinstance(tile, int):
        return None if max(height, width) <= tile else tile
    if height * width * _bytes_per_pixel(generator, tail_share=1) <= TILE_BYTES:
        return None
    # Tiles of the tail are half as large a side, so a quarter of the pixels.
    fitting = math.isqrt(TILE_BYTES // _bytes_per_pixel(generator, tail_share=4))
    return min(fitting // 16 * 16, LARGEST_TILE)


def _bytes_per_pixel(generator: "Generator | GeneratorWeights", *, tail_share: int) -> int:
    """What a generator's widest step holds for an LR pixel, about, in float32.

    In the trunk that is 12 times the filters. The nearest tail holds, at HR size, both branches,
    their concatenation and a convolution's input and output; of it a tile has `1 / tail_share`.
    """
    enlarged = generator.scale**2 if generator.upsampler == "nearest" else 0
    return 4 * generator.filters * max(12, 6 * enlarged // tail_share)
