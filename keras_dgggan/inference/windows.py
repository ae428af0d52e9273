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

    Every window has the size `tile + 2 * halo`, or the image's where that is smaller: at the
    border it is shifted inward, not cut and not padded. So a network sees one shape only, and
    sees the image's border just where it is: there its own padding is right, and elsewhere the
    halo keeps what padding spoils away from the part.

    Example:
        >>> span_at(8, size=20, tile=8, halo=2)
        Span(start=8, stop=16, outer_start=6, outer_stop=18)
        >>> span_at(16, size=20, tile=8, halo=2)
        Span(start=16, stop=20, outer_start=8, outer_stop=20)
    """
    length = min(size, tile + 2 * halo)
    outer_start = min(max(start - halo, 0), size - length)
    return Span(start, min(start + tile, size), outer_start, outer_start + length)


def spans(size: int, tile: int, halo: int) -> Iterator[Span]:
    """The tiles along an axis, which cover it without overlap."""
    for start in range(0, size, tile):
        yield span_at(start, size, tile, halo)
