"""APNG: frames behind the first picture of a PNG file, written one by one.

Pillow compresses the pixels. Its own writer holds all frames in memory, and merges equal ones.
"""

import io
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import IO

import numpy as np
import numpy.typing as npt
from PIL import Image

from keras_dgggan.images.gif import changed_box

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LEVEL = 3
_LARGEST = 65535


def write_apng(
    first: bytes,
    frames: Iterable[npt.NDArray],
    stream: IO[bytes],
    *,
    durations: Sequence[Fraction],
    plays: int,
    apart: bool = False,
) -> None:
    """Write an animation; only two frames are in memory at a time.

    Args:
        first: A PNG file of 8 bits with all its metadata: the first frame, or with `apart` the
            picture for readers without animation, which is no frame.
        frames: The frames, the first one included: uint8 `[height, width, 1 to 4]`.
        stream: A binary stream.
        durations: Milliseconds of each frame.
        plays: How often it runs, 0 for ever.
        apart: See `first`.

    Examples:
        >>> file, frames = io.BytesIO(), [np.full((4, 6, 3), i, np.uint8) for i in (1, 1, 2)]
        >>> with io.BytesIO() as first:
        ...     Image.fromarray(frames[0]).save(first, "PNG")
        ...     times = [Fraction(100, 3)] * 3
        ...     write_apng(first.getvalue(), frames, file, durations=times, plays=0)
        >>> Image.open(file).n_frames, Image.open(file).info["loop"]
        (3, 0)
    """
    chunks = list(_chunks(first))
    data = [body for name, body in chunks if name == b"IDAT"]
    at = next(i for i, (name, _) in enumerate(chunks) if name == b"IDAT")
    head, tail = chunks[:at], [each for each in chunks[at:] if each[0] != b"IDAT"]
    stream.write(_SIGNATURE)
    for chunk in head:
        _write(stream, *chunk)
    _write(stream, b"acTL", struct.pack(">II", len(durations), plays))
    if apart:
        for body in data:
            _write(stream, b"IDAT", body)
    sequence, shown = 0, None
    for number, (frame, duration) in enumerate(zip(frames, durations, strict=True)):
        rows, columns = slice(0, frame.shape[0]), slice(0, frame.shape[1])
        if shown is not None:
            rows, columns = changed_box((frame != shown).any(axis=-1))
        part, shown = frame[rows, columns], frame
        place = part.shape[1], part.shape[0], columns.start, rows.start
        # Kept when the next comes, and replacing what lies below, alpha included.
        control = struct.pack(">5IHHBB", sequence, *place, *_delay(duration), 0, 0)
        _write(stream, b"fcTL", control)
        sequence += 1
        own = number == 0 and not apart
        for body in data if own else _compressed(part):
            if own:
                _write(stream, b"IDAT", body)
                continue
            _write(stream, b"fdAT", struct.pack(">I", sequence) + body)
            sequence += 1
    for chunk in tail:
        _write(stream, *chunk)


def _delay(duration: Fraction) -> tuple[int, int]:
    """A duration in milliseconds as numerator and denominator of seconds, 16 bits each."""
    seconds = min(duration / 1000, Fraction(_LARGEST))
    limit = _LARGEST
    while True:
        near = seconds.limit_denominator(limit)
        if near.numerator <= _LARGEST:
            return near.numerator, near.denominator
        limit = limit // 2


def _compressed(pixels: npt.NDArray) -> list[bytes]:
    squeezed = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(squeezed)).save(file, "PNG", compress_level=_LEVEL)
    return [body for name, body in _chunks(file.getvalue()) if name == b"IDAT"]


def _chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(_SIGNATURE)
    while position + 12 <= len(file):
        length, name = struct.unpack_from(">I4s", file, position)
        yield name, file[position + 8 : position + 8 + length]
        position += length + 12


def _write(stream: IO[bytes], name: bytes, body: bytes) -> None:
    stream.write(struct.pack(">I", len(body)) + name + body)
    stream.write(struct.pack(">I", zlib.crc32(body, zlib.crc32(name))))
