"""The pictures and files that the checks of the contract send."""

import io
import struct
import zlib

import numpy as np
import numpy.typing as npt
from PIL import Image


def noise(batch: int, height: int, width: int, *, seed: int = 7) -> npt.NDArray:
    """Return uint8 pixels `[batch, height, width, 3]`, the same for the same arguments."""
    shape = (batch, height, width, 3)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def flat_colours() -> npt.NDArray:
    """Return `[8, 16, 3]` of one colour, which formats that lose something keep."""
    return np.full([8, 16, 3], [200, 120, 40], np.uint8)


def encode(pixels: npt.NDArray, format_: str) -> bytes:
    """Return the file of a picture."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format_)
    return stream.getvalue()


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that declares a size, and ends there."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(header) - 4) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk


def jpeg_header(width: int, height: int) -> bytes:
    """Return a JPEG of few pixels that declares another size."""
    pixels = flat_colours()
    real = struct.pack(">HH", *pixels.shape[:2])
    return encode(pixels, "JPEG").replace(real, struct.pack(">HH", height, width), 1)
