"""The pieces of a video and all other streams of its source, joined in one file."""

import contextlib
import errno
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from keras_dgggan.errors import DggganError
from keras_dgggan.files import atomic_path
from keras_dgggan.video.encoder import Encoding
from keras_dgggan.video.formats import CONTAINERS
from keras_dgggan.video.pyav import VideoFileError, pyav
from keras_dgggan.video.segments import Parts
from keras_dgggan.video.source import VideoSource, main_stream

# What the old file's muxer said of the old file.
_OF_THE_FILE = {"major_brand", "minor_version", "compatible_brands", "encoder"}
_OF_THE_STREAM = {"encoder", "duration", "bps", "number_of_frames", "number_of_bytes"}

# Keys for which MP4 has fields of its own; others need another kind of list.
_MP4_KEYS = {
    *("title", "artist", "author", "album_artist", "composer", "album", "date", "year"),
    *("comment", "genre", "copyright", "grouping", "lyrics", "description", "synopsis"),
    *("show", "episode_id", "network", "keywords", "track", "disc", "creation_time", "location"),
    *("episode_sort", "season_number", "media_type", "hd_video", "gapless_playback", "timecode"),
}


# Ticks a second of an MP4 file's own clock, by which streams start later than others.
_FINEST_CLOCK = 50_000_000


@dataclass(frozen=True)
class Window:
    """The part of a video that is kept, in seconds of its own clock.

    Attributes:
        start: The first frame's time.
        end: When the part ends; None keeps all.
        shift: What is taken off every time.
    """

    start: Fraction
    end: Fraction | None
    shift: Fraction


def join(
    parts: Parts,
    source: VideoSource,
    target: Path,
    encoding: Encoding,
    window: Window | None,
    *,
    strip_metadata: bool = False,
) -> None:
    """Write the result, whole or not at all.

    Args:
        parts: All pieces.
        source: Where the other streams, chapters and texts come from.
        target: The file to write.
        encoding: How the pieces were encoded.
        window: The part that is kept; None keeps all.
        strip_metadata: Leave out the source's texts, but for languages and chapters.

    Raises:
        VideoFileError: The file cannot be written.
        OutputError: The disk is full or read-only.
    """
    muxer = CONTAINERS[encoding.container].muxer
    with source.opened() as container, atomic_path(target) as temporary:
        output = _opened(container, str(temporary), muxer)
        with _naming(target, encoding, temporary):
            streams, _ = _headed(output, container, source, encoding, window, strip_metadata)
            _mux(output, container, streams, _video_packets(parts, encoding, window), window)
            output.close()


def rehearse(source: VideoSource, target: Path, encoding: Encoding) -> list[str]:
    """Try what `join` begins with, so that hours of work do not end there.

    Returns:
        Sentences on what the container does not hold.

    Raises:
        VideoFileError: The file cannot be written.
    """
    muxer = CONTAINERS[encoding.container].muxer
    with source.opened() as container, _naming(target, encoding, target):
        output = _opened(container, io.BytesIO(), muxer)
        return _headed(output, container, source, encoding, None, False)[1]


@contextlib.contextmanager
def _naming(target: Path, encoding: Encoding, temporary: Path) -> Iterator[None]:
    try:
        yield
    except pyav().error.FFmpegError as error:
        if error.errno and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO):
            raise OSError(error.errno, error.strerror, str(temporary)) from error
        raise VideoFileError(
            f"'{target}' cannot be written as {encoding.container}: {error.strerror}"
        ) from error


def _opened(container: Any, file: Any, muxer: str) -> Any:
    options = _mp4_options(container) if muxer in ("mp4", "mov") else {}
    return pyav().open(file, "w", format=muxer, container_options=options)


def _headed(
    output: Any,
    container: Any,
    source: VideoSource,
    encoding: Encoding,
    window: Window | None,
    strip_metadata: bool,
) -> tuple[list[tuple[Any, Any]], list[str]]:
    """Write the head of a file; give pairs of old and new streams, and what is left out."""
    told: list[str] = []
    streams = _streams(output, container, source, encoding, told)
    if not strip_metadata:
        _copy_container_texts(container, output)
    for stream, made in streams:
        _copy_texts(stream, made, languages_alone=strip_metadata)
    if chapters := _chapters(container.chapters(), window):
        output.set_chapters(chapters)
    output.start_encoding()
    return streams, told


def _mp4_options(container: Any) -> dict[str, str]:
    """Room for texts of other names, and a clock that counts what all streams count."""
    options = {}
    if not set(container.metadata) <= _MP4_KEYS | _OF_THE_FILE:
        options["movflags"] = "use_metadata_tags"
    ticks = math.lcm(*(s.time_base.denominator for s in container.streams if s.time_base), 1000)
    if ticks <= _FINEST_CLOCK:
        options["movie_timescale"] = str(ticks)
    return options


def _streams(
    output: Any, container: Any, source: VideoSource, encoding: Encoding, told: list[str]
) -> list[tuple[Any, Any]]:
    """Pairs of an old stream and the new one, the pictures' first; attachments are copied."""
    theirs = main_stream(container, source.path)
    pairs = [(theirs, encoding.add_to(output))]
    for stream in container.streams:
        if stream.index == theirs.index:
            continue
        if not _is_held(stream, CONTAINERS[encoding.container].muxer):
            if stream.type == "data" and container.chapters():
                # MP4's own list of them, which is written anew.
                continue
            codec = getattr(getattr(stream, "codec_context", None), "name", None) or "unknown"
            told.append(
                f"{stream.type} stream {stream.index} ({codec}) is left out: "
                f"{encoding.container} does not hold it"
            )
            continue
        made = _added(output, stream)
        if made is not None:
            made.time_base = stream.time_base
            made.disposition = stream.disposition
            pairs.append((stream, made))
    return pairs


def _added(output: Any, stream: Any) -> Any:
    """The new stream for an old one; None for an attachment, which has no packets."""
    if stream.type != "attachment":
        return output.add_stream_from_template(stream)
    texts = stream.metadata
    kind = texts.get("mimetype") or "application/octet-stream"
    name = texts.get("filename") or f"attachment-{stream.index}"
    output.add_attachment(name, kind, bytes(stream.data))
    return None


def _is_held(stream: Any, muxer: str) -> bool:
    """Whether a container holds a stream: some refuse it when their head is written alone."""
    av = pyav()
    try:
        output = av.open(io.BytesIO(), "w", format=muxer)
        if _added(output, stream) is None:
            return muxer == "matroska"
        output.start_encoding()
    except (av.error.FFmpegError, ValueError, NotImplementedError, AttributeError, TypeError):
        return False
    return True


def _copy_container_texts(container: Any, output: Any) -> None:
    for key, value in container.metadata.items():
        if key.lower() not in _OF_THE_FILE:
            output.metadata[key] = value


def _copy_texts(stream: Any, made: Any, *, languages_alone: bool) -> None:
    for key, value in stream.metadata.items():
        plain = key.lower().split("-")[0]
        if plain in _OF_THE_STREAM or plain.startswith("_statistics"):
            continue
        if plain == "language" or not languages_alone:
            made.metadata[key] = value


def _mux(
    output: Any,
    container: Any,
    streams: list[tuple[Any, Any]],
    video: Iterator[Any],
    window: Window | None,
) -> None:
    """Write all packets in the order of their times."""
    (_, pictures), *rest = streams
    others = _other_packets(container, {old.index: new for old, new in rest}, window)
    ahead = next(others, None)
    for packet in video:
        packet.stream = pictures
        while ahead is not None and ahead[0] <= packet.dts * packet.time_base:
            output.mux(ahead[1])
            ahead = next(others, None)
        output.mux(packet)
    while ahead is not None:
        output.mux(ahead[1])
        ahead = next(others, None)


def _chapters(chapters: list[Any], window: Window | None) -> list[Any]:
    if window is None:
        return chapters
    kept = []
    for chapter in chapters:
        tick = chapter["time_base"]
        begin, end = (round(edge / tick) for edge in (window.start, window.end or 2**31))
        if chapter["end"] > begin and chapter["start"] < end:
            shift = round(window.shift / tick)
            first, last = max(chapter["start"], begin), min(chapter["end"], end)
            kept.append({**chapter, "start": first - shift, "end": last - shift})
    return kept


def _other_packets(
    container: Any, streams: dict[int, Any], window: Window | None
) -> Iterator[tuple[Fraction, Any]]:
    """All packets but those of the video, each with its time, in the order of the file."""
    wanted = [stream for stream in container.streams if stream.index in streams]
    if not wanted:
        return
    before = Fraction(0)
    for packet in container.demux(wanted):
        # What a decoder is flushed with; a packet without dts is one like others.
        if packet.size == 0 and packet.pts is None and packet.dts is None:
            continue
        tick = packet.time_base or packet.stream.time_base
        stamp = packet.dts if packet.dts is not None else packet.pts
        if packet.dts is None:
            packet.dts = packet.pts
        if stamp is not None:
            before = stamp * tick
        if window is not None and stamp is not None:
            if before < window.start or (window.end is not None and before >= window.end):
                continue
            shift = round(window.shift / tick)
            packet.dts -= shift
            packet.pts = None if packet.pts is None else packet.pts - shift
            before -= window.shift
        packet.stream = streams[packet.stream.index]
        yield before, packet


def _video_packets(parts: Parts, encoding: Encoding, window: Window | None) -> Iterator[Any]:
    """The encoded frames with times for showing and for decoding.

    A packet is decoded when the frame is shown that comes as many frames before it as the order is
    ever changed by.
    """
    av = pyav()
    coded = [time for segment in parts.segments for time, _, _ in segment.packets]
    shown = sorted(coded)
    if len(set(shown)) != len(shown):
        raise DggganError("two frames of the result have one time: this is a fault of ours")
    place = {time: number for number, time in enumerate(shown)}
    delay = max((number - place[time] for number, time in enumerate(coded)), default=0)
    step = shown[1] - shown[0] if len(shown) > 1 else 1
    end = max(parts.segments[-1].end, shown[-1] + 1)
    shift = 0 if window is None else round(window.shift / encoding.time_base)
    for number, each in enumerate(parts.packets()):
        packet = av.Packet(each.data)
        packet.time_base = encoding.time_base
        here = place[each.time]
        packet.pts = each.time - shift
        before = number - delay
        packet.dts = (shown[before] if before >= 0 else shown[0] + before * step) - shift
        packet.duration = (shown[here + 1] if here + 1 < len(shown) else end) - each.time
        if number + 1 == len(coded) != here + 1:
            # MP4 adds up durations in decoding order: the sum ends where the last frame does.
            decoded = packet.dts + shift - shown[0] + delay * step
            packet.duration = max(packet.duration, end - shown[0] - decoded)
        packet.is_keyframe = each.key
        yield packet
