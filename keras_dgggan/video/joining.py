"""The pieces of a video and all other streams of its source, joined in one file."""

import contextlib
import errno
import io
import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO, TYPE_CHECKING

from keras_dgggan.errors import DggganError
from keras_dgggan.files import atomic_path
from keras_dgggan.video.encoder import Encoding
from keras_dgggan.video.formats import CONTAINERS
from keras_dgggan.video.piece_folder import PieceFolder
from keras_dgggan.video.pyav import VideoFileError, pyav
from keras_dgggan.video.source import VideoSource, main_stream, tick_of
from keras_dgggan.video.texts import (
    Window,
    chapters_in,
    copy_container_texts,
    copy_texts,
    has_other_keys,
)

if TYPE_CHECKING:
    from av import Packet
    from av.container import InputContainer, OutputContainer
    from av.stream import Stream

    # Of an old stream and the new one.
    Pairs = list[tuple[Stream, Stream]]

# Ticks a second of an MP4 file's own clock, by which streams start later than others.
_FINEST_CLOCK = 50_000_000


def join(
    pieces: PieceFolder,
    source: VideoSource,
    target: Path,
    encoding: Encoding,
    window: Window | None,
    *,
    strip_metadata: bool = False,
) -> None:
    """Write the result, whole or not at all.

    Args:
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
            _mux(output, container, streams, _video_packets(pieces, encoding, window), window)
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


def _opened(container: "InputContainer", file: str | IO[bytes], muxer: str) -> "OutputContainer":
    options = _mp4_options(container) if muxer in ("mp4", "mov") else {}
    return pyav().open(file, "w", format=muxer, container_options=options)


def _headed(
    output: "OutputContainer",
    container: "InputContainer",
    source: VideoSource,
    encoding: Encoding,
    window: Window | None,
    strip_metadata: bool,
) -> tuple["Pairs", list[str]]:
    """Write the head of a file; give pairs of old and new streams, and what is left out."""
    told: list[str] = []
    streams = _streams(output, container, source, encoding, told)
    if not strip_metadata:
        copy_container_texts(container, output)
    for stream, made in streams:
        copy_texts(stream, made, languages_alone=strip_metadata)
    if chapters := chapters_in(container.chapters(), window):
        output.set_chapters(chapters)
    output.start_encoding()
    return streams, told


def _mp4_options(container: "InputContainer") -> dict[str, str]:
    """Room for texts of other names, and a clock that counts what all streams count."""
    options = {}
    if has_other_keys(container):
        options["movflags"] = "use_metadata_tags"
    ticks = math.lcm(*(s.time_base.denominator for s in container.streams if s.time_base), 1000)
    if ticks <= _FINEST_CLOCK:
        options["movie_timescale"] = str(ticks)
    return options


def _streams(
    output: "OutputContainer",
    container: "InputContainer",
    source: VideoSource,
    encoding: Encoding,
    told: list[str],
) -> "Pairs":
    """Pairs of an old stream and the new one, the pictures' first; attachments are copied."""
    theirs = main_stream(container, source.path)
    pairs: Pairs = [(theirs, encoding.add_to(output))]
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


def _added(output: "OutputContainer", stream: "Stream") -> "Stream | None":
    """The new stream for an old one; None for an attachment, which has no packets."""
    if stream.type != "attachment":
        return output.add_stream_from_template(stream)
    texts = stream.metadata
    kind = texts.get("mimetype") or "application/octet-stream"
    name = texts.get("filename") or f"attachment-{stream.index}"
    output.add_attachment(name, kind, bytes(getattr(stream, "data", b"")))
    return None


def _is_held(stream: "Stream", muxer: str) -> bool:
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


def _mux(
    output: "OutputContainer",
    container: "InputContainer",
    streams: "Pairs",
    video: Iterator["Packet"],
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


def _other_packets(
    container: "InputContainer", streams: dict[int, "Stream"], window: Window | None
) -> Iterator[tuple[Fraction, "Packet"]]:
    """All packets but those of the video, each with its time, in the order of the file."""
    wanted = [stream for stream in container.streams if stream.index in streams]
    if not wanted:
        return
    before = Fraction(0)
    for packet in container.demux(wanted):
        # What a decoder is flushed with; a packet without dts is one like others.
        if packet.size == 0 and packet.pts is None and packet.dts is None:
            continue
        tick = packet.time_base or tick_of(packet.stream)
        stamp = packet.dts if packet.dts is not None else packet.pts
        if packet.dts is None:
            packet.dts = packet.pts
        if stamp is not None:
            before = stamp * tick
        if window is not None and stamp is not None:
            if before < window.start or (window.end is not None and before >= window.end):
                continue
            shift = round(window.shift / tick)
            packet.dts = stamp - shift
            packet.pts = None if packet.pts is None else packet.pts - shift
            before -= window.shift
        packet.stream = streams[packet.stream.index]
        yield before, packet


def _video_packets(
    pieces: PieceFolder, encoding: Encoding, window: Window | None
) -> Iterator["Packet"]:
    """The encoded frames with times for showing and for decoding.

    A packet is decoded when the frame is shown that comes as many frames before it as the order is
    ever changed by.
    """
    av = pyav()
    coded = [time for piece in pieces.done for time, _, _ in piece.packets]
    shown = sorted(coded)
    if len(set(shown)) != len(shown):
        raise DggganError("two frames of the result have one time: this is a fault of ours")
    place = {time: number for number, time in enumerate(shown)}
    delay = max((number - place[time] for number, time in enumerate(coded)), default=0)
    step = shown[1] - shown[0] if len(shown) > 1 else 1
    end = max(pieces.done[-1].end, shown[-1] + 1)
    shift = 0 if window is None else round(window.shift / encoding.time_base)
    for number, each in enumerate(pieces.packets()):
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
