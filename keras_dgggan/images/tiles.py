"""The geometry of tiles: which window of an image is read for which part of the result."""

from collections.abc import Iterator
from dataclasses import dataclass

from keras_dgggan.errors import DggganError


@dataclass(frozen=True)
class Span:
    """One tile along one axis, in pixels of the image.

    Attributes:
        start: Where the tile's own part of the image begins.
        stop: Where it ends.
        outer_start: Where the window that is read begins.
        outer_stop: Where it ends.
    """

    start: int
    stop: int
    outer_start: int
    outer_stop: int

    @property
    def outer(self) -> slice:
        """The window, as pixels of the image."""
        return slice(self.outer_start, self.outer_stop)

    def inner(self, scale: int = 1) -> slice:
        """The tile's own part within the window's result, which is `scale` times its size."""
        return slice(
            (self.start - self.outer_start) * scale, (self.stop - self.outer_start) * scale
        )


@dataclass(frozen=True)
class Window:
    """A tile of an image: a span of rows and one of columns."""

    vertical: Span
    horizontal: Span

    @property
    def outer(self) -> tuple[slice, slice]:
        """The window, as rows and columns of the image."""
        return self.vertical.outer, self.horizontal.outer

    def inner(self, scale: int = 1) -> tuple[slice, slice]:
        """The tile's own part within the window's result, which is `scale` times its size."""
        return self.vertical.inner(scale), self.horizontal.inner(scale)

    def place(self, scale: int = 1) -> tuple[slice, slice]:
        """The tile's own part within the result for the whole image."""
        rows, columns = self.vertical, self.horizontal
        return (
            slice(rows.start * scale, rows.stop * scale),
            slice(columns.start * scale, columns.stop * scale),
        )

    def corners(self) -> list[int]:
        """Top, bottom, left and right of the window, then of the tile's own part."""
        rows, columns = self.vertical, self.horizontal
        outer = [rows.outer_start, rows.outer_stop, columns.outer_start, columns.outer_stop]
        return [*outer, rows.start, rows.stop, columns.start, columns.stop]

    @property
    def outer_size(self) -> tuple[int, int]:
        """Height and width of the window."""
        rows, columns = self.vertical, self.horizontal
        return rows.outer_stop - rows.outer_start, columns.outer_stop - columns.outer_start

    @property
    def area(self) -> int:
        """Pixels of the part."""
        rows, columns = self.vertical, self.horizontal
        return (rows.stop - rows.start) * (columns.stop - columns.start)


def span_at(start: int, size: int, tile: int, halo: int, multiple: int = 1) -> Span:
    """The tile that begins at `start`.

    All windows along an axis have one length, at most `tile + 2 * halo`: as long as they must be
    to reach from border to border with their halos. So a network sees one shape only. No window
    reaches beyond the image: it sees the image's border just where it is, there its own padding
    is right, and elsewhere the halo keeps what padding spoils away from the part. Without a halo
    the length can be rounded up to a multiple.

    Examples:
        >>> span_at(0, size=20, tile=8, halo=2)
        Span(start=0, stop=10, outer_start=0, outer_stop=12)
        >>> span_at(10, size=20, tile=8, halo=2)
        Span(start=10, stop=20, outer_start=8, outer_stop=20)
    """
    count = max(1, -(-(size - 2 * halo) // tile))
    length = -(-(size + (count - 1) * 2 * halo) // count)
    length = min(-(-length // multiple) * multiple, size)
    outer_start = min(max(start - halo, 0), size - length)
    outer_stop = outer_start + length
    stop = size if outer_stop == size else outer_stop - halo
    return Span(start, stop, outer_start, outer_stop)


def spans(size: int, tile: int, halo: int, *, multiple: int = 1, start: int = 0) -> Iterator[Span]:
    """The tiles along an axis from `start` on, which cover it without overlap."""
    while start < size:
        span = span_at(start, size, tile, halo, multiple)
        yield span
        start = span.stop


LEAST_TILE = 16


def halved(tile: int, error: Exception) -> int:
    """The tile to try next after one for which memory did not suffice.

    Raises:
        DggganError: There is none.
    """
    if tile // 2 < LEAST_TILE:
        raise DggganError(
            f"memory ran out even for tiles of {tile} pixels a side: free some, or use a lighter "
            "model"
        ) from error
    return tile // 2
