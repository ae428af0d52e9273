"""Colours at the edge of transparency; NumPy only."""

import numpy as np
import numpy.typing as npt

# A colour is not recoverable from under less alpha than this; half a level of 16 bits.
_LEAST_ALPHA = 0.5 / 65535

# LR pixels around an edge in which colours are bounded: as far as a sharpened edge rings.
_REACH = 2


class StraightColours:
    """Divides a model's premultiplied result by the enlarged alpha, band by band.

    A model draws the edge of what is visible sharper than the bicubic draws alpha, or rings
    there, so a quotient alone would shine or darken along every edge. Near an edge it is bounded
    by the colours that are visible around its place in the LR image.

    Args:
        colours: float32 `[h, w, channels]`, straight, in [0, 1].
        alpha: float32 `[h, w, 1]` in [0, 1].
        size: Height and width of the result.

    Example:
        >>> straight = StraightColours(rgb, alpha, (4 * h, 4 * w))
        >>> straight(band, enlarged_alpha[:64], slice(0, 64))
    """

    def __init__(self, colours: npt.NDArray, alpha: npt.NDArray, size: tuple[int, int]) -> None:
        visible = alpha > _LEAST_ALPHA
        low = _extreme(np.where(visible, colours, np.inf), np.minimum)
        high = _extreme(np.where(visible, colours, -np.inf), np.maximum)
        # Far from any edge the model is free, to overshoot too.
        opaque = _extreme(alpha, np.minimum) >= 1
        self.low = np.where(opaque, -np.inf, low).astype(np.float32)
        self.high = np.where(opaque, np.inf, high).astype(np.float32)
        self.rows, self.columns = (
            np.minimum(((np.arange(large) + 0.5) * small / large).astype(int), small - 1)
            for large, small in zip(size, alpha.shape[:2], strict=True)
        )

    def __call__(self, band: npt.NDArray, alpha: npt.NDArray, rows: slice) -> npt.NDArray:
        """Straight colours in [0, 1] for some rows of the result.

        Args:
            band: `[rows, width, channels]`, premultiplied.
            alpha: `[rows, width, 1]`, enlarged.
            rows: Where they lie in the result.
        """
        place = self.rows[rows][:, None], self.columns
        straight = band / np.maximum(alpha, _LEAST_ALPHA)
        # Where nothing is visible around, the lower bound is infinite and the upper one less.
        straight = np.minimum(np.maximum(straight, self.low[place]), self.high[place])
        return np.where(alpha > _LEAST_ALPHA, straight, 0).clip(0, 1)


def _extreme(plane: npt.NDArray, extreme: np.ufunc) -> npt.NDArray:
    """The minimum or maximum around every pixel, `_REACH` pixels a side."""
    for axis in (0, 1):
        width = [(_REACH, _REACH) if i == axis else (0, 0) for i in range(plane.ndim)]
        padded = np.pad(plane, width, mode="edge")
        size = plane.shape[axis]
        shifted = [padded.take(range(i, i + size), axis) for i in range(2 * _REACH + 1)]
        plane = extreme.reduce(shifted)
    return plane
