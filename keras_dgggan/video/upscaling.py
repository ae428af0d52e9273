"""From a video file to a larger one: decode, upscale, encode, frame by frame."""

import functools
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from keras_dgggan._version import __version__
from keras_dgggan.errors import OutputError, UsageError
from keras_dgggan.images.channels import output_size
from keras_dgggan.images.file_upscaling import check_other_file
from keras_dgggan.images.resize import imresize
from keras_dgggan.video.colour import FromRgb, ToRgb
from keras_dgggan.video.encoder import Encoding, encoding_for
from keras_dgggan.video.formats import CODECS, container_of_suffix
from keras_dgggan.video.joining import Window, join, rehearse
from keras_dgggan.video.options import VideoOptions
from keras_dgggan.video.pyav import VideoFileError, pyav
from keras_dgggan.video.segments import Packet, Parts
from keras_dgggan.video.source import TimedFrame, VideoInfo, VideoSource

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


def upscale_video(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    upscaler: UpscalesFrames,
    *,
    options: VideoOptions | None = None,
    model: str = "",
    overwrite: bool = False,
    report: Callable[[VideoProgress], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Upscale a video into another, with its sound, texts, times and colours.

    Frames pass one by one. They are encoded in pieces, which are kept beside the output until all
    are there: a run that was killed goes on behind the last whole piece when it is called again in
    the same way, and its result is that of a run that was not.

    Args:
        source: The video to read.
        target: The file to write; its ending names the container (see `CONTAINERS`).
        upscaler: Makes frames larger.
        options: How it is encoded, and which part.
        model: Words for the model: pieces of another one are not gone on from.
        overwrite: Begin anew where pieces of another run are in the way.
        report: Called after every frame.
        tell: Called with a sentence for each thing that is changed or left out, once it is known:
            before the first frame for nearly all of them.

    Returns:
        `width`, `height` and `frames` of the result, and `notes`: the sentences.

    Raises:
        UsageError: The options do not fit, or another run's pieces are there.
        VideoFileError: The video cannot be read, or is interlaced or HDR and that is not allowed.
        DggganError: PyAV is not installed.
        OutputError: The result cannot be written, or will not fit the disk.

    Examples:
        >>> from keras_dgggan.video import upscale_video
        >>> upscaler = Upscaler("dgggan_x4_light")
        >>> upscale_video("clip.mp4", "large.mp4", upscaler)  # doctest: +SKIP
        {'width': 2560, 'height': 1920, 'frames': 250, 'notes': []}
    """
    options = options or VideoOptions()
    target = Path(target)
    container = container_of_suffix(target.suffix)
    if container is None:
        raise UsageError(f"'{target}' names no container that is written: end it in .mp4 or .mkv")
    check_other_file(os.fspath(source), target)
    video = VideoSource(source)
    info = video.info
    _refuse(video, options)
    height, width = output_size(info.height, info.width, upscaler.scale)
    encoding, notes = encoding_for(info, container, (width, height), options)
    notes += rehearse(video, target, encoding)
    _tell(tell, notes)
    total = _expected(info, options)
    _check_room(target, encoding, total, options)
    status = video.path.stat()
    settings = {
        "source": f"{video.path.resolve()} ({status.st_size} bytes, {status.st_mtime_ns})",
        "model": model or repr(upscaler),
        "start": options.start,
        "duration": options.duration,
        **{key: str(value) for key, value in asdict(encoding).items()},
        "version": f"{__version__}, PyAV {pyav().__version__}",
    }
    parts = Parts(target.with_name(f"{target.name}.parts"), settings, anew=overwrite)
    progress = _Progress(parts, total, report)
    kept = _kept(video, options)
    _encode(kept, video, upscaler, encoding, parts, progress)
    if not parts.segments:
        parts.remove()
        raise UsageError(f"'{video.path}' has no frame from {options.start} s on")
    late = []
    if video.damaged:
        late.append(f"{video.damaged} damaged packets of '{video.path}' were left out")
    if options.start == 0 and options.duration is None and info.frames:
        missing = info.frames - parts.frames
        if missing > 0 and _counts_frames(video):
            late.append(f"'{video.path}' is cut short: {missing} of {info.frames} frames lack")
    _tell(tell, late)
    notes += late
    join(
        parts,
        video,
        target,
        encoding,
        _window(parts, info, options),
        strip_metadata=options.strip_metadata,
    )
    frames = parts.frames
    parts.remove()
    return {"width": encoding.width, "height": encoding.height, "frames": frames, "notes": notes}


def _tell(tell: Callable[[str], None] | None, notes: list[str]) -> None:
    if tell is not None:
        for note in notes:
            tell(note)


def _refuse(video: VideoSource, options: VideoOptions) -> None:
    info = video.info
    if info.interlaced and "interlaced" not in options.allow:
        raise VideoFileError(
            f"'{video.path}' is interlaced, and enlarging would make its combs larger: "
            "deinterlace it first, or pass --allow interlaced"
        )
    if info.colour.hdr and "hdr" not in options.allow:
        raise VideoFileError(
            f"'{video.path}' is HDR ({info.colour.hdr}), and the models were trained on standard "
            "pictures: convert it to SDR first, or pass --allow hdr"
        )


def _expected(info: VideoInfo, options: VideoOptions) -> int | None:
    if options.start == 0 and options.duration is None:
        return info.frames
    rate = info.rate
    if rate is None or info.seconds is None:
        return None
    seconds = max(0.0, info.seconds - options.start)
    if options.duration is not None:
        seconds = min(seconds, options.duration)
    return max(1, round(float(rate) * seconds))


def _check_room(
    target: Path, encoding: Encoding, frames: int | None, options: VideoOptions
) -> None:
    """Compare a guess at the result's size, pieces included, with the room on the disk."""
    if frames is None or "little-room" in options.allow:
        return
    pixels = encoding.width * encoding.height * frames
    need = round(2 * pixels * CODECS[encoding.codec].bits_per_pixel / 8)
    folder = target.absolute().parent
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if need > free:
        raise OutputError(
            f"'{target}' will take some {need / 1e9:.1f} GB with its pieces, and '{folder}' has "
            f"{free / 1e9:.1f} GB left: make room, name another folder, or pass "
            "--allow little-room"
        )


def _kept(video: VideoSource, options: VideoOptions) -> Iterator[TimedFrame]:
    """The frames from `start` on, for `duration`."""
    tick, first = video.info.time_base, video.info.first
    begin = first + Fraction(str(options.start)) / tick
    end = None if options.duration is None else begin + Fraction(str(options.duration)) / tick
    for frame in video.frames():
        if end is not None and frame.time >= end:
            return
        if frame.time >= begin:
            yield frame


def _pieces(frames: Iterable[TimedFrame]) -> Iterator[tuple[bool, TimedFrame]]:
    """Frames with whether a new piece begins at each."""
    length = 0
    for frame in frames:
        new = length == 0 or length >= _MOST or (frame.key and length >= _FEWEST)
        length = 1 if new else length + 1
        yield new, frame


def _encode(
    frames: Iterable[TimedFrame],
    video: VideoSource,
    upscaler: UpscalesFrames,
    encoding: Encoding,
    parts: Parts,
    progress: "_Progress",
) -> None:
    """Upscale and encode all frames behind those that are in `parts`."""
    done = parts.frames
    info = video.info
    to_rgb = ToRgb(info.colour, deep=info.bits > 8)
    from_rgb = FromRgb(encoding.colour, encoding.pixel_format)
    pending: list[tuple[bool, TimedFrame]] = []

    def decoded() -> Iterator[npt.NDArray]:
        for number, (new, frame) in enumerate(_pieces(frames)):
            if number >= done:
                pending.append((new, frame))
                yield to_rgb(frame.frame)

    piece: _Piece | None = None
    for larger in upscaler.upscale_frames(decoded()):
        new, frame = pending.pop(0)
        if new or piece is None:
            if piece is not None:
                parts.add(*piece.finished())
            piece = _Piece(encoding)
        piece.add(from_rgb(_fitted(larger, encoding)), frame)
        progress.add()
    if piece is not None:
        parts.add(*piece.finished())


class _Piece:
    """The encoder of one piece."""

    def __init__(self, encoding: Encoding) -> None:
        # A container that leads nowhere: packets are kept as they leave the encoder.
        self._container = pyav().open(os.devnull, "w", format="null")
        self._stream = encoding.add_to(self._container)
        self._tick, self._codec = encoding.time_base, encoding.codec
        self._packets: list[Packet] = []
        self._end = 0

    def add(self, encoded: Any, frame: TimedFrame) -> None:
        encoded.pts, encoded.time_base = frame.time, self._tick
        self._end = frame.time + frame.duration
        self._keep(encoded)

    def finished(self) -> tuple[list[Packet], int]:
        self._keep(None)
        self._container.close()
        return self._packets, self._end

    def _keep(self, encoded: Any) -> None:
        """Give the encoder a frame, or None at the end, and take what it has ready."""
        try:
            packets = self._stream.encode(encoded)
        except pyav().error.FFmpegError as error:
            raise VideoFileError(
                f"the encoder of {self._codec} does not take the frames: {error.strerror}"
            ) from error
        for packet in packets:
            stamp = round(packet.pts * (packet.time_base or self._tick) / self._tick)
            self._packets.append(Packet(stamp, bool(packet.is_keyframe), bytes(packet)))


class _Progress:
    def __init__(
        self, parts: Parts, total: int | None, report: Callable[[VideoProgress], None] | None
    ) -> None:
        self._parts, self._total, self._report = parts, total, report
        self._before, self._frames, self._start = parts.frames, 0, time.monotonic()

    def add(self) -> None:
        self._frames += 1
        if self._report is not None:
            seconds = time.monotonic() - self._start
            rate = self._frames / seconds if seconds > 0 else 0.0
            done = self._before + self._frames
            self._report(VideoProgress(done, self._total, rate, self._parts.size))


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


def _window(parts: Parts, info: VideoInfo, options: VideoOptions) -> Window | None:
    if options.start == 0 and options.duration is None:
        return None
    first = min(each[0] for each in parts.segments[0].packets)
    start = first * info.time_base
    end = None
    if options.duration is not None:
        begin = info.first * info.time_base + Fraction(str(options.start))
        end = begin + Fraction(str(options.duration))
    return Window(start, end, (first - info.first) * info.time_base)


@functools.lru_cache(maxsize=4)
def _counts_frames(video: VideoSource) -> bool:
    """Whether the file says how many frames it has, rather than how long it is."""
    with video.opened() as container:
        return any(stream.frames for stream in container.streams.video)
