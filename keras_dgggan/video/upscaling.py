"""From a video file to a larger one: decode, upscale, encode, frame by frame."""

import functools
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

from keras_dgggan._types import JsonObject
from keras_dgggan._version import __version__
from keras_dgggan.errors import OutputError, UsageError
from keras_dgggan.images.channels import output_size
from keras_dgggan.images.file_upscaling import check_other_file
from keras_dgggan.video.encoder import Encoding, encoding_for
from keras_dgggan.video.formats import CODECS, container_of_suffix
from keras_dgggan.video.joining import join, rehearse
from keras_dgggan.video.options import VideoOptions
from keras_dgggan.video.piece_folder import PieceFolder
from keras_dgggan.video.pieces import Counter, UpscalesFrames, VideoProgress, encode_pieces
from keras_dgggan.video.pyav import VideoFileError, pyav
from keras_dgggan.video.source import TimedFrame, VideoInfo, VideoSource
from keras_dgggan.video.texts import Window


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
) -> JsonObject:
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
    settings: dict[str, object] = {
        "source": f"{video.path.resolve()} ({status.st_size} bytes, {status.st_mtime_ns})",
        "model": model or repr(upscaler),
        "start": options.start,
        "duration": options.duration,
        **{key: str(value) for key, value in asdict(encoding).items()},
        "version": f"{__version__}, PyAV {pyav().__version__}",
    }
    pieces = PieceFolder(target.with_name(f"{target.name}.parts"), settings, anew=overwrite)
    progress = Counter(pieces, total, report)
    kept = _kept(video, options)
    encode_pieces(kept, info, upscaler, encoding, pieces, progress)
    if not pieces.done:
        pieces.remove()
        raise UsageError(f"'{video.path}' has no frame from {options.start} s on")
    late = []
    if video.damaged:
        late.append(f"{video.damaged} damaged packets of '{video.path}' were left out")
    if options.start == 0 and options.duration is None and info.frames:
        missing = info.frames - pieces.frames
        if missing > 0 and _counts_frames(video):
            late.append(f"'{video.path}' is cut short: {missing} of {info.frames} frames lack")
    _tell(tell, late)
    notes += late
    join(
        pieces,
        video,
        target,
        encoding,
        _window(pieces, info, options),
        strip_metadata=options.strip_metadata,
    )
    frames = pieces.frames
    pieces.remove()
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


def _window(pieces: PieceFolder, info: VideoInfo, options: VideoOptions) -> Window | None:
    if options.start == 0 and options.duration is None:
        return None
    first = min(each[0] for each in pieces.done[0].packets)
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
