"""Tiles that give what the whole image would, for a network that looks at a neighbourhood only."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keras_dgggan._types import Report
from keras_dgggan.images.blended import Outputs
from keras_dgggan.images.tiles import halved, span_at, spans


@dataclass
class LocalTiling:
    """Runs a local network on one image in windows that hold all that their tile depends on.

    Attributes:
        function: From float32 `[1, h, w, 3]` to a dict of `[1, scale * h, scale * w, 3]`.
        scale: The network's scale.
        tile: LR pixels a side that are kept of a window. Halved when memory runs out.
        halo: LR pixels a side that a window extends beyond its tile: at least the network's.

    Examples:
        >>> nearest = lambda x: {"image": x.repeat(2, axis=1).repeat(2, axis=2)}
        >>> tiling = LocalTiling(nearest, 2, tile=64, halo=0)
        >>> bands = tiling(np.zeros((100, 80, 3), "float32"), names=("image",))
        >>> [band["image"].shape for band in bands]
        [(100, 160, 3), (100, 160, 3)]
    """

    function: Callable[[npt.NDArray], Mapping[str, Sequence[npt.ArrayLike]]]
    scale: int
    tile: int
    halo: int

    def __call__(
        self,
        image: npt.NDArray,
        report: Report | None = None,
        *,
        names: tuple[str, ...],
    ) -> Iterator[Outputs]:
        """Yield the outputs in bands of rows, from top to bottom; see `ExactTiling`.

        Raises:
            DggganError: Memory does not suffice for the smallest tile either.
        """
        row = 0
        while row < len(image):
            try:
                stop, band = self._band(image, row, names)
            except MemoryError as error:
                self.tile = halved(self.tile, error)
                continue
            if report is not None:
                report(stop / len(image))
            yield band
            row = stop

    def _band(self, image: npt.NDArray, row: int, names: tuple[str, ...]) -> tuple[int, Outputs]:
        """The row of tiles that begins at `row`, and where it ends."""
        height, width = image.shape[:2]
        vertical = span_at(row, height, self.tile, self.halo)
        parts: dict[str, list[npt.NDArray]] = {name: [] for name in names}
        for horizontal in spans(width, self.tile, self.halo):
            results = self.function(image[None, vertical.outer, horizontal.outer])
            place = vertical.inner(self.scale), horizontal.inner(self.scale)
            for name, kept in parts.items():
                # A copy, which does not keep the whole window.
                kept.append(np.array(np.asarray(results[name][0])[place]))
        return vertical.stop, {name: np.concatenate(kept, 1) for name, kept in parts.items()}
