"""Where tiles lie: which window of an image is read for which part of the result."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """One tile along one axis, in pixels of the image.

    Attributes:
        start: Where the part that the tile is responsible for begins.
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
        """The window, in the image."""
        return slice(self.outer_start, self.outer_stop)

    def inner(self, scale: int = 1) -> slice:
        """The part, in the result of `scale` times the window's size."""
        return slice(
            (self.start - self.outer_start) * scale, (self.stop - self.outer_start) * scale
        )


def span_at(start: int, size: int, tile: int, halo: int) -> Span:
    """The tile that begins at `start`.

    All windows along an axis have one length, at most `tile + 2 * halo`: as long as they must be
    to reach from border to border with their halos. So a network sees one shape only. No window
    reaches beyond the image: it sees the image's border just where it is, there its own padding
    is right, and elsewhere the halo keeps what padding spoils away from the part.

    Example:
        >>> span_at(0, size=20, tile=8, halo=2)
        Span(start=0, stop=10, outer_start=0, outer_stop=12)
        >>> span_at(10, size=20, tile=8, halo=2)
        Span(start=10, stop=20, outer_start=8, outer_stop=20)
    """
    count = max(1, -(-(size - 2 * halo) // tile))
    length = -(-(size + (count - 1) * 2 * halo) // count)
    outer_start = min(max(start - halo, 0), size - length)
    outer_stop = outer_start + length
    stop = size if outer_stop == size else outer_stop - halo
    return Span(start, stop, outer_start, outer_stop)


def spans(size: int, tile: int, halo: int) -> Iterator[Span]:
    """The tiles along an axis, which cover it without overlap."""
    start = 0
    while start < size:
        span = span_at(start, size, tile, halo)
        yield span
        start = span.stop
