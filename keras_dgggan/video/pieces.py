"""Frames upscaled and encoded in pieces, which a run that was killed goes on behind."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from keras_dgggan.images.resize import imresize
from keras_dgggan.video.colour import FromRgb, ToRgb
from keras_dgggan.video.encoder import Encoding
from keras_dgggan.video.piece_folder import Packet, PieceFolder
from keras_dgggan.video.pyav import VideoFileError, pyav
from keras_dgggan.video.source import TimedFrame, VideoInfo

if TYPE_CHECKING:
    from av import VideoFrame

# Frames of a piece: it ends at the source's next key frame from the first number on, and at the
# second in any case. What a kill loses is less than one piece.
_FEWEST, _MOST = 24, 120


class UpscalesFrames(Protocol):
    """What `Upscaler` has of this."""

    @property
    def scale(self) -> float:
        """The factor of both sides."""

    def upscale_frames(self, frames: Iterable[npt.NDArray]) -> Iterator[npt.NDArray]:
        """Larger frames, one for each."""


@dataclass(frozen=True)
class VideoProgress:
    """How far a video is.

    Attributes:
        frames: How many are done.
        of: How many there should be; None where the file does not say.
        rate: Frames a second since this run began, 0 at first.
        size: Bytes of the pieces on the disk.
    """

    frames: int
    of: int | None
    rate: float
    size: int

    @property
    def seconds_left(self) -> float | None:
        """An estimate; None where nothing is known."""
        if self.of is None or self.rate <= 0:
            return None
        return max(0, self.of - self.frames) / self.rate


def _pieces(frames: Iterable[TimedFrame]) -> Iterator[tuple[bool, TimedFrame]]:
    """Frames with whether a new piece begins at each."""
    length = 0
    for frame in frames:
        new = length == 0 or length >= _MOST or (frame.key and length >= _FEWEST)
        length = 1 if new else length + 1
        yield new, frame


def encode_pieces(
    frames: Iterable[TimedFrame],
    info: VideoInfo,
    upscaler: UpscalesFrames,
    encoding: Encoding,
    pieces: PieceFolder,
    progress: "Counter",
) -> None:
    """Upscale and encode all frames behind those that are in `pieces`."""
    done = pieces.frames
    to_rgb = ToRgb(info.colour, deep=info.bits > 8)
    from_rgb = FromRgb(encoding.colour, encoding.pixel_format)
    pending: list[tuple[bool, TimedFrame]] = []

    def decoded() -> Iterator[npt.NDArray]:
        for number, (new, frame) in enumerate(_pieces(frames)):
            if number >= done:
                pending.append((new, frame))
                yield to_rgb(frame.frame)

    piece: _PieceEncoder | None = None
    for larger in upscaler.upscale_frames(decoded()):
        new, frame = pending.pop(0)
        if new or piece is None:
            if piece is not None:
                pieces.add(*piece.finished())
            piece = _PieceEncoder(encoding)
        piece.add(from_rgb(_fitted(larger, encoding)), frame)
        progress.add()
    if piece is not None:
        pieces.add(*piece.finished())


class _PieceEncoder:
    """The encoder of one piece."""

    def __init__(self, encoding: Encoding) -> None:
        # A container that leads nowhere: packets are kept as they leave the encoder.
        self._container = pyav().open(os.devnull, "w", format="null")
        self._stream = encoding.add_to(self._container)
        self._tick, self._codec = encoding.time_base, encoding.codec
        self._packets: list[Packet] = []
        self._end = 0

    def add(self, encoded: "VideoFrame", frame: TimedFrame) -> None:
        encoded.pts, encoded.time_base = frame.time, self._tick
        self._end = frame.time + frame.duration
        self._keep(encoded)

    def finished(self) -> tuple[list[Packet], int]:
        self._keep(None)
        self._container.close()
        return self._packets, self._end

    def _keep(self, encoded: "VideoFrame | None") -> None:
        """Give the encoder a frame, or None at the end, and take what it has ready."""
        try:
            packets = self._stream.encode(encoded)
        except pyav().error.FFmpegError as error:
            raise VideoFileError(
                f"the encoder of {self._codec} does not take the frames: {error.strerror}"
            ) from error
        for packet in packets:
            assert packet.pts is not None, "encoders stamp what they give"
            stamp = round(packet.pts * (packet.time_base or self._tick) / self._tick)
            self._packets.append(Packet(stamp, bool(packet.is_keyframe), bytes(packet)))


class Counter:
    """Counts the frames of a run and reports how far it is."""

    def __init__(
        self, pieces: PieceFolder, total: int | None, report: Callable[[VideoProgress], None] | None
    ) -> None:
        self._pieces, self._total, self._report = pieces, total, report
        self._before, self._frames, self._start = pieces.frames, 0, time.monotonic()

    def add(self) -> None:
        self._frames += 1
        if self._report is not None:
            seconds = time.monotonic() - self._start
            rate = self._frames / seconds if seconds > 0 else 0.0
            done = self._before + self._frames
            self._report(VideoProgress(done, self._total, rate, self._pieces.size))


def _fitted(pixels: npt.NDArray, encoding: Encoding) -> npt.NDArray:
    """Turned, stretched and padded as the result asks for."""
    if encoding.turns:
        pixels = np.rot90(pixels, encoding.turns)
    width, height = encoding.content
    if pixels.shape[:2] != (height, width):
        pixels = imresize(np.ascontiguousarray(pixels), None, output_shape=(height, width))
    missing = encoding.height - pixels.shape[0], encoding.width - pixels.shape[1]
    if any(missing):
        pixels = np.pad(pixels, [(0, missing[0]), (0, missing[1]), (0, 0)], "edge")
    return pixels
