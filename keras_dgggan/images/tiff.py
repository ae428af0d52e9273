"""Writing TIFF of any depth with all of its metadata, EXIF's sub-directories among it.

Pillow writes no 16-bit RGB, and tifffile no EXIF directory. The file is put together here; the
serialization of its directories is Pillow's.
"""

import io
import zlib
from typing import IO

import numpy as np
import numpy.typing as npt
from PIL import Image, TiffImagePlugin, TiffTags

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images.pixels import has_alpha, is_float

_STRIP_BYTES = 1 << 20
_LARGEST = 2**32 - 2**20


def write_tiff(
    pixels: npt.NDArray,
    stream: IO[bytes],
    *,
    exif: Image.Exif | None,
    icc_profile: bytes | None,
    dpi: tuple[float, float] | None,
) -> None:
    """Write `[height, width, 1 to 4]` as deflated strips, integers with the predictor.

    Raises:
        ImageFileError: The compressed picture exceeds the 4 GiB of a classic TIFF file.
    """
    height, width, channels = pixels.shape
    rows = max(1, _STRIP_BYTES // (width * channels * pixels.itemsize))
    strips = [_compressed(pixels[row : row + rows]) for row in range(0, height, rows)]
    sizes = [len(strip) for strip in strips]
    if sum(sizes) > _LARGEST:
        raise ImageFileError("a TIFF file holds at most 4 GiB: write this picture as PNG")

    ifd = TiffImagePlugin.ImageFileDirectory_v2()
    if exif is not None:
        for tag, value in exif.items():
            if isinstance(value, dict):
                ifd.tagtype[tag] = TiffTags.LONG
            ifd[tag] = value
    for tag, kind, value in (
        (256, TiffTags.LONG, width),
        (257, TiffTags.LONG, height),
        (258, TiffTags.SHORT, (8 * pixels.itemsize,) * channels),
        (259, TiffTags.SHORT, 8),  # compression: deflate
        (262, TiffTags.SHORT, 1 if channels <= 2 else 2),  # black is zero, or RGB
        (273, TiffTags.LONG, tuple(sum(sizes[:i]) for i in range(len(sizes)))),
        (277, TiffTags.SHORT, channels),
        (278, TiffTags.LONG, rows),
        (279, TiffTags.LONG, tuple(sizes)),
        (284, TiffTags.SHORT, 1),  # channels interleaved
        (339, TiffTags.SHORT, (3 if is_float(pixels) else 1,) * channels),
    ):
        ifd.tagtype[tag] = kind
        ifd[tag] = value
    if not is_float(pixels):
        ifd.tagtype[317] = TiffTags.SHORT
        ifd[317] = 2
    if has_alpha(pixels):
        ifd.tagtype[338] = TiffTags.SHORT
        ifd[338] = 2  # straight alpha
    if dpi is not None:
        ifd[282], ifd[283], ifd[296] = dpi[0], dpi[1], 2
    if icc_profile is not None:
        ifd.tagtype[34675] = TiffTags.UNDEFINED
        ifd[34675] = icc_profile

    head = io.BytesIO()
    ifd.save(head)
    stream.write(head.getvalue())
    for strip in strips:
        stream.write(strip)


def _compressed(rows: npt.NDArray) -> bytes:
    little = rows.astype(rows.dtype.newbyteorder("<"), copy=False)
    if not is_float(rows):
        # Predictor 2: each sample less its left neighbour, modulo the type's range.
        little = little.copy()
        little[:, 1:] -= rows[:, :-1]
    return zlib.compress(np.ascontiguousarray(little).tobytes(), 6)
