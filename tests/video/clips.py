"""Clips of every kind, made by PyAV."""

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

PATCHES = np.array(
    [
        [(30, 180, 60), (200, 30, 90), (128, 128, 128)],
        [(20, 40, 220), (240, 240, 30), (90, 60, 40)],
    ],
    np.uint8,
)


class Nearest:
    """An upscaler by nearest neighbour, with a count of what it was asked for."""

    def __init__(self, scale: int = 2) -> None:
        self.scale = scale
        self.frames = 0

    def __repr__(self) -> str:
        return f"Nearest({self.scale})"

    def upscale_frames(self, frames):
        for frame in frames:
            self.frames += 1
            yield frame.repeat(self.scale, axis=0).repeat(self.scale, axis=1)


def pattern(number: int, width: int, height: int) -> np.ndarray:
    """Patches of known colours, and a bar that moves."""
    rows = np.minimum(np.arange(height) * 2 // height, 1)
    columns = np.minimum(np.arange(width) * 3 // width, 2)
    pixels = PATCHES[rows[:, None], columns].copy()
    pixels[height // 2 - 2 : height // 2 + 2, (3 * number) % width :][:, :4] = 255
    return pixels


def centres(pixels: np.ndarray) -> np.ndarray:
    """The colours in the middle of the patches."""
    height, width = pixels.shape[:2]
    rows, columns = (
        [height // 8, height - height // 8],
        [(2 * i + 1) * width // 6 for i in range(3)],
    )
    return pixels[np.ix_(rows, columns)].astype(float)


def clip(
    path: Path,
    *,
    frames: int = 10,
    size: tuple[int, int] = (48, 32),
    times: list[int] | None = None,
    tick: Fraction = Fraction(1, 12800),
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    matrix: int = 1,
    color_range: int = 1,
    transfer: int = 1,
    tagged: bool = True,
    rotation: int = 0,
    shape: Fraction | None = None,
    audio_from: float | None = None,
    interlaced: bool = False,
    key_every: int = 5,
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write a clip; its colours are exact to the depth of its format."""
    width, height = size
    times = times or [512 * number for number in range(frames)]
    names = {1: "bt709", 6: "smpte170m", 9: "bt2020"}
    options = {"crf": "0" if pixel_format.startswith("yuv4") and codec == "libx264" else "4"}
    options |= {"g": str(key_every), "preset": "ultrafast"} if codec == "libx264" else {}
    output = av.open(str(path), "w")
    stream = output.add_stream(codec, rate=25, options=options)
    stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
    stream.time_base = stream.codec_context.time_base = tick
    context = stream.codec_context
    if tagged:
        context.colorspace, context.color_range = matrix, color_range
        context.color_primaries, context.color_trc = matrix, transfer
    if shape is not None:
        context.sample_aspect_ratio = shape
    if interlaced:
        context.flags |= av.codec.context.Flags.interlaced_dct
    if rotation:
        stream.set_display_rotation(rotation)
    sound = None
    if audio_from is not None:
        sound = output.add_stream("aac", rate=48000, layout="mono")
    for key, value in (metadata or {}).items():
        output.metadata[key] = value
    if metadata:
        output.set_chapters(
            [{"id": 1, "start": 0, "end": 200, "time_base": Fraction(1, 1000), "metadata": {}}]
        )
    graph = av.filter.Graph()
    nodes = [
        graph.add_buffer(
            width=width, height=height, format=av.VideoFormat("rgb24"), time_base=Fraction(1, 1000)
        ),
        graph.add(
            "scale",
            f"in_range=full:out_range={'full' if color_range == 2 else 'limited'}:"
            f"out_color_matrix={names[matrix]}:flags=bicubic+accurate_rnd+full_chroma_int",
        ),
        graph.add("format", pixel_format),
        graph.add("buffersink"),
    ]
    for one, other in itertools.pairwise(nodes):
        one.link_to(other)
    graph.configure()
    for number in range(len(times)):
        graph.push(av.VideoFrame.from_ndarray(pattern(number, width, height), format="rgb24"))
        frame = graph.pull()
        frame.pts, frame.time_base = times[number], tick
        for packet in stream.encode(frame):
            output.mux(packet)
    for packet in stream.encode(None):
        output.mux(packet)
    if sound is not None:
        first = round(audio_from * 48000)
        for number in range(12):
            block = (np.sin(np.arange(1024) / 9 + number) * 9000).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48000, first + 1024 * number
            frame.time_base = Fraction(1, 48000)
            for packet in sound.encode(frame):
                output.mux(packet)
        for packet in sound.encode(None):
            output.mux(packet)
    output.close()
    return path


def times_of(path: Path) -> list[Fraction]:
    """When each decoded frame is shown, in seconds."""
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


def packets_of(path: Path, kind: str = "audio") -> list[tuple[Fraction, bytes]]:
    """Time and bytes of every packet of the first stream of a kind."""
    with av.open(str(path)) as container:
        streams = [stream for stream in container.streams if stream.type == kind]
        packets = container.demux(streams[0]) if streams else ()
        return [(packet.pts * packet.time_base, bytes(packet)) for packet in packets if packet.size]


def checksums(path: Path) -> list[int]:
    """A checksum of every decoded frame, without what pads its rows in memory."""
    with av.open(str(path)) as container:
        return [hash(frame.to_ndarray().tobytes()) for frame in container.decode(video=0)]


def decoded(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))
