"""A large picture as overlapping tiles, and their results blended into one; NumPy only.

The network's squeeze-and-excitation averages over all it sees, so a tile's result is not the
part of the whole picture's result, whatever the overlap. Blending hides the seams; the program's
own `upscale`, which averages over all tiles, has none.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

Image = npt.NDArray
Upscale = Callable[[Image], Image]


def upscale_tiled(
    image: Image,
    upscale: Upscale,
    *,
    scale: int,
    tile: int,
    overlap: int,
    in_flight: int,
    report: Callable[[float], None] | None = None,
) -> Iterator[Image]:
    """Upscale by overlapping tiles and yield the result as bands of rows, from the top.

    All tiles have the same shape, so that a server can batch them. Where tiles overlap, their
    results are weighted by ramps that sum to 1.

    Args:
        image: `[height, width, channels]`.
        upscale: Maps `[h, w, channels]` to `[scale * h, scale * w, channels]` of float32 in
            any range; called from up to `in_flight` threads.
        scale: The factor of `upscale`.
        tile: The side of a tile; a picture's side that is shorter is not cut.
        overlap: By how much neighbouring tiles overlap at least; less than `tile`.
        in_flight: How many tiles are computed at a time.
        report: Called after each tile with the part that is done, from 0 to 1.

    Example:
        >>> nearest = lambda x: x.repeat(2, axis=0).repeat(2, axis=1).astype(np.float32)
        >>> bands = upscale_tiled(np.ones((9, 5, 3)), nearest, scale=2, tile=4, overlap=1,
        ...                       in_flight=1)
        >>> np.concatenate(list(bands)).shape
        (18, 10, 3)
    """
    height, width, channels = image.shape
    tops, lefts = starts(height, tile, overlap), starts(width, tile, overlap)
    rows, columns = min(tile, height), min(tile, width)
    row_weights = blend_weights(tops, rows, height, overlap, scale)
    column_weights = blend_weights(lefts, columns, width, overlap, scale)
    tiles = (image[top : top + rows, left : left + columns] for top in tops for left in lefts)
    results = _in_order(tiles, upscale, in_flight)

    finished, count = 0, len(tops) * len(lefts)
    # What of the tiles so far lies below the last band that was yielded.
    pending = np.zeros((scale * rows, scale * width, channels), np.float32)
    for top, below, row_weight in zip(tops, [*tops[1:], height], row_weights, strict=True):
        for left, column_weight in zip(lefts, column_weights, strict=True):
            at = slice(scale * left, scale * (left + columns))
            weighted = next(results) * column_weight[:, None]
            weighted *= row_weight[:, None, None]
            pending[:, at] += weighted
            finished += 1
            if report is not None:
                report(finished / count)
        done = scale * (below - top)
        yield pending[:done]
        pending = np.concatenate([pending[done:], np.zeros_like(pending[:done])])


def starts(length: int, tile: int, overlap: int) -> list[int]:
    """Return where tiles of one size start so that they cover `length`, spread evenly.

    Example:
        >>> starts(10, 4, 1)
        [0, 3, 6]
    """
    if length <= tile:
        return [0]
    count = math.ceil((length - overlap) / (tile - overlap))
    return [round(index * (length - tile) / (count - 1)) for index in range(count)]


def blend_weights(
    positions: list[int], tile: int, length: int, overlap: int, scale: int
) -> list[npt.NDArray[np.float32]]:
    """Return each tile's weights along one axis of the result; at each point they sum to 1.

    A tile counts less towards an edge, whose far side it did not see; at the picture's own
    border there is nothing to give way to.
    """
    windows = []
    for start in positions:
        steps = np.arange(scale * tile, dtype=np.float64) + 0.5
        from_left = steps if start > 0 else np.full_like(steps, np.inf)
        from_right = steps[::-1] if start + tile < length else np.full_like(steps, np.inf)
        windows.append(np.minimum(np.minimum(from_left, from_right), max(scale * overlap, 1)))
    total = np.zeros(scale * length)
    for start, window in zip(positions, windows, strict=True):
        total[scale * start : scale * (start + tile)] += window
    return [
        (window / total[scale * start : scale * (start + tile)]).astype(np.float32)
        for start, window in zip(positions, windows, strict=True)
    ]


def _in_order(tiles: Iterator[Image], upscale: Upscale, in_flight: int) -> Iterator[Image]:
    """Map with `in_flight` threads, and never more results waiting than that."""
    executor = ThreadPoolExecutor(in_flight)
    waiting: deque[Future[Image]] = deque()
    try:
        for tile in tiles:
            waiting.append(executor.submit(upscale, tile))
            if len(waiting) > in_flight:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
