"""Pictures side by side, each with a label above it."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_GAP = 6
_LABEL = 22


def labelled_row(panels: Sequence[tuple[str, np.ndarray]]) -> np.ndarray:
    """Draw pictures of one size in a row on white.

    Args:
        panels: `(label, uint8 [height, width, 3])`.

    Returns:
        uint8 `[height + label, ...]`.

    Example:
        >>> labelled_row([("LR", lr), ("HR", hr)])
    """
    height, width = panels[0][1].shape[:2]
    row = Image.new("RGB", ((width + _GAP) * len(panels) - _GAP, height + _LABEL), "white")
    draw = ImageDraw.Draw(row)
    font = ImageFont.load_default(14)
    for i, (label, picture) in enumerate(panels):
        left = i * (width + _GAP)
        draw.text((left + 2, 3), label, fill="black", font=font)
        row.paste(Image.fromarray(picture), (left, _LABEL))
    return np.asarray(row)
