"""What image files say of their size, without decoding a pixel."""

import os
from collections.abc import Iterable

from PIL import Image

from keras_dgggan.images.opening import without_pillows_limits

# Formats whose further frames are pictures, not previews (MPO) or layers (PSD).
SEQUENCES = ("GIF", "PNG", "WEBP", "TIFF", "AVIF")


def size_of(path: str | os.PathLike[str]) -> tuple[int, int, int] | None:
    """Height and width of a single picture, and how often a model runs on it at most.

    Args:
        path: A file. Alpha is enlarged like a picture of its own.

    Returns:
        None for an animation, a file of several pages, and what cannot be read.

    Examples:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "a.png"
        >>> Image.new("RGB", (40, 30)).save(file)
        >>> size_of(file)
        (30, 40, 1)
    """
    try:
        with without_pillows_limits():
            opened = Image.open(path)
        with opened as image:
            if image.format in SEQUENCES and getattr(image, "n_frames", 1) > 1:
                return None
            return image.height, image.width, 2 if image.has_transparency_data else 1
    # What is wrong with a file is told when its turn comes.
    except Exception:
        return None


def pixels_of(paths: Iterable[str | os.PathLike[str] | None], most: int) -> int | None:
    """How many pixels a model is given for some pictures.

    Args:
        paths: Files; None stands for one that cannot be looked into.
        most: From so many on no more files are looked into.

    Returns:
        At least `most`, if there are so many; None if one is no single picture.
    """
    total = 0
    for path in paths:
        size = None if path is None else size_of(path)
        if size is None:
            return None
        height, width, runs = size
        total += height * width * runs
        if total >= most:
            break
    return total
