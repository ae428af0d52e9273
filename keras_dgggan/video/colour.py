"""Frames to RGB and back, by the matrix and range that a video names, never by a default."""

import itertools
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from keras_dgggan.video.pyav import VideoFileError, pyav

if TYPE_CHECKING:
    from av import VideoFrame
    from av.filter import Graph

# Numbers of ITU-T H.273, and what FFmpeg's scaler calls the matrices.
_MATRICES = {
    1: "bt709",
    4: "fcc",
    5: "bt470",
    6: "smpte170m",
    7: "smpte240m",
    9: "bt2020",
    10: "bt2020",
}
_RGB, _BT709, _UNKNOWN, _BT601 = 0, 1, 2, 6
LIMITED, FULL = 1, 2
_HDR = {16: "PQ", 18: "HLG"}

# Formats that are of full range unless they say otherwise.
_FULL_RANGE = ("yuvj", "gray", "ya8", "ya16", "mono")

# Players take untagged video for BT.709 from this size on.
_HIGH_DEFINITION = 1280, 720

# White in the scaler's RGB of 16 bits.
_SCALERS_WHITE = np.uint16(255 << 8)

# Rounding and chroma as exact as the scaler has them: its defaults are made for speed.
_FLAGS = "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"


@dataclass(frozen=True)
class Colour:
    """How numbers of a video become colours, in the numbers of ITU-T H.273.

    Attributes:
        matrix: From R'G'B' to Y'CbCr; 0 is RGB itself, 2 is unknown.
        range: 1 is limited (16 to 235), 2 is full, 0 is unknown.
        primaries: Of the display.
        transfer: The curve; 16 and 18 are those of HDR.
    """

    matrix: int = _UNKNOWN
    range: int = 0
    primaries: int = 2
    transfer: int = 2

    @property
    def hdr(self) -> str | None:
        """The name of the HDR curve; None for standard pictures."""
        return _HDR.get(self.transfer)

    def settled(self, pixel_format: str, width: int, height: int) -> "Colour":
        """The same with a matrix and a range, where these are unknown as players assume them.

        Raises:
            VideoFileError: A matrix that cannot be converted.

        Examples:
            >>> Colour().settled("yuv420p", 640, 480)
            Colour(matrix=6, range=1, primaries=2, transfer=2)
        """
        matrix, range = self.matrix, self.range
        if matrix == _UNKNOWN:
            high = width >= _HIGH_DEFINITION[0] or height >= _HIGH_DEFINITION[1]
            matrix = _BT709 if high else _BT601
        if is_rgb(pixel_format):
            matrix, range = _RGB, FULL
        elif matrix not in _MATRICES:
            raise VideoFileError(f"colours by matrix {matrix} of ITU-T H.273 are not handled")
        if range not in (LIMITED, FULL):
            range = FULL if pixel_format.startswith(_FULL_RANGE) else LIMITED
        return replace(self, matrix=matrix, range=range)

    def encoded(self) -> "Colour":
        """What the result is written with: RGB becomes BT.709 of limited range."""
        if self.matrix == _RGB:
            return replace(self, matrix=_BT709, range=LIMITED)
        return self


def colour_of(frame: "VideoFrame") -> Colour:
    """What a decoded frame says of its colours."""
    return Colour(
        int(frame.colorspace),
        int(frame.color_range),
        int(frame.color_primaries),
        int(frame.color_trc),
    )


def is_rgb(pixel_format: str) -> bool:
    """Whether a pixel format of FFmpeg's stores RGB.

    Examples:
        >>> is_rgb("gbrp10le"), is_rgb("yuv420p")
        (True, False)
    """
    return pixel_format.startswith(("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8"))


class ToRgb:
    """Decoded frames to arrays.

    Args:
        colour: Settled.
        deep: Give 16 bits.

    Raises:
        VideoFileError: A frame of another size than the first.
    """

    def __init__(self, colour: Colour, *, deep: bool) -> None:
        self._format = "rgb48le" if deep else "rgb24"
        known = [f"in_range={_range(colour.range)}", "out_range=full"]
        if colour.matrix != _RGB:
            known.append(f"in_color_matrix={_MATRICES[colour.matrix]}")
        self._options = ":".join(known)
        self._graph = _Scaler()

    def __call__(self, frame: "VideoFrame") -> npt.NDArray:
        """RGB `[height, width, 3]` of a frame, uint8 or uint16."""
        pixels = self._graph(frame, self._options, self._format).to_ndarray()
        if pixels.dtype == np.uint8:
            return pixels
        pixels = np.minimum(pixels, _SCALERS_WHITE)
        return pixels + (pixels >> 8)


class FromRgb:
    """Arrays to frames for an encoder.

    Args:
        colour: What `Colour.encoded` gave.
        pixel_format: FFmpeg's name of the encoder's.

    Examples:
        >>> patch = np.full((4, 4, 3), (30, 180, 60), np.uint8)
        >>> frame = FromRgb(Colour(1, LIMITED), "yuv444p")(patch)  # doctest: +SKIP
        >>> [int(plane[0, 0]) for plane in frame.to_ndarray()]  # doctest: +SKIP
        [136, 90, 67]
    """

    def __init__(self, colour: Colour, pixel_format: str) -> None:
        self._colour, self._format = colour, pixel_format
        matrix = _MATRICES[colour.matrix]
        self._options = f"in_range=full:out_range={_range(colour.range)}:out_color_matrix={matrix}"
        self._graph = _Scaler()
        # The scaler cuts off what lies between two levels of full range, rather than round it.
        self._made = pixel_format
        if colour.range == FULL:
            self._made = f"yuv{chroma_of(pixel_format)}p16le"

    def __call__(self, pixels: npt.NDArray) -> "VideoFrame":
        """A frame of RGB `[height, width, 3]`, uint8 or uint16, with its colours named."""
        name = "rgb24"
        if pixels.dtype == np.uint16:
            name, pixels = "rgb48le", pixels - (pixels >> 8)
        frame = pyav().VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=name)
        frame = self._graph(frame, self._options, self._made)
        if self._made != self._format:
            frame = _rounded(frame, self._format)
        frame.colorspace, frame.color_range = self._colour.matrix, self._colour.range
        frame.color_primaries, frame.color_trc = self._colour.primaries, self._colour.transfer
        return frame


def chroma_of(pixel_format: str) -> str:
    """The sampling of colours in a planar format's name.

    Examples:
        >>> chroma_of("yuv422p10le")
        '422'
    """
    return next(name for name in ("444", "422", "420") if name in pixel_format)


def bits_of(pixel_format: str) -> int:
    """Bits of a sample in a planar format's name.

    Examples:
        >>> bits_of("yuv422p10le"), bits_of("yuv420p")
        (10, 8)
    """
    return next((bits for bits in (10, 12, 16) if pixel_format.endswith(f"p{bits}le")), 8)


def _rounded(frame: "VideoFrame", pixel_format: str) -> "VideoFrame":
    """A planar frame of full range and 16 bits in fewer bits."""
    bits = bits_of(pixel_format)
    top, middle = 2**bits - 1, 2 ** (bits - 1)
    dtype = np.uint8 if bits == 8 else np.uint16
    made = pyav().VideoFrame(frame.width, frame.height, pixel_format)
    for number, (plane, theirs) in enumerate(zip(made.planes, frame.planes, strict=True)):
        values = np.frombuffer(theirs, np.uint16).reshape(theirs.height, -1)[:, : theirs.width]
        scaled = values.astype(np.float32)
        scaled -= 32768 if number else 0
        scaled *= top / 65535
        scaled += middle if number else 0
        rows = np.zeros((plane.height, plane.line_size // dtype().itemsize), dtype)
        rows[:, : plane.width] = np.rint(scaled).clip(0, top)
        plane.update(rows.tobytes())
    return made


class _Scaler:
    """FFmpeg's scaler as a filter, which has options that PyAV's own conversion lacks."""

    def __init__(self) -> None:
        self._made_for: tuple[int, int, str] | None = None
        self._graph: Graph

    def __call__(self, frame: "VideoFrame", options: str, pixel_format: str) -> "VideoFrame":
        kind = frame.width, frame.height, frame.format.name
        if self._made_for is None:
            self._graph = _graph(frame, f"{options}:flags={_FLAGS}", pixel_format)
            self._made_for = kind
        if kind != self._made_for:
            width, height, name = self._made_for
            raise VideoFileError(
                f"the frames change from {width}x{height} {name} to "
                f"{kind[0]}x{kind[1]} {kind[2]}, which is not handled"
            )
        # What the options say holds; the filter must not see it a second time.
        frame.colorspace, frame.color_range = _UNKNOWN, 0
        frame.pts = None
        self._graph.push(frame)
        return self._graph.pull()


def _graph(frame: "VideoFrame", options: str, pixel_format: str) -> "Graph":
    av = pyav()
    graph = av.filter.Graph()
    nodes = [
        graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=Fraction(1, 1000),
        ),
        graph.add("scale", options),
        graph.add("format", pixel_format),
        graph.add("buffersink"),
    ]
    for one, other in itertools.pairwise(nodes):
        one.link_to(other)
    graph.configure()
    return graph


def _range(range: int) -> str:
    return "full" if range == FULL else "limited"
