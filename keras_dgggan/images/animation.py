"""`Animation`: the frames of a GIF, APNG, WebP or AVIF file, whole and with their times."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

from keras_dgggan.errors import ImageFileError
from keras_dgggan.images.compression import Compression
from keras_dgggan.images.formats import ANIMATED
from keras_dgggan.images.gif import Palettes, palettes_for
from keras_dgggan.images.opening import (
    MAX_MEGAPIXELS,
    ImageSource,
    naming,
    open_pillow,
    read_bytes,
)
from keras_dgggan.images.picture import Picture
from keras_dgggan.images.pixels import has_alpha, oriented, to_depth, to_rgb
from keras_dgggan.images.reading import pillow_samples, read_image

# Frames that the palettes of a GIF file are chosen by.
_LOOKED_AT = 12


@dataclass(frozen=True)
class Animation:
    """Frames with their times, decoded one by one from a file that is in memory.

    Attributes:
        source: The file, as messages name it.
        picture: The first picture with the file's metadata.
        durations: Milliseconds of each frame.
        plays: How often the animation runs, 0 for ever.
        channels: Of all frames: 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGB, alpha).
        apart: The file's first picture is none of the frames, but is for readers that know no
            animation.
        format: The name of the file's format in `ANIMATED`; None for one that is only read.
    """

    source: ImageSource
    picture: Picture
    durations: tuple[Fraction, ...]
    plays: int
    channels: int
    apart: bool
    format: str | None
    _data: bytes = field(repr=False)

    @property
    def compression(self) -> Compression | None:
        """The lossy compression of the frames."""
        return self.picture.compression

    def frames(self) -> Iterator[npt.NDArray]:
        """The frames, each as it is seen: uint8 `[height, width, channels]`.

        Disposal and blending are resolved, the EXIF orientation is applied.

        Raises:
            ImageFileError: A frame is damaged.
        """
        for number, image in _seek(self._data, self.source):
            if number or not self.apart:
                yield _alike(_pixels(image, self.source), self.channels)

    def palettes(self) -> Palettes:
        """The palettes for writing the frames as GIF."""
        step = -(-len(self.durations) // _LOOKED_AT)
        frames = [frame for i, frame in enumerate(self.frames()) if i % step == 0]
        return palettes_for(frames, is_gif=self.format == "gif")

    def first(self) -> npt.NDArray:
        """The file's first picture, a frame or not, in the frames' layout."""
        return _alike(to_depth(self.picture.pixels, np.uint8), self.channels)


def open_animation(source: ImageSource, *, max_megapixels: float = MAX_MEGAPIXELS) -> Animation:
    """Read the header of an animation, and look once at every frame.

    Args:
        source: A path, or the bytes of a file.
        max_megapixels: The largest frame that is read.

    Raises:
        ImageFileError: The file is missing, empty, damaged, too large or no image.

    Examples:
        >>> import io
        >>> file = io.BytesIO()
        >>> images = [Image.new("RGB", (8, 6), colour) for colour in ("red", "blue")]
        >>> images[0].save(file, "GIF", append_images=images[1:], duration=[40, 70], loop=0)
        >>> animation = open_animation(file.getvalue())
        >>> [int(duration) for duration in animation.durations], animation.plays
        ([40, 70], 0)
        >>> [frame[0, 0].tolist() for frame in animation.frames()]
        [[255, 0, 0], [0, 0, 255]]
    """
    data = read_bytes(source)
    with open_pillow(data, source, max_megapixels) as image, naming(source):
        apart = bool(getattr(image, "default_image", False))
        plays = _plays(image)
        format = str(image.format).lower()
    durations = []
    colour = alpha = False
    for number, image in _seek(data, source):
        pixels = _pixels(image, source)
        if number or not apart:
            durations.append(_duration(image))
        colour = colour or pixels.shape[-1] > 2
        alpha = alpha or bool(has_alpha(pixels) and (pixels[..., -1] < 255).any())
    return Animation(
        source,
        read_image(data, max_megapixels=max_megapixels, first_frame=True),
        tuple(durations),
        plays,
        (3 if colour else 1) + alpha,
        apart,
        format if format in ANIMATED else None,
        data,
    )


def is_animation(source: ImageSource) -> bool:
    """Whether a file is an image of several frames; what cannot be read is none."""
    try:
        with open_pillow(read_bytes(source), source, float("inf")) as image:
            return bool(getattr(image, "is_animated", False))
    # Whoever reads it says what is wrong.
    except Exception:
        return False


def _seek(data: bytes, source: ImageSource) -> Iterator[tuple[int, Image.Image]]:
    with open_pillow(data, source, float("inf")) as image:
        with naming(source):
            count = getattr(image, "n_frames", 1)
        for number in range(count):
            try:
                with naming(source):
                    image.seek(number)
                    image.load()
            except ImageFileError as error:
                raise ImageFileError(f"{error} (frame {number + 1})") from error
            yield number, image


def _pixels(image: Image.Image, source: ImageSource) -> npt.NDArray:
    with naming(source):
        pixels = pillow_samples(image, source)
        pixels = to_depth(pixels if pixels.ndim == 3 else pixels[..., None], np.uint8)
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
        return np.ascontiguousarray(oriented(pixels, orientation))


def _alike(pixels: npt.NDArray, channels: int) -> npt.NDArray:
    """Pixels in a layout that may have more channels, or lack an alpha that is opaque."""
    colours = pixels[..., :-1] if has_alpha(pixels) else pixels
    if channels > 2:
        colours = to_rgb(colours)
    if channels in (1, 3):
        return np.ascontiguousarray(colours)
    opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    return np.concatenate([colours, pixels[..., -1:] if has_alpha(pixels) else opaque], axis=-1)


def _duration(image: Image.Image) -> Fraction:
    """Milliseconds of the present frame; of PNG the fraction that the file has."""
    milliseconds = image.info.get("duration", 0)
    return Fraction(milliseconds / 1000).limit_denominator(65535) * 1000


def _plays(image: Image.Image) -> int:
    """How often an animation runs, 0 for ever: GIF counts repetitions, or says nothing."""
    loop = image.info.get("loop")
    if image.format == "GIF":
        return 1 if loop is None else loop + 1 if loop else 0
    return loop or 0
