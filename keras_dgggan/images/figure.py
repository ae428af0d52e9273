"""Pictures side by side, labelled, in rows: as the paper's figs. 5 and 6 show them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from keras_dgggan.errors import UsageError

Pixels = npt.NDArray[np.uint8]

_GAP = 10
_TEXT = 15
_LINE = 19
_INK = (20, 20, 20)
_FAINT = (110, 110, 110)
_BOX = (230, 30, 30)


@dataclass(frozen=True)
class Box:
    """A rectangle of HR pixels.

    Examples:
        >>> lr = np.zeros((64, 64, 3), np.uint8)
        >>> Box(left=8, top=4, width=96, height=48).of(lr, scale=4).shape
        (12, 24, 3)
    """

    left: int
    top: int
    width: int
    height: int

    def of(self, pixels: Pixels, scale: int = 1) -> Pixels:
        """What the box holds of an image `scale` times smaller than HR."""
        left, top = self.left // scale, self.top // scale
        return pixels[top : top + self.height // scale, left : left + self.width // scale]

    def check_inside(self, pixels: Pixels, name: str) -> None:
        """Raise `UsageError` where the box does not lie in an image, which the message names."""
        height, width = pixels.shape[:2]
        inside = self.left + self.width <= width and self.top + self.height <= height
        if not inside or min(self.left, self.top) < 0 or min(self.width, self.height) < 1:
            raise UsageError(
                f"the crop {self.left},{self.top},{self.width},{self.height} (left, top, width, "
                f"height) does not lie in {name} of {width}x{height} pixels"
            )


@dataclass
class Panel:
    """One picture of a row, with its title above and lines of text below."""

    title: str
    pixels: Pixels | None
    lines: list[str] = field(default_factory=list)


def hardest_box(hr: Pixels, bicubic: Pixels, size: int, multiple: int) -> Box:
    """The square where the bicubic is furthest from HR: where a method can show what it does.

    Args:
        hr: uint8 `[height, width]` or `[height, width, 3]`.
        bicubic: The bicubic's SR, likewise.
        size: Side of the square, a multiple of `multiple`; reduced to the image's size.
        multiple: Left and top are multiples of it, so that the box falls on whole LR pixels.

    Examples:
        >>> hr = np.zeros((120, 160), np.uint8)
        >>> hr[70, 110] = 255
        >>> hardest_box(hr, np.zeros_like(hr), size=24, multiple=4)
        Box(left=88, top=48, width=24, height=24)
    """
    error = np.atleast_3d(hr.astype(np.float64) - bicubic)
    energy = np.square(error).sum(axis=2)
    height, width = (min(size, length // multiple * multiple) for length in energy.shape)
    sums = np.pad(energy.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    inside = (
        sums[height:, width:]
        - sums[:-height, width:]
        - sums[height:, :-width]
        + sums[:-height, :-width]
    )[::multiple, ::multiple]
    top, left = np.unravel_index(np.argmax(inside), inside.shape)
    return Box(int(left) * multiple, int(top) * multiple, width, height)


def with_box(pixels: Pixels, box: Box) -> Pixels:
    """RGB with the box drawn on it."""
    image = Image.fromarray(pixels).convert("RGB")
    outline = (box.left, box.top, box.left + box.width - 1, box.top + box.height - 1)
    width = max(2, max(image.size) // 120)
    ImageDraw.Draw(image).rectangle(outline, outline=_BOX, width=width)
    return np.asarray(image)


def draw(rows: Sequence[Sequence[Panel]], panel_height: int) -> Image.Image:
    """Draw rows of panels on white.

    Args:
        rows: Panels from left to right; those without pixels leave their place empty.
        panel_height: All pictures are brought to it: by repeating pixels where it is a multiple
            of theirs, smoothly otherwise.

    Examples:
        >>> hr = np.zeros((80, 120, 3), np.uint8)
        >>> draw([[Panel("HR", hr, ["PSNR 28.43"])]], panel_height=240).size
        (380, 298)
    """
    font = ImageFont.load_default(_TEXT)
    pictures = [[_resized(panel.pixels, panel_height) for panel in row] for row in rows]
    widths = [
        max(picture.width if picture else 0 for picture in column)
        for column in itertools.zip_longest(*pictures)
    ]
    heights = [
        _LINE + panel_height + _LINE * max(len(panel.lines) for panel in row) for row in rows
    ]
    size = (sum(widths) + _GAP * (len(widths) + 1), sum(heights) + _GAP * (len(rows) + 1))
    figure = Image.new("RGB", size, "white")
    canvas = ImageDraw.Draw(figure)
    top = _GAP
    for row, row_pictures, height in zip(rows, pictures, heights, strict=True):
        left = _GAP
        for panel, picture, width in zip(row, row_pictures, widths, strict=False):
            if picture is not None:
                title = _shortened(panel.title, width, font)
                canvas.text((left, top), title, fill=_INK, font=font)
                figure.paste(picture, (left, top + _LINE))
                for i, line in enumerate(panel.lines):
                    place = (left, top + _LINE * (i + 1) + panel_height + 3)
                    canvas.text(place, _shortened(line, width, font), fill=_FAINT, font=font)
            left += width + _GAP
        top += height + _GAP
    return figure


def _resized(pixels: Pixels | None, height: int) -> Image.Image | None:
    if pixels is None:
        return None
    image = Image.fromarray(pixels).convert("RGB")
    size = (max(1, round(image.width * height / image.height)), height)
    exact = height % image.height == 0
    return image.resize(size, Image.Resampling.NEAREST if exact else Image.Resampling.LANCZOS)


def _shortened(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "...") > width:
        text = text[:-1]
    return text + "..."
