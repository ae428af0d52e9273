"""`VideoSource`: a video file, what it says of itself, and its frames with their times."""

import itertools
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from keras_dgggan.video.colour import Colour, colour_of, is_rgb
from keras_dgggan.video.pyav import VideoFileError, pyav

if TYPE_CHECKING:
    from av import VideoFormat, VideoFrame
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

# Frames that are looked at before work starts.
_LOOKED_AT = 12


@dataclass(frozen=True)
class VideoInfo:
    """What a video says of its pictures.

    Attributes:
        width: In pixels, before any turn.
        height: The same.
        time_base: Seconds of one tick of its time stamps.
        first: The time stamp of the first frame, in ticks.
        rate: Frames a second, on average; None where it is not known.
        frames: How many there should be; None where it is not known.
        seconds: How long it should be; None where it is not known.
        pixel_format: FFmpeg's name of it.
        bits: Of a sample.
        chroma: "420", "422" or "444".
        alpha: It has transparency.
        shape: Width over height of one pixel; None where it is not said.
        rotation: Degrees, counter-clockwise, by which players turn the picture.
        matrix: FFmpeg's nine numbers of that turn, flips included; empty where there is none.
        colour: Settled.
        interlaced: Its frames are made of two fields.
    """

    width: int
    height: int
    time_base: Fraction
    first: int
    rate: Fraction | None
    frames: int | None
    seconds: float | None
    pixel_format: str
    bits: int
    chroma: str
    alpha: bool
    shape: Fraction | None
    rotation: int
    matrix: tuple[int, ...]
    colour: Colour
    interlaced: bool


@dataclass(frozen=True)
class TimedFrame:
    """A decoded frame.

    Attributes:
        frame: PyAV's.
        time: Its time stamp in ticks of the video; it grows from frame to frame.
        duration: How long it is seen in ticks, 0 where the file does not say.
        key: It is a key frame of the file.
    """

    frame: "VideoFrame"
    time: int
    duration: int
    key: bool


class VideoSource:
    """A video file.

    Args:
        path: The file.

    Attributes:
        info: See `VideoInfo`.
        damaged: How many packets could not be decoded in the last pass over the frames.

    Raises:
        VideoFileError: The file is missing, empty, damaged, no video, or of a kind that is not
            handled.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.damaged = 0
        with self.opened() as container:
            stream = main_stream(container, self.path)
            known = stream.frames or None
            rate = stream.average_rate or stream.guessed_rate
            seconds, tick = _seconds(container, stream), tick_of(stream)
        frames, at_end = [], True
        for frame in self.frames():
            frames.append(frame)
            if len(frames) == _LOOKED_AT:
                at_end = False
                break
        if not frames:
            raise VideoFileError(f"'{self.path}' holds no frame that can be decoded")
        if at_end:
            known = len(frames)
        rate = _likely(rate, frames, tick)
        if known is None and rate and seconds:
            known = round(rate * Fraction(seconds))
        self.info = self._info(frames, rate, known, seconds)

    @contextmanager
    def opened(self) -> Iterator["InputContainer"]:
        """The file as PyAV's container."""
        av = pyav()
        with self._naming():
            if self.path.stat().st_size == 0:
                raise VideoFileError(f"'{self.path}' is empty (0 bytes)")
            container = av.open(os.fspath(self.path), metadata_errors="replace")
        try:
            yield container
        finally:
            container.close()

    def frames(self) -> Iterator[TimedFrame]:
        """All frames in the order of their times.

        What cannot be decoded is left out and counted in `damaged`.
        """
        av = pyav()
        self.damaged, before = 0, None
        with self.opened() as container:
            stream = main_stream(container, self.path)
            stream.thread_type = "AUTO"
            tick = tick_of(stream)
            rate = stream.average_rate or stream.guessed_rate
            step = max(1, round(1 / (rate * tick))) if rate else 1
            packets = container.demux(stream)
            while True:
                try:
                    packet = next(packets, None)
                    decoded = [] if packet is None else packet.decode()
                except av.error.FFmpegError:
                    self.damaged += 1
                    # A file that was cut gives the same error for ever.
                    if self.damaged > 1000:
                        return
                    continue
                if packet is None:
                    return
                for frame in decoded:
                    time = _time(frame, tick)
                    if before is not None and (time is None or time <= before):
                        time = before + (step if time is None else 1)
                    before = 0 if time is None else time
                    duration = round((frame.duration or 0) * (frame.time_base or tick) / tick)
                    yield TimedFrame(frame, before, duration, bool(frame.key_frame))

    def _info(
        self,
        frames: list[TimedFrame],
        rate: Fraction | None,
        known: int | None,
        seconds: float | None,
    ) -> VideoInfo:
        frame = frames[0].frame
        form = frame.format
        name = form.name
        with self.opened() as container:
            stream = main_stream(container, self.path)
            shape, tick = stream.sample_aspect_ratio, tick_of(stream)
        said = colour_of(frame)
        try:
            colour = said.settled(name, frame.width, frame.height)
        except VideoFileError as error:
            raise VideoFileError(f"'{self.path}': {error}") from None
        return VideoInfo(
            frame.width,
            frame.height,
            tick,
            frames[0].time,
            rate,
            known,
            seconds,
            name,
            max(component.bits for component in form.components),
            "444" if is_rgb(name) else _chroma(form),
            any(component.is_alpha for component in form.components),
            shape if shape and shape > 0 else None,
            round(frame.rotation or 0),
            _matrix(frame),
            colour,
            any(each.frame.interlaced_frame for each in frames),
        )

    @contextmanager
    def _naming(self) -> Iterator[None]:
        av = pyav()
        try:
            yield
        except IsADirectoryError:
            raise VideoFileError(f"'{self.path}' is a folder, not a video") from None
        except av.error.InvalidDataError:
            raise VideoFileError(
                f"'{self.path}' is no video, or cut short or damaged in its header"
            ) from None
        except OSError as error:
            raise VideoFileError(
                f"'{self.path}' cannot be read: {error.strerror or error}"
            ) from None


def main_stream(container: "InputContainer", path: Path) -> "VideoStream":
    """The pictures of a file: its first video stream that is no cover.

    Raises:
        VideoFileError: There is none.
    """
    for stream in container.streams.video:
        if not is_cover(stream):
            return stream
    raise VideoFileError(f"'{path}' holds no video, only {_kinds(container)}")


def tick_of(stream: "Stream") -> Fraction:
    """Seconds of one tick of a stream's time stamps.

    Raises:
        VideoFileError: The stream does not say.
    """
    if stream.time_base is None:
        raise VideoFileError(f"stream {stream.index} does not say what its times count")
    return stream.time_base


def is_cover(stream: "VideoStream") -> bool:
    """Whether a stream is a still picture for lists of files."""
    return "attached_pic" in str(stream.disposition)


def _kinds(container: "InputContainer") -> str:
    return ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"


def _seconds(container: "InputContainer", stream: "VideoStream") -> float | None:
    if stream.duration:
        return float(stream.duration * tick_of(stream))
    return container.duration / 1e6 if container.duration else None


def _likely(rate: Fraction | None, frames: list[TimedFrame], tick: Fraction) -> Fraction | None:
    """The rate that a file states, unless its first frames show that it means something else."""
    steps = sorted(b.time - a.time for a, b in itertools.pairwise(frames))
    if not steps:
        return rate
    seen = 1 / (steps[len(steps) // 2] * tick)
    return rate if rate and seen / 4 < rate < seen * 4 else seen.limit_denominator(1001)


def _time(frame: "VideoFrame", tick: Fraction) -> int | None:
    if frame.pts is None:
        return None
    return round(frame.pts * (frame.time_base or tick) / tick)


def _matrix(frame: "VideoFrame") -> tuple[int, ...]:
    data = frame.side_data.get("DISPLAYMATRIX")
    return struct.unpack("=9i", bytes(data)) if data is not None else ()


def _chroma(form: "VideoFormat") -> str:
    if form.name.startswith(("gray", "ya", "mono")):
        return "420"
    across, down = (side(64) for side in (form.chroma_width, form.chroma_height))
    return {(64, 64): "444", (32, 64): "422"}.get((across, down), "420")
