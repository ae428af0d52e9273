"""Texts, chapters and the part that is kept: what a video says of itself, carried to another."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import Container, InputContainer, OutputContainer
    from av.container.core import Chapter
    from av.stream import Stream

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


def copy_container_texts(container: "InputContainer", output: "OutputContainer") -> None:
    """Copy a file's texts, but for those on the file itself."""
    for key, value in container.metadata.items():
        if key.lower() not in _OF_THE_FILE:
            output.metadata[key] = value


def copy_texts(stream: "Stream", made: "Stream", *, languages_alone: bool) -> None:
    """Copy a stream's texts, but for those on its encoding."""
    for key, value in stream.metadata.items():
        plain = key.lower().split("-")[0]
        if plain in _OF_THE_STREAM or plain.startswith("_statistics"):
            continue
        if plain == "language" or not languages_alone:
            made.metadata[key] = value


def chapters_in(chapters: list["Chapter"], window: Window | None) -> list["Chapter"]:
    """The chapters of the part that is kept, by its clock."""
    if window is None:
        return chapters
    kept: list[Chapter] = []
    for chapter in chapters:
        tick = chapter["time_base"] or Fraction(1)
        begin, end = (round(edge / tick) for edge in (window.start, window.end or 2**31))
        if chapter["end"] > begin and chapter["start"] < end:
            shift = round(window.shift / tick)
            first, last = max(chapter["start"], begin), min(chapter["end"], end)
            kept.append({**chapter, "start": first - shift, "end": last - shift})
    return kept


def has_other_keys(container: "Container") -> bool:
    """Whether a file has texts for which MP4 has no field of its own."""
    return not set(container.metadata) <= _MP4_KEYS | _OF_THE_FILE
