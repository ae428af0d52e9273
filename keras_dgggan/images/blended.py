"""Overlapping tiles whose results are blended, for a model that is known by its results alone.

The result is close to the untiled one, not equal: a network's squeeze-and-excitation averages over
all that it sees, so a tile's result is not the part of the whole picture's, whatever the overlap.
Blending hides the seams; tiles of a `Generator` in `inference.tiling` have none. NumPy only: the
client of a server cuts pictures by it too.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keras_dgggan._types import Report
from keras_dgggan.images.ordered import InOrder

Image = npt.NDArray

# Of a network by name, like `image` and `gradient_map`.
Outputs = dict[str, npt.NDArray]

# LR pixels that a window extends beyond its tile on each side. The outer half is computed but not
# used: there a window lacks the most of its surroundings. The inner half is blended.
OVERLAP = 24


def upscale_tiled(
    image: Image,
    upscale: Callable[[Image], Image],
    *,
    scale: int,
    tile: int,
    overlap: int,
    unused: int = 0,
    in_flight: int = 1,
    report: Report | None = None,
) -> Iterator[Image]:
    """Upscale by overlapping tiles and yield the result as bands of rows, from the top.

    All tiles have the same shape, so that a server can batch them. Where tiles overlap, their
    results are weighted by ramps that sum to 1.

    Args:
        image: `[height, width, channels]`.
        upscale: Maps `[h, w, channels]` to `[scale * h, scale * w, c]` of float32 in any range;
            called from up to `in_flight` threads.
        scale: The factor of `upscale`.
        tile: The side of a tile; a picture's side that is shorter is not cut.
        overlap: By how much neighbouring tiles overlap at least; less than `tile`.
        unused: How much of the overlap, at the edge of each tile, gets no weight; less than half.
        in_flight: How many tiles are computed at a time.
        report: Called after each tile with the part that is done, from 0 to 1.

    Examples:
        >>> nearest = lambda x: x.repeat(2, axis=0).repeat(2, axis=1).astype(np.float32)
        >>> bands = upscale_tiled(np.ones((9, 5, 3)), nearest, scale=2, tile=4, overlap=1)
        >>> np.concatenate(list(bands)).shape
        (18, 10, 3)
    """
    height, width = image.shape[:2]
    tops, lefts = starts(height, tile, overlap), starts(width, tile, overlap)
    rows, columns = min(tile, height), min(tile, width)
    row_weights = blend_weights(tops, rows, height, overlap, scale, unused)
    column_weights = blend_weights(lefts, columns, width, overlap, scale, unused)
    tiles = ((image[top : top + rows, left : left + columns],) for top in tops for left in lefts)
    # A request that is under way when another fails is not waited for.
    results = InOrder(in_flight, abandon=True)(upscale, tiles)

    finished, count = 0, len(tops) * len(lefts)
    # What of the tiles so far lies below the last band that was yielded.
    pending: Image | None = None
    for top, below, row_weight in zip(tops, [*tops[1:], height], row_weights, strict=True):
        for left, column_weight in zip(lefts, column_weights, strict=True):
            weighted = next(results) * column_weight[:, None]
            weighted *= row_weight[:, None, None]
            if pending is None:
                channels = weighted.shape[-1]
                pending = np.zeros((scale * rows, scale * width, channels), np.float32)
            pending[:, scale * left : scale * (left + columns)] += weighted
            finished += 1
            if report is not None:
                report(finished / count)
        assert pending is not None
        done = scale * (below - top)
        yield pending[:done]
        pending = np.concatenate([pending[done:], np.zeros_like(pending[:done])])


def starts(length: int, tile: int, overlap: int) -> list[int]:
    """Return where tiles of one size start so that they cover `length`, spread evenly.

    Examples:
        >>> starts(10, 4, 1)
        [0, 3, 6]
    """
    if length <= tile:
        return [0]
    count = math.ceil((length - overlap) / (tile - overlap))
    return [round(index * (length - tile) / (count - 1)) for index in range(count)]


def blend_weights(
    positions: list[int], tile: int, length: int, overlap: int, scale: int, unused: int = 0
) -> list[npt.NDArray[np.float32]]:
    """Return each tile's weights along one axis of the result; at each point they sum to 1.

    A tile counts less towards an edge, whose far side it did not see; at the picture's own
    border there is nothing to give way to.

    Examples:
        >>> [weights.round(2).tolist() for weights in blend_weights([0, 2], 4, 6, 2, 1)]
        [[1.0, 1.0, 0.75, 0.25], [0.25, 0.75, 1.0, 1.0]]
    """
    ramp = max(scale * (overlap - 2 * unused), 1)
    windows = []
    for start in positions:
        steps = np.arange(scale * tile, dtype=np.float64) + 0.5 - scale * unused
        from_left = steps if start > 0 else np.full_like(steps, np.inf)
        from_right = steps[::-1] if start + tile < length else np.full_like(steps, np.inf)
        windows.append(np.minimum(from_left, from_right).clip(0, ramp))
    total = np.zeros(scale * length)
    for start, window in zip(positions, windows, strict=True):
        total[scale * start : scale * (start + tile)] += window
    return [
        (window / total[scale * start : scale * (start + tile)]).astype(np.float32)
        for start, window in zip(positions, windows, strict=True)
    ]


@dataclass
class BlendedTiling:
    """Runs any model on one image in overlapping tiles, and blends them.

    Attributes:
        function: From float32 `[1, h, w, 3]` to a dict of `[1, scale * h, scale * w, channels]`.
        scale: The model's scale.
        tile: LR pixels a side between the overlaps. Halved when memory runs out.

    Examples:
        >>> nearest = lambda x: {"image": x.repeat(2, axis=1).repeat(2, axis=2)}
        >>> (whole,) = BlendedTiling(nearest, 2, tile=64)(np.zeros((100, 100, 3), "float32"))
        >>> whole["image"].shape
        (200, 200, 3)
    """

    function: Callable[[npt.NDArray], Mapping[str, npt.ArrayLike]]
    scale: int
    tile: int

    def __call__(
        self,
        image: npt.NDArray,
        report: Report | None = None,
        *,
        names: tuple[str, ...] | None = None,
    ) -> Iterator[Outputs]:
        """Yield the outputs as a single band.

        Args:
            image: float32 `[h, w, 3]`.
            report: Called after each tile with the part that is done, from 0 to 1.
            names: The outputs that are wanted; all by default.

        Raises:
            MemoryError: It does not suffice for the smallest tiles.
        """
        while True:
            try:
                yield self._blended(image, report, names)
            except MemoryError:
                if self.tile <= OVERLAP:
                    raise
                self.tile //= 2
            else:
                return

    def _blended(
        self,
        image: npt.NDArray,
        report: Report | None,
        names: tuple[str, ...] | None,
    ) -> Outputs:
        channels: dict[str, int] = {}

        def upscale(tile: npt.NDArray) -> npt.NDArray:
            """All outputs of a tile as channels of one image."""
            results = self.function(tile[None])
            values = {name: np.asarray(results[name])[0] for name in names or results}
            channels.update({name: value.shape[-1] for name, value in values.items()})
            return np.concatenate(list(values.values()), axis=-1, dtype=np.float32)

        bands = upscale_tiled(
            image,
            upscale,
            scale=self.scale,
            tile=self.tile + 2 * OVERLAP,
            overlap=2 * OVERLAP,
            unused=OVERLAP // 2,
            report=report,
        )
        whole = np.concatenate(list(bands))
        ends = np.cumsum(list(channels.values()))[:-1]
        return dict(zip(channels, np.split(whole, ends, axis=-1), strict=True))
