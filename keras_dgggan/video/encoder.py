"""`Encoding`: how the larger frames are encoded."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from keras_dgggan.errors import UsageError
from keras_dgggan.video.colour import Colour, bits_of
from keras_dgggan.video.formats import CODECS, CONTAINERS, SPEEDS, codec_for
from keras_dgggan.video.options import VideoOptions
from keras_dgggan.video.pyav import pyav
from keras_dgggan.video.source import VideoInfo

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream


@dataclass(frozen=True)
class Encoding:
    """All that an encoder is told; two made from one of these give the same bytes.

    Attributes:
        container: A name in `CONTAINERS`.
        codec: A name in `CODECS`.
        options: The encoder's own, by name.
        width: Of the result, after a turn, stretching and padding.
        height: The same.
        content: Width and height before padding.
        pixel_format: FFmpeg's name.
        colour: What the result is written with.
        shape: Width over height of one pixel.
        time_base: Of the time stamps.
        rate: Frames a second on average, a hint for the encoder.
        turns: Quarter turns, counter-clockwise, of the frames themselves.
        matrix: What players are told of a turn.
    """

    container: str
    codec: str
    options: tuple[tuple[str, str], ...]
    width: int
    height: int
    content: tuple[int, int]
    pixel_format: str
    colour: Colour
    shape: Fraction | None
    time_base: Fraction
    rate: Fraction
    turns: int
    matrix: tuple[int, ...]

    def add_to(self, container: "OutputContainer") -> "VideoStream":
        """Add a stream with this encoder to PyAV's output container."""
        av = pyav()
        codec = CODECS[self.codec]
        added = container.add_stream(codec.encoder, rate=self.rate, options=dict(self.options))
        stream = cast("VideoStream", added)
        stream.width, stream.height, stream.pix_fmt = self.width, self.height, self.pixel_format
        stream.time_base = self.time_base
        context = stream.codec_context
        context.time_base = self.time_base
        context.flags |= av.codec.context.Flags.global_header
        if self.shape is not None:
            context.sample_aspect_ratio = self.shape
        context.colorspace, context.color_range = self.colour.matrix, self.colour.range
        context.color_primaries, context.color_trc = self.colour.primaries, self.colour.transfer
        if self.codec == "hevc" and self.container in ("mp4", "mov"):
            # Apple's players know it by this name alone.
            context.codec_tag = "hvc1"
        if self.matrix:
            stream.set_display_matrix(self.matrix)
        return stream


def encoding_for(
    info: VideoInfo, container: str, size: tuple[int, int], options: VideoOptions
) -> tuple[Encoding, list[str]]:
    """How a video is encoded, and sentences about what changes by it.

    Raises:
        UsageError: The options do not fit each other.
    """
    name = codec_for(container, options.codec)
    codec = CODECS[name]
    told = []
    pixel_format = _pixel_format(codec.encoder, info)
    bits = bits_of(pixel_format)
    if bits < info.bits:
        told.append(f"{name} is written with {bits} bits, where the source has {info.bits}")
    if info.chroma != "420" and info.chroma not in pixel_format:
        told.append(f"colours are halved in size ({pixel_format}): {name} holds no {info.chroma}")
    if info.alpha:
        told.append("transparency is left out")
    turns, shape = 0, info.shape
    width, height = size
    if info.rotation % 360 and not CONTAINERS[container].turns:
        turns = round(info.rotation / 90) % 4
        if turns % 2:
            width, height = height, width
            shape = None if shape is None else 1 / shape
        told.append(f"frames are turned: players of {container} do not turn them")
    if shape is not None and shape != 1 and not _tells_shape(name, container):
        width, height = _squared(width, height, shape)
        shape = None
        told.append(f"pixels are made square: {name} in {container} does not tell their shape")
    across = 1 if "444" in pixel_format else 2
    down = 2 if "420" in pixel_format else 1
    padded = -(-width // across) * across, -(-height // down) * down
    if padded != (width, height):
        told.append(
            f"{width}x{height} is padded to {padded[0]}x{padded[1]} by repeating its last "
            f"row or column: {pixel_format} holds even sizes"
        )
    return Encoding(
        container,
        name,
        tuple(_encoder_options(name, pixel_format, options).items()),
        padded[0],
        padded[1],
        (width, height),
        pixel_format,
        info.colour.encoded(),
        shape,
        info.time_base,
        (info.rate or Fraction(25)).limit_denominator(65535),
        turns,
        info.matrix if not turns else (),
    ), told


def _tells_shape(codec: str, container: str) -> bool:
    # Those of the first two are in the stream; PyAV does not hand them to Matroska's header.
    return codec in ("h264", "hevc") or container in ("mp4", "mov")


def _squared(width: int, height: int, shape: Fraction) -> tuple[int, int]:
    """The size in square pixels of a picture: no side becomes smaller."""
    if shape > 1:
        return round(width * shape), height
    return width, round(height / shape)


def _encoder_options(name: str, pixel_format: str, options: VideoOptions) -> dict[str, str]:
    codec = CODECS[name]
    chosen = dict(codec.fixed)
    if codec.crf is not None:
        crf = codec.crf if options.crf is None else options.crf
        if not 0 <= crf <= codec.largest_crf:
            raise UsageError(f"the crf of {name} is 0 to {codec.largest_crf}. Received: {crf}")
        chosen["crf"] = str(crf)
    elif options.crf is not None:
        raise UsageError(f"{name} has no crf: leave it out")
    if codec.speed_option:
        chosen[codec.speed_option] = codec.speeds[SPEEDS.index(options.speed)]
    if name == "prores":
        chosen["profile"] = "4444" if "444" in pixel_format else "hq"
    return chosen


def _pixel_format(encoder: str, info: VideoInfo) -> str:
    """The encoder's format that loses least: first the depth is kept, then the chroma."""
    held = {form.name for form in pyav().Codec(encoder, "w").video_formats}
    depths = {8: ("", "10le", "12le"), 10: ("10le", "12le", "")}
    for depth in depths.get(info.bits, ("12le", "10le", "") if info.bits > 8 else depths[8]):
        for chroma in dict.fromkeys((info.chroma, "422" if info.chroma == "444" else "444", "420")):
            if chroma == "444" and info.chroma == "420" and f"yuv420p{depth}" in held:
                continue
            if f"yuv{chroma}p{depth}" in held:
                return f"yuv{chroma}p{depth}"
    return "yuv420p"
