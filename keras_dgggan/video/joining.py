"""The pieces of a video and all other streams of its source, joined in one file."""

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
    parts: Parts, source: VideoSource, target: Path, encoding: Encoding, window: Window | None
) -> list[str]:
    """Write the result, whole or not at all.

    Args:
        parts: All pieces.
        source: Where the other streams, chapters and texts come from.
        target: The file to write.
        encoding: How the pieces were encoded.
        window: The part that is kept; None keeps all.

    Returns:
        Sentences on what the container does not hold.

    Raises:
        VideoFileError: The file cannot be written.
        OutputError: The disk is full or read-only.
    """
    av = pyav()
    told: list[str] = []
    muxer = CONTAINERS[encoding.container].muxer
    with source.opened() as container, atomic_path(target) as temporary:
        options = {}
        if muxer in ("mp4", "mov") and not set(container.metadata) <= _MP4_KEYS | _OF_THE_FILE:
            options["movflags"] = "use_metadata_tags"
        output = av.open(str(temporary), "w", format=muxer, container_options=options)
        try:
            _fill(output, container, source, parts, encoding, window, told)
            output.close()
        except av.error.FFmpegError as error:
            if isinstance(error, OSError) and error.errno:
                raise OSError(error.errno, error.strerror, str(temporary)) from error
            raise VideoFileError(
                f"'{target}' cannot be written as {encoding.container}: {error.strerror}"
            ) from error
    return told


def _fill(
    output: Any,
    container: Any,
    source: VideoSource,
    parts: Parts,
    encoding: Encoding,
    window: Window | None,
    told: list[str],
) -> None:
    theirs = main_stream(container, source.path)
    video = encoding.add_to(output)
    _copy_texts(theirs, video, _OF_THE_STREAM)
    streams = _other_streams(output, container, theirs, encoding.container, told)
    for key, value in container.metadata.items():
        if key.lower() not in _OF_THE_FILE:
            output.metadata[key] = value
    chapters = _chapters(container.chapters(), window)
    if chapters:
        output.set_chapters(chapters)
    output.start_encoding()
    others = _other_packets(container, streams, window)
    ahead = next(others, None)
    for packet in _video_packets(parts, encoding, window):
        packet.stream = video
        while ahead is not None and ahead[0] <= packet.dts * encoding.time_base:
            output.mux(ahead[1])
            ahead = next(others, None)
        output.mux(packet)
    while ahead is not None:
        output.mux(ahead[1])
        ahead = next(others, None)


def _other_streams(
    output: Any, container: Any, video: Any, name: str, told: list[str]
) -> dict[int, Any]:
    """The new stream for each of the old ones that the container holds, by the old one's number."""
    streams = {}
    for stream in container.streams:
        if stream.index == video.index:
            continue
        if stream.type == "attachment":
            with_name = stream.metadata.get("filename") or f"attachment-{stream.index}"
            kind = stream.metadata.get("mimetype") or "application/octet-stream"
            try:
                output.add_attachment(with_name, kind, bytes(stream.data))
                continue
            except (ValueError, AttributeError):
                pass
        else:
            try:
                made = output.add_stream_from_template(stream)
            except (ValueError, NotImplementedError, AttributeError, TypeError):
                made = None
            if made is not None:
                made.time_base = stream.time_base
                made.disposition = stream.disposition
                _copy_texts(stream, made, _OF_THE_STREAM)
                streams[stream.index] = made
                continue
        codec = getattr(getattr(stream, "codec_context", None), "name", None) or stream.type
        told.append(
            f"{stream.type} stream {stream.index} ({codec}) is left out: {name} does not hold it"
        )
    return streams


def _copy_texts(stream: Any, made: Any, without: set[str]) -> None:
    for key, value in stream.metadata.items():
        plain = key.lower().split("-")[0]
        if plain not in without and not plain.startswith("_statistics"):
            made.metadata[key] = value


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
        packet.is_keyframe = each.key
        yield packet
