"""A picture before and after: enlarged by the bicubic, and by a model."""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from keras_dgggan.images.pixels import on_white
from keras_dgggan.images.resize import imresize

# Pixels between the two halves of a picture side by side.
_GAP = 4

# Side of the square that a figure shows, and the height that it is drawn at.
_CROP, _PANEL = 144, 288


@dataclass(frozen=True)
class Comparison:
    """A picture before and after, which a notebook shows as a figure.

    Attributes:
        before: uint8 `[height, width, 3]`: the bicubic enlargement, over white where it has alpha.
        after: The model's result, likewise.
        name: The model's.

    Examples:
        >>> small = np.zeros((30, 40), np.uint8)
        >>> comparison = Comparison.of(small, small.repeat(4, axis=0).repeat(4, axis=1), "nearest")
        >>> comparison
        Comparison(160x120 pixels, the bicubic before nearest)
        >>> comparison.side_by_side().shape
        (120, 324, 3)
    """

    before: npt.NDArray[np.uint8]
    after: npt.NDArray[np.uint8]
    name: str

    @classmethod
    def of(cls, small: npt.NDArray, large: npt.NDArray, name: str) -> "Comparison":
        """Compare a result with the bicubic of what it was made of.

        Args:
            small: A picture `[height, width]` or `[height, width, 1 to 4]` of any depth.
            large: What a model made of it, likewise.
            name: The model's.
        """
        height, width = large.shape[:2]
        bicubic = imresize(on_white(small), None, output_shape=(height, width))
        return cls(bicubic, on_white(large), name)

    def side_by_side(self) -> npt.NDArray[np.uint8]:
        """The bicubic left, the result right: `[height, 2 * width + 4, 3]`."""
        gap = np.full((len(self.after), _GAP, 3), 255, np.uint8)
        return np.concatenate([self.before, gap, self.after], axis=1)

    def figure(self, crop: tuple[int, int, int, int] | None = None) -> Image.Image:
        """The result, and a part of it before and after.

        Args:
            crop: Left, top, width and height of the part, in pixels of the result; by default
                the square where the two differ most.

        Raises:
            UsageError: The part does not lie in the picture.
        """
        # Fonts and drawing take a tenth of a second to import: not where nothing is drawn.
        from keras_dgggan.images.figure import Box, Panel, draw, hardest_box, with_box

        height, width = self.after.shape[:2]
        if crop is None:
            # Their luma is enough to choose by, and takes a third of the memory.
            after, before = (_luma(pixels) for pixels in (self.after, self.before))
            box = hardest_box(after, before, _CROP, multiple=1)
        else:
            box = Box(*crop)
        box.check_inside(self.after, "a picture")
        panels = [
            Panel(f"{width}x{height}", with_box(self.after, box)),
            Panel("bicubic", box.of(self.before)),
            Panel(self.name, box.of(self.after)),
        ]
        return draw([panels], _PANEL)

    def __repr__(self) -> str:
        height, width = self.after.shape[:2]
        return f"Comparison({width}x{height} pixels, the bicubic before {self.name})"

    def _repr_png_(self) -> bytes:
        """What notebooks show."""
        file = io.BytesIO()
        self.figure().save(file, "PNG")
        return file.getvalue()


def _luma(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels).convert("L"))
