"""Video containers and codecs: what is written, by which encoder, with which defaults."""

from dataclasses import dataclass, field
from pathlib import Path

from keras_dgggan.errors import UsageError


@dataclass(frozen=True)
class Container:
    """A file format for video.

    Attributes:
        muxer: FFmpeg's name of it.
        suffixes: File name endings, the usual one first.
        codecs: Names in `CODECS` that it holds, the default first.
        turns: It tells players how to turn the picture; otherwise the frames are turned.
    """

    muxer: str
    suffixes: tuple[str, ...]
    codecs: tuple[str, ...]
    turns: bool = True


@dataclass(frozen=True)
class Codec:
    """An encoder and its scale of quality.

    Attributes:
        encoder: FFmpeg's name of it.
        crf: The default constant rate factor; None where quality is not chosen by one.
        largest_crf: The worst quality.
        bits_per_pixel: A guess at the size at the default quality, for the room on the disk.
        fixed: Options of the encoder that are always given.
        speeds: The encoder's own number or name for each of `SPEEDS`, and the option's name.
    """

    encoder: str
    crf: int | None
    largest_crf: int
    bits_per_pixel: float
    speed_option: str | None = None
    speeds: tuple[str, ...] = ()
    fixed: dict[str, str] = field(default_factory=dict)


SPEEDS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
)

CODECS = {
    # With its macroblock tree x264 gives other bytes for the same frames in a run of some twenty: a
    # run that goes on would not give what an undisturbed one gives.
    "h264": Codec("libx264", 18, 51, 0.08, "preset", SPEEDS, {"mbtree": "0"}),
    "hevc": Codec("libx265", 20, 51, 0.05, "preset", SPEEDS, {"x265-params": "log-level=error"}),
    "av1": Codec(
        "libsvtav1", 26, 63, 0.05, "preset", ("12", "11", "10", "9", "8", "7", "5", "4", "2")
    ),
    "vp9": Codec(
        *("libvpx-vp9", 24, 63, 0.06, "cpu-used", ("8", "7", "6", "5", "4", "3", "2", "1", "0")),
        {"b": "0", "deadline": "good", "row-mt": "1"},
    ),
    "ffv1": Codec("ffv1", None, 0, 8.0, fixed={"level": "3"}),
    "prores": Codec("prores_ks", None, 0, 5.0, fixed={"vendor": "apl0"}),
}

CONTAINERS = {
    "mp4": Container("mp4", (".mp4", ".m4v"), ("h264", "hevc", "av1", "vp9")),
    "mkv": Container("matroska", (".mkv",), ("h264", "hevc", "av1", "vp9", "ffv1", "prores")),
    "mov": Container("mov", (".mov",), ("h264", "hevc", "prores")),
    "webm": Container("webm", (".webm",), ("vp9", "av1"), turns=False),
}

# Files that are only read: what is made of them is Matroska.
_READ_ONLY = frozenset(
    (".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".wmv", ".flv", ".ogv", ".3gp", ".vob")
)

VIDEO_SUFFIXES = _READ_ONLY.union(*(entry.suffixes for entry in CONTAINERS.values()))


def is_video(path: Path | None) -> bool:
    """Whether a file's name is that of a video.

    Examples:
        >>> is_video(Path("clip.MP4")), is_video(Path("clip.gif"))
        (True, False)
    """
    return path is not None and path.suffix.lower() in VIDEO_SUFFIXES


def container_of_suffix(suffix: str) -> str | None:
    """The name in `CONTAINERS` for a file name's ending; None for one that is not written.

    Examples:
        >>> container_of_suffix(".MKV"), container_of_suffix(".avi")
        ('mkv', None)
    """
    suffix = suffix.lower()
    return next((name for name, entry in CONTAINERS.items() if suffix in entry.suffixes), None)


def codec_for(container: str, codec: str | None) -> str:
    """The codec that was chosen, or the container's default.

    Raises:
        UsageError: The container does not hold it.

    Examples:
        >>> codec_for("webm", None)
        'vp9'
    """
    held = CONTAINERS[container].codecs
    if codec is not None and codec not in held:
        raise UsageError(
            f"{container} does not hold {codec} here: choose {' or '.join(held)}, "
            f"or another container ({', '.join(CONTAINERS)})"
        )
    return codec or held[0]
