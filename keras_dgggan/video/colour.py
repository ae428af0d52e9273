"""Frames to RGB and back, by the matrix and range that a video names, never by a default."""

import itertools
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from keras_dgggan.video.pyav import VideoFileError, pyav

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

# Players take untagged video for BT.709 from this size on.
_HIGH_DEFINITION = 1280, 720

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
            range = FULL if pixel_format.startswith("yuvj") else LIMITED
        return replace(self, matrix=matrix, range=range)

    def encoded(self) -> "Colour":
        """What the result is written with: RGB becomes BT.709 of limited range."""
        if self.matrix == _RGB:
            return replace(self, matrix=_BT709, range=LIMITED)
        return self


def colour_of(frame: Any) -> Colour:
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

    def __call__(self, frame: Any) -> npt.NDArray:
        """RGB `[height, width, 3]` of a frame, uint8 or uint16."""
        return self._graph(frame, self._options, self._format).to_ndarray()


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

    def __call__(self, pixels: npt.NDArray) -> Any:
        """A frame of RGB `[height, width, 3]`, uint8 or uint16, with its colours named."""
        name = "rgb24" if pixels.dtype == np.uint8 else "rgb48le"
        frame = pyav().VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=name)
        frame = self._graph(frame, self._options, self._format)
        frame.colorspace, frame.color_range = self._colour.matrix, self._colour.range
        frame.color_primaries, frame.color_trc = self._colour.primaries, self._colour.transfer
        return frame


class _Scaler:
    """FFmpeg's scaler as a filter, which has options that PyAV's own conversion lacks."""

    def __init__(self) -> None:
        self._made_for: tuple[int, int, str] | None = None
        self._graph: Any = None

    def __call__(self, frame: Any, options: str, pixel_format: str) -> Any:
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


def _graph(frame: Any, options: str, pixel_format: str) -> Any:
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
