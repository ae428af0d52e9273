"""The output format of a job: by its input, its output's name and `--format`."""

from pathlib import Path

from keras_dgggan.errors import UsageError
from keras_dgggan.images.formats import (
    ANIMATED,
    FORMATS,
    format_named,
    format_of_suffix,
    output_name,
    suffix_of,
)
from keras_dgggan.video.formats import CONTAINERS, container_of_suffix, is_video

# What videos become whose own container is only read.
_VIDEO_FALLBACK = "mkv"


def named_format(name: str) -> str:
    """A format for pictures, animations or videos by the name that a user gives it.

    Raises:
        UsageError: There is none.

    Examples:
        >>> named_format("JPEG"), named_format("mkv")
        ('jpg', 'mkv')
    """
    container = container_of_suffix(f".{name}")
    if container is not None:
        return container
    try:
        return format_named(name, animated=True)
    except UsageError as error:
        raise UsageError(f"{error}; for videos {', '.join(CONTAINERS)}") from None


def name_and_format(
    source: Path, suffix: str, format: str | None, first_frame: bool
) -> tuple[str, str]:
    """The file name of an output that has none of its own, and its format.

    Args:
        source: The input; of a GIF file the header is read.
        suffix: Added to the name before its ending.
        format: What `--format` names; None keeps the input's where it is written.
        first_frame: Animations are taken for single pictures.

    Raises:
        UsageError: A format for pictures and a video, or the other way round.

    Examples:
        >>> name_and_format(Path("a/b.avi"), "_sr", None, False)
        ('b_sr.mkv', 'mkv')
    """
    if format is not None:
        _check_kind(source, format)
    theirs = _format_of_source(source, first_frame)
    if not is_video(source):
        return output_name(source.name, suffix, format, theirs)
    chosen = format or theirs or _VIDEO_FALLBACK
    ending = source.suffix if chosen == theirs else CONTAINERS[chosen].suffixes[0]
    return source.stem + suffix + ending, chosen


def format_of_target(source: Path | None, target: Path, format: str | None) -> str:
    """The format of an output that has a name.

    Args:
        source: The input; None is standard input.
        target: The output.
        format: What `--format` names.

    Raises:
        UsageError: The name says none, another than `--format`, or one that is not for the input.
    """
    named = container_of_suffix(target.suffix) or format_of_suffix(target.suffix, animated=True)
    if named is None:
        if format is None:
            endings = [suffix_of(name) for name in (*FORMATS, "gif")]
            if is_video(source):
                endings = [entry.suffixes[0] for entry in CONTAINERS.values()]
            raise UsageError(
                f"'{target}' names no format that can be written: end it in one of "
                f"{', '.join(endings)}, or give --format"
            )
        named = format
    if format is not None and named != format:
        raise UsageError(f"--format {format} contradicts the name of the output '{target}'")
    _check_kind(source, named)
    return named


def _check_kind(source: Path | None, format: str) -> None:
    if is_video(source) != (format in CONTAINERS):
        name = "standard input" if source is None else f"'{source}'"
        kind = "a video" if is_video(source) else "no video"
        known = CONTAINERS if is_video(source) else [*FORMATS, "gif"]
        raise UsageError(
            f"{name} is {kind} by its name, and cannot become {format}: "
            f"choose one of {', '.join(known)}"
        )


def _format_of_source(source: Path, first_frame: bool) -> str | None:
    if is_video(source):
        return container_of_suffix(source.suffix)
    named = format_of_suffix(source.suffix, animated=not first_frame)
    if named not in ANIMATED or named in FORMATS:
        return named
    from keras_dgggan.images.animation import is_animation

    return named if is_animation(source) else None
