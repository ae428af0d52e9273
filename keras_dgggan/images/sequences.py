"""Files of several pictures, animations and pages, made into larger ones picture by picture."""

import dataclasses
import io
import itertools
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
from PIL import Image

from keras_dgggan._types import Report
from keras_dgggan.errors import ImageFileError
from keras_dgggan.images.animation import Animation, open_animation
from keras_dgggan.images.apng import write_apng
from keras_dgggan.images.channels import output_size, share_of
from keras_dgggan.images.formats import ANIMATED, FORMATS
from keras_dgggan.images.gif import carried, write_gif
from keras_dgggan.images.opening import MAX_MEGAPIXELS, ImageSource, name_of, read_bytes
from keras_dgggan.images.pages import Pages, open_pages, write_pages
from keras_dgggan.images.picture import Picture
from keras_dgggan.images.pixels import has_alpha
from keras_dgggan.images.tiff import is_tiff
from keras_dgggan.images.writing import (
    DEFAULT_QUALITY,
    check_fits,
    metadata_for,
    opened,
    write_image,
)

# Maps uint8 or any other pixels that `upscale_picture` takes to those of the larger picture.
Upscale = Callable[[npt.NDArray, Report | None], npt.NDArray]

# Of one WebP frame in milliseconds.
_LONGEST_WEBP = 2**24 - 1

# The flag in a WebP file's header.
_WEBP_ALPHA = 0x10


def open_sequence(
    source: ImageSource, *, max_megapixels: float = MAX_MEGAPIXELS
) -> Animation | Pages:
    """Open a file that `read_image` refused for holding several pictures.

    Raises:
        ImageFileError: The file is damaged.
    """
    data = read_bytes(source)
    opens = open_pages if is_tiff(data) else open_animation
    return opens(source, max_megapixels=max_megapixels)


def upscale_sequence(
    sequence: Animation | Pages,
    target: str | os.PathLike[str] | IO[bytes],
    upscale: Upscale,
    scale: float,
    *,
    format: str | None = None,
    quality: int = DEFAULT_QUALITY,
    strip_metadata: bool = False,
    report: Report | None = None,
) -> dict[str, int]:
    """Write an animation of larger frames, or a TIFF file of larger pages.

    Args:
        sequence: What `open_sequence` gave.
        target: A path, where the file appears whole or not at all, or a binary stream.
        upscale: Makes one picture larger.
        scale: By how much.
        format: "gif", "png" or "webp" for an animation, "tiff" for pages; by default the file's
            own, or PNG.
        quality: 1 to 100 for WebP; 100 is lossless.
        strip_metadata: Keep the colour profile alone of all that the file says.
        report: Called as work goes on with the part that is done, from 0 to 1.

    Returns:
        `width` and `height` of the result, of the first page if they differ; how many `frames`
        or `pages`.

    Raises:
        ImageFileError: A picture is damaged, or the format holds no such sequence.

    Examples:
        >>> file, larger = io.BytesIO(), io.BytesIO()
        >>> images = [Image.new("RGB", (8, 6), colour) for colour in ("red", "blue")]
        >>> images[0].save(file, "GIF", append_images=images[1:], duration=[40, 70], loop=0)
        >>> twice = lambda pixels, report: pixels.repeat(2, axis=0).repeat(2, axis=1)
        >>> upscale_sequence(open_sequence(file.getvalue()), larger, twice, 2)
        {'width': 16, 'height': 12, 'frames': 2}
    """
    path = Path(target) if isinstance(target, str | os.PathLike) else None
    format = format or ("tiff" if isinstance(sequence, Pages) else sequence.format or "png")
    _check_format(sequence, format)
    if isinstance(sequence, Pages):
        with opened(target) as stream:
            return _write_pages(sequence, stream, upscale, strip_metadata, report)
    picture = sequence.picture.without_metadata() if strip_metadata else sequence.picture
    height, width = output_size(picture.pixels.shape[0], picture.pixels.shape[1], scale)
    check_fits(width, height, format, f"'{path or '-'}'")
    frames = _larger(sequence, upscale, report)
    if format == "png" and sequence.apart:
        first = upscale(sequence.first(), None)
    else:
        first = next(frames)
        frames = itertools.chain([first], frames)
    picture = dataclasses.replace(picture, pixels=first)
    with opened(target) as stream:
        _write_animation(sequence, picture, frames, stream, format, quality)
    return {"width": width, "height": height, "frames": len(sequence.durations)}


def each_larger(
    pictures: Iterable[npt.NDArray], upscale: Callable[[npt.NDArray], npt.NDArray]
) -> Iterator[npt.NDArray]:
    """Make every picture larger; one that equals the picture before it is not computed again.

    Examples:
        >>> frames = [np.zeros((2, 2), np.uint8)] * 3
        >>> len(list(each_larger(frames, lambda frame: frame.repeat(2, 0).repeat(2, 1))))
        3
    """
    before, result = None, None
    for picture in pictures:
        if result is None or not _equal(before, picture):
            # A caller may hand over one buffer again and again.
            before, result = np.array(picture), upscale(picture)
        yield result


def _equal(before: npt.NDArray | None, picture: npt.NDArray) -> bool:
    same = before is not None and before.dtype == picture.dtype
    return same and np.array_equal(before, picture)  # type: ignore[arg-type]


def _check_format(sequence: Animation | Pages, format: str) -> None:
    name = name_of(sequence.source)
    if isinstance(sequence, Pages):
        if format != "tiff":
            raise ImageFileError(
                f"{name} holds {len(sequence.offsets)} pages, and {FORMATS[format].pillow} holds "
                "one picture: write TIFF, or take the first page alone"
                if format in FORMATS
                else f"{name} holds pages, not frames: write TIFF, or take the first page alone"
            )
    elif format not in ANIMATED:
        raise ImageFileError(
            f"{name} holds {len(sequence.durations)} frames, and {FORMATS[format].pillow} holds "
            f"no animation: write {', '.join(ANIMATED)}, or take the first frame alone"
        )


def _larger(animation: Animation, upscale: Upscale, report: Report | None) -> Iterator[npt.NDArray]:
    done, count = 0, len(animation.durations)

    def one(frame: npt.NDArray) -> npt.NDArray:
        return upscale(frame, share_of(report, done, count))

    for frame in each_larger(animation.frames(), one):
        yield frame
        done += 1
        if report is not None:
            report(done / count)


def _write_animation(
    animation: Animation,
    picture: Picture,
    frames: Iterator[npt.NDArray],
    stream: IO[bytes],
    format: str,
    quality: int,
) -> None:
    durations, plays = animation.durations, animation.plays
    if format == "gif":
        comment = picture.text.get("Comment", "").encode()
        write_gif(
            frames,
            stream,
            durations=durations,
            plays=plays,
            palettes=animation.palettes(),
            comment=comment,
        )
    elif format == "png":
        still = io.BytesIO()
        write_image(picture, still, format="png")
        write_apng(
            still.getvalue(),
            frames,
            stream,
            durations=durations,
            plays=plays,
            apart=animation.apart,
        )
    else:
        stream.write(_webp(animation, picture, frames, quality))


def _webp(
    animation: Animation, picture: Picture, frames: Iterator[npt.NDArray], quality: int
) -> bytes:
    metadata = metadata_for(picture, picture.icc_profile, "webp")
    exif = {} if metadata.exif is None else {"exif": metadata.exif}
    file = io.BytesIO()
    _Frames(frames, len(animation.durations), picture.pixels).save(
        file,
        "WEBP",
        save_all=True,
        duration=list(carried(animation.durations, 1, _LONGEST_WEBP)),
        loop=animation.plays,
        quality=quality,
        lossless=quality == 100,
        exact=quality == 100,
        icc_profile=metadata.icc_profile,
        xmp=metadata.xmp or b"",
        **exif,
    )
    data = bytearray(file.getvalue())
    if data[12:16] == b"VP8X" and has_alpha(picture.pixels):
        # libwebp cuts clear margins off, and says that there is no alpha if nothing is left of it.
        data[20] |= _WEBP_ALPHA
    return bytes(data)


class _Frames(Image.Image):
    """Frames as an image of Pillow's that is sought in, each made when it is asked for."""

    def __init__(self, frames: Iterator[npt.NDArray], count: int, first: npt.NDArray) -> None:
        super().__init__()
        self._frames, self.n_frames, self._at = frames, count, -1
        self._show(first)

    def _show(self, pixels: npt.NDArray) -> None:
        pixels = np.repeat(pixels[..., :1], 3, axis=-1) if pixels.shape[-1] == 1 else pixels
        if pixels.shape[-1] == 2:
            pixels = pixels[..., [0, 0, 0, 1]]
        image = Image.fromarray(np.ascontiguousarray(pixels))
        self.im, self._mode, self._size = image.im, image.mode, image.size

    def tell(self) -> int:
        return max(self._at, 0)

    def seek(self, frame: int) -> None:
        """Go on to the next frame; there is no way back, and a writer does not look there."""
        if frame == self._at + 1:
            self._at = frame
            self._show(next(self._frames))


def _write_pages(
    pages: Pages,
    stream: IO[bytes],
    upscale: Upscale,
    strip_metadata: bool,
    report: Report | None,
) -> dict[str, int]:
    sizes = []

    def larger() -> Iterator[Picture]:
        count = len(pages.offsets)
        for number, page in enumerate(pages.pictures()):
            page = page.without_metadata() if strip_metadata else page
            pixels = upscale(page.pixels, share_of(report, number, count))
            sizes.append(pixels.shape[:2])
            yield dataclasses.replace(page, pixels=pixels)

    if stream.seekable():
        write_pages(larger(), stream)
    else:
        with tempfile.TemporaryFile() as file:
            write_pages(larger(), file)
            file.seek(0)
            while block := file.read(1 << 20):
                stream.write(block)
    height, width = sizes[0]
    return {"width": width, "height": height, "pages": len(sizes)}
