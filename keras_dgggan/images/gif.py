"""GIF animations: palettes, and frames written one by one.

Pillow compresses the pixels. Its own writer of animations holds all frames in memory, merges equal
ones and rounds each duration down by itself.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import IO

import numpy as np
import numpy.typing as npt
from PIL import GifImagePlugin, Image

from keras_dgggan.images.pixels import to_rgb
from keras_dgggan.images.resize import imresize

LARGEST = 65535

_COLOURS = 256

# Pixels that a palette is made from: more change it little and take long.
_SAMPLE = 1 << 18

# Rows and columns that a palette is tried on.
_SIDE = 256

# A palette for all frames does not flicker: it may be worse than one a frame by this factor of the
# root mean square error, or by so many levels.
_SHARED_FACTOR, _SHARED_LEVELS = 1.25, 0.5

# The share of pixels that differ from both neighbours, which are equal, in a dithered picture.
_DITHER_SHARE = 0.04

_LONGEST = 65535


@dataclass(frozen=True)
class Palettes:
    """How frames become colours of a palette.

    Attributes:
        shared: RGB `[colours, 3]` for all frames that it suits nearly as well as their own would;
            None where each has its own.
        dithered: Whether colours between those of the palette are mixed from dots.
    """

    shared: npt.NDArray | None = None
    dithered: bool = True


def palettes_for(frames: Sequence[npt.NDArray], *, is_gif: bool) -> Palettes:
    """Palettes for what is made of these frames.

    Args:
        frames: Some frames of the animation, uint8 `[height, width, 1 to 4]`.
        is_gif: They were read from a GIF file, whose dithering is followed; others are dithered.

    Examples:
        >>> flat = np.full((8, 8, 3), 200, np.uint8)
        >>> palettes_for([flat, flat], is_gif=True).dithered
        False
    """
    colours = [to_rgb(frame)[..., :3] for frame in frames]
    # Enlarging mixes the colours of neighbours.
    mixed = np.concatenate([imresize(each, 2).reshape(-1, 3) for each in colours])
    dithered = not is_gif or max(_alternating(each) for each in colours) > _DITHER_SHARE
    return Palettes(_palette(mixed, _COLOURS - 1), dithered)


def write_gif(
    frames: Iterable[npt.NDArray],
    stream: IO[bytes],
    *,
    durations: Sequence[Fraction],
    plays: int,
    palettes: Palettes,
    comment: bytes = b"",
) -> None:
    """Write an animation; only two frames are in memory at a time.

    Args:
        frames: uint8 `[height, width, 1 to 4]`, all alike; alpha below one half becomes clear.
        stream: A binary stream.
        durations: Milliseconds of each frame. GIF counts hundredths of a second: what rounding
            leaves is carried over to the next frame, so that the sum is right.
        plays: How often it runs, 0 for ever.
        palettes: See `palettes_for`.
        comment: A text of the file.

    Examples:
        >>> import io
        >>> file, frame = io.BytesIO(), np.zeros((4, 6, 3), np.uint8)
        >>> times = [Fraction(100, 3)] * 3
        >>> write_gif([frame] * 3, file, durations=times, plays=0, palettes=Palettes())
        >>> Image.open(file).n_frames
        3
    """
    shown: npt.NDArray | None = None
    for frame, duration in zip(frames, carried(durations, 10, _LONGEST), strict=True):
        if shown is None:
            _write_head(stream, frame.shape[1], frame.shape[0], plays, comment)
        hidden = frame[..., -1] < 128 if frame.shape[-1] in (2, 4) else None
        indices, palette = _indexed(to_rgb(frame)[..., :3], palettes)
        clear, place = len(palette), (slice(None), slice(None))
        seen = palette[indices]
        if hidden is not None:
            indices[hidden] = clear
        elif shown is not None:
            # What stays is left clear, which compresses to nearly nothing.
            same = (seen == shown).all(axis=-1)
            indices[same] = clear
            place = changed_box(~same)
        shown = seen
        stream.writelines(
            GifImagePlugin.getdata(
                _image(indices[place], palette),
                (place[1].start or 0, place[0].start or 0),
                duration=10 * duration,
                # Clear pixels show what was there before, unless it is taken away.
                disposal=1 if hidden is None else 2,
                transparency=clear,
                include_color_table=True,
            )
        )
    stream.write(b";")


def carried(durations: Iterable[Fraction], unit: int, longest: int) -> Iterator[int]:
    """Round durations to whole units and carry the rest over: no sum is off by over half a unit.

    Examples:
        >>> list(carried([Fraction(100, 3)] * 6, 10, 65535))
        [3, 4, 3, 3, 4, 3]
    """
    exact, written = Fraction(), 0
    for duration in durations:
        exact += duration / unit
        # Half up: Python's own rounding, half to even, would favour some frames.
        steps = min(max(0, int(exact - written + Fraction(1, 2))), longest)
        written += steps
        yield steps


def changed_box(changed: npt.NDArray) -> tuple[slice, slice]:
    """The smallest box around all that is true; one pixel where nothing is."""
    rows, columns = (np.flatnonzero(changed.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return slice(0, 1), slice(0, 1)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _write_head(stream: IO[bytes], width: int, height: int, plays: int, comment: bytes) -> None:
    stream.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0x70, 0, 0))
    if plays != 1:
        # It counts repetitions, where the block is absent there are none.
        repetitions = min(max(0, plays - 1), 65535)
        stream.write(b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", repetitions, 0))
    if comment:
        blocks = [comment[i : i + 255] for i in range(0, len(comment), 255)]
        stream.write(b"!\xfe" + b"".join(bytes([len(b)]) + b for b in blocks) + b"\0")


def _indexed(colours: npt.NDArray, palettes: Palettes) -> tuple[npt.NDArray, npt.NDArray]:
    own = palette = _palette(colours.reshape(-1, 3), _COLOURS - 1)
    if palettes.shared is not None:
        best = _error(colours, own)
        if _error(colours, palettes.shared) <= max(_SHARED_FACTOR * best, best + _SHARED_LEVELS):
            palette = palettes.shared
    return _mapped(colours, palette, palettes.dithered), palette


def _mapped(colours: npt.NDArray, palette: npt.NDArray, dithered: bool) -> npt.NDArray:
    dither = Image.Dither.FLOYDSTEINBERG if dithered else Image.Dither.NONE
    image = Image.fromarray(np.ascontiguousarray(colours))
    indices = np.asarray(image.quantize(palette=_image(np.zeros((1, 1)), palette), dither=dither))
    # Pillow fills its palette up to 256 with black.
    return np.where(indices < len(palette), indices, 0).astype(np.uint8)


def _palette(colours: npt.NDArray, size: int) -> npt.NDArray:
    """At most `size` colours, RGB `[colours, 3]`, for pixels `[pixels, 3]`."""
    sample = np.ascontiguousarray(colours[:: max(1, len(colours) // _SAMPLE)])
    image = Image.fromarray(sample[None])
    palette = image.quantize(size, Image.Quantize.MEDIANCUT, kmeans=1).getpalette()
    return np.array(palette, np.uint8).reshape(-1, 3)[:size]


def _image(indices: npt.NDArray, palette: npt.NDArray) -> Image.Image:
    image = Image.fromarray(np.ascontiguousarray(indices, np.uint8), "P")
    # One more for what is clear.
    image.putpalette(palette.tobytes() + bytes(3))
    return image


def _error(colours: npt.NDArray, palette: npt.NDArray) -> float:
    """The root mean square error of some of the pixels without dithering."""
    colours = colours[:: _step(len(colours)), :: _step(colours.shape[1])]
    seen = palette[_mapped(colours, palette, dithered=False)]
    return float(np.sqrt(np.mean((seen.astype(np.float32) - colours) ** 2)))


def _step(side: int) -> int:
    return max(1, side // _SIDE)


def _alternating(colours: npt.NDArray) -> float:
    """The share of pixels between two equal ones of another colour, in rows."""
    left, middle, right = colours[:, :-2], colours[:, 1:-1], colours[:, 2:]
    between = (left == right).all(axis=-1) & (left != middle).any(axis=-1)
    return float(between.mean()) if between.size else 0.0
