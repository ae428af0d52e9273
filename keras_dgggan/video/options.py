"""`VideoOptions`: what a user chooses about a video."""

from collections.abc import Collection
from dataclasses import dataclass

from keras_dgggan.errors import UsageError, did_you_mean
from keras_dgggan.video.formats import CODECS, SPEEDS

# What is refused unless it is asked for.
ALLOWED = ("interlaced", "hdr", "little-room")


@dataclass(frozen=True)
class VideoOptions:
    """How a video is encoded, and which part of it.

    Attributes:
        codec: A name in `CODECS`; None takes the container's default.
        crf: The quality, lower is better; None takes the codec's default.
        speed: A name in `SPEEDS`: slower ones give smaller files.
        start: Seconds after the first frame.
        duration: Seconds from there; None goes to the end.
        strip_metadata: Leave out what the file's texts say, but for languages and chapters.
        allow: What is done all the same: "interlaced", "hdr", "little-room".

    Raises:
        UsageError: A value is none of the above.

    Examples:
        >>> VideoOptions(crf=20).speed
        'medium'
    """

    codec: str | None = None
    crf: int | None = None
    speed: str = "medium"
    start: float = 0.0
    duration: float | None = None
    strip_metadata: bool = False
    allow: Collection[str] = ()

    def __post_init__(self) -> None:
        for value, known, kind in [
            *((self.codec, CODECS, "codec") for _ in [0] if self.codec is not None),
            (self.speed, SPEEDS, "speed"),
            *((name, ALLOWED, "refusal") for name in self.allow),
        ]:
            if value not in known:
                raise UsageError(
                    f"unknown {kind} {value!r}{did_you_mean(str(value), known)}: "
                    f"choose one of {', '.join(known)}"
                )
        if self.start < 0 or (self.duration is not None and self.duration <= 0):
            raise UsageError(
                "start must be 0 seconds or later and duration above 0. "
                f"Received: start={self.start}, duration={self.duration}"
            )
