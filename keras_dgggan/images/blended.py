"""Overlapping tiles blended linearly, for a model that is known by its results alone."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from keras_dgggan.images.tiles import Span, spans

Outputs = dict[str, npt.NDArray]

# LR pixels that a window extends beyond its tile on each side. The outer half is computed but not
# used: there a window lacks the most of its surroundings. The inner half is blended.
OVERLAP = 24
_UNUSED = OVERLAP // 2


class FeatheredTiling:
    """Runs any model on one image in overlapping tiles, and blends them.

    The result is close to the untiled one, not equal: squeeze-and-excitation averages over each
    tile. For a `Generator` use `ExactTiling`.

    Args:
        function: From float32 `[1, h, w, 3]` to a dict of `[1, scale * h, scale * w, 3]`.
        scale: The model's scale.
        tile: LR pixels a side between the overlaps. Halved when memory runs out.

    Example:
        >>> nearest = lambda x: {"image": x.repeat(2, axis=1).repeat(2, axis=2)}
        >>> (whole,) = FeatheredTiling(nearest, 2, tile=64)(np.zeros((100, 100, 3), "float32"))
        >>> whole["image"].shape
        (200, 200, 3)
    """

    def __init__(
        self, function: Callable[[npt.NDArray], dict[str, Any]], scale: int, tile: int
    ) -> None:
        self.function = function
        self.scale = scale
        self.tile = tile

    def __call__(
        self,
        image: npt.NDArray,
        report: Callable[[float], None] | None = None,
        *,
        names: tuple[str, ...] | None = None,
    ) -> Iterator[Outputs]:
        """Yield the outputs as a single band; see `ExactTiling`."""
        while True:
            try:
                outputs = self._blended(image, report, names)
            except MemoryError:
                if self.tile <= OVERLAP:
                    raise
                self.tile //= 2
            else:
                yield outputs
                return

    def _blended(
        self,
        image: npt.NDArray,
        report: Callable[[float], None] | None,
        names: tuple[str, ...] | None,
    ) -> Outputs:
        height, width = image.shape[:2]
        sums: Outputs = {}
        weights = np.zeros((height * self.scale, width * self.scale, 1), np.float32)
        grid = [
            (vertical, horizontal)
            for vertical in spans(height, self.tile, OVERLAP)
            for horizontal in spans(width, self.tile, OVERLAP)
        ]
        for done, (vertical, horizontal) in enumerate(grid, 1):
            results = self.function(image[None, vertical.outer, horizontal.outer])
            place = self._enlarged(vertical.outer), self._enlarged(horizontal.outer)
            ramps = (
                self._ramp(vertical, height)[:, None, None] * self._ramp(horizontal, width)[:, None]
            )
            weights[place] += ramps
            for name in names or results:
                values = results[name]
                if name not in sums:
                    sums[name] = np.zeros((*weights.shape[:2], values.shape[-1]), np.float32)
                sums[name][place] += np.asarray(values[0]) * ramps
            if report is not None:
                report(done / len(grid))
        for values in sums.values():
            values /= weights
        return sums

    def _enlarged(self, window: slice) -> slice:
        return slice(window.start * self.scale, window.stop * self.scale)

    def _ramp(self, span: Span, size: int) -> npt.NDArray:
        """Weights along a window: falling to zero at its ends, but not at the image's border."""
        length = (span.outer_stop - span.outer_start) * self.scale
        full = np.float32(2 * (OVERLAP - _UNUSED) * self.scale)
        inward = (np.arange(length, dtype=np.float32) + 0.5 - _UNUSED * self.scale).clip(0, full)
        ramp = np.full(length, full)
        if span.outer_start > 0:
            ramp = np.minimum(ramp, inward)
        if span.outer_stop < size:
            ramp = np.minimum(ramp, inward[::-1])
        return ramp / full
