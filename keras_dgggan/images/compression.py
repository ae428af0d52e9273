"""How strongly a file was compressed, read from its tables and headers; no pixel is decoded."""

import io
import struct
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

# The luminance table of JPEG's annex K, which quality 50 of libjpeg stands for.
_ANNEX_K = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)


@dataclass(frozen=True)
class Compression:
    """A lossy compression.

    Attributes:
        format: "JPEG" or "WebP".
        quality: On the scale of 1 to 100 that libjpeg and libwebp have; an estimate for files of
            other encoders.
    """

    format: Literal["JPEG", "WebP"]
    quality: int

    def __str__(self) -> str:
        return f"{self.format} of quality {self.quality}"


def compression_of(data: bytes) -> Compression | None:
    """The lossy compression of an image file; None if it has none, or is not known.

    Examples:
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (32, 32)).save(file, "JPEG", quality=62)
        >>> str(compression_of(file.getvalue()))
        'JPEG of quality 62'
    """
    if data.startswith(b"\xff\xd8\xff"):
        quality = _jpeg_quality(data)
        return None if quality is None else Compression("JPEG", quality)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        index = _vp8_quantizer(data)
        return None if index is None else Compression("WebP", webp_quality(index))
    return None


def _jpeg_quality(data: bytes) -> int | None:
    """The quality at which libjpeg's luminance table has the sum of the file's."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            table = getattr(image, "quantization", {}).get(0)
    # Whatever is wrong with the file is told where it is read.
    except Exception:
        return None
    if not table:
        return None
    # Sums do not depend on the order of entries, and tables of other make have one too.
    return int(np.abs(libjpeg_sums() - sum(table)).argmin()) + 1


def libjpeg_sums() -> np.ndarray:
    """The sum of libjpeg's luminance table at each quality from 1 to 100."""
    quality = np.arange(1, 101)[:, None]
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    return np.clip((_ANNEX_K.ravel() * percent + 50) // 100, 1, 255).sum(axis=1)


def _vp8_quantizer(data: bytes) -> int | None:
    """The quantizer index, 0 to 127, of the first lossy picture in a WebP file."""
    position = 12
    while position + 8 <= len(data):
        kind, size = data[position : position + 4], struct.unpack_from("<I", data, position + 4)[0]
        body = position + 8
        if kind == b"ANMF":
            position = body + 16
            continue
        if kind == b"VP8 " and data[body + 3 : body + 6] == b"\x9d\x01\x2a":
            try:
                return _frame_quantizer(_BoolDecoder(data, body + 10))
            except IndexError:
                return None
        position = body + size + size % 2
    return None


def _frame_quantizer(bits: "_BoolDecoder") -> int:
    """Read a key frame's header as far as its quantizer (RFC 6386, 9.2 to 9.6)."""
    bits.number(2)  # colour space, clamping
    segments: list[int] = []
    absolute = 0
    if bits.number(1):
        update_map, update_data = bits.number(1), bits.number(1)
        if update_data:
            absolute = bits.number(1)
            segments = [bits.signed(7) for _ in range(4)]
            for _ in range(4):
                bits.signed(6)
        if update_map:
            for _ in range(3):
                if bits.number(1):
                    bits.number(8)
    bits.number(10)  # filter type, level, sharpness
    if bits.number(1) and bits.number(1):
        for _ in range(8):
            bits.signed(6)
    bits.number(2)  # partitions
    index = bits.number(7)
    if segments:
        index = round(sum(segments) / 4 + (0 if absolute else index))
    return min(max(index, 0), 127)


def webp_quality(index: int) -> int:
    """libwebp's quality for a quantizer index: the inverse of its `QualityToCompression`."""
    # c ** (1 / 3) of 1 - index / 127, where c is 2 / 3 of the quality below 75 %.
    linear = (1 - index / 127) ** 3
    share = linear * 1.5 if linear < 0.5 else (linear + 1) / 2
    return max(1, round(100 * share))


class _BoolDecoder:
    """VP8's arithmetic decoder (RFC 6386, section 7), for bits of equal probability.

    Raises:
        IndexError: The data ends.
    """

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position + 2
        self._value = data[position] << 8 | data[position + 1]
        self._range = 255
        self._shifted = 0

    def _bit(self) -> int:
        split = 1 + ((self._range - 1) * 128 >> 8)
        bit = int(self._value >= split << 8)
        if bit:
            self._range -= split
            self._value -= split << 8
        else:
            self._range = split
        while self._range < 128:
            self._value <<= 1
            self._range <<= 1
            self._shifted += 1
            if self._shifted == 8:
                self._shifted = 0
                self._value |= self._data[self._position]
                self._position += 1
        return bit

    def number(self, bits: int) -> int:
        """An unsigned number, highest bit first."""
        value = 0
        for _ in range(bits):
            value = value << 1 | self._bit()
        return value

    def signed(self, bits: int) -> int:
        """A number with its sign behind it, 0 where a flag says that there is none."""
        if not self.number(1):
            return 0
        value = self.number(bits)
        return -value if self.number(1) else value
