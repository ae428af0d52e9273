"""An image file made into a larger one, by whatever makes pixels larger."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Protocol

import numpy.typing as npt

from keras_dgggan._types import Report
from keras_dgggan.errors import UsageError
from keras_dgggan.files import naming_output
from keras_dgggan.images.channels import output_size
from keras_dgggan.images.compression import Compression
from keras_dgggan.images.formats import format_of_suffix
from keras_dgggan.images.opening import MAX_MEGAPIXELS, ImageSource
from keras_dgggan.images.picture import SeveralPictures
from keras_dgggan.images.reading import read_image
from keras_dgggan.images.sequences import open_sequence, upscale_sequence
from keras_dgggan.images.writing import DEFAULT_QUALITY, check_fits, check_still, write_image


class UpscalesImages(Protocol):
    """What `Upscaler` and `Client` have of this."""

    @property
    def scale(self) -> float:
        """The factor of both sides."""

    def upscale(self, image: npt.NDArray, *, report: Report | None = None) -> npt.NDArray:
        """The larger image."""


def upscale_file(
    source: ImageSource,
    target: str | os.PathLike[str] | IO[bytes],
    choose: Callable[[Compression | None], UpscalesImages],
    *,
    format: str | None = None,
    quality: int = DEFAULT_QUALITY,
    strip_metadata: bool = False,
    max_megapixels: float = MAX_MEGAPIXELS,
    first_frame: bool = False,
    several: bool = True,
    name: str = "",
    report: Report | None = None,
) -> dict[str, int]:
    """Upscale an image file into another, with depth, transparency, profile and metadata.

    Of an animation every frame is upscaled, of a TIFF file every page.

    Args:
        source: A path, or the bytes of a file.
        target: A path, where the file appears whole or not at all, or a binary stream.
        choose: Gives what makes pixels larger, by the file's lossy compression.
        format: Of the result, as `write_image` and `upscale_sequence` take it; by default that of
            the target's ending, then the file's own, then PNG.
        quality: 1 to 100 for JPEG and WebP.
        strip_metadata: Keep the colour profile alone of all that the file says.
        max_megapixels: The largest picture that is read.
        first_frame: Take the first frame of an animation, or the first page, alone.
        several: Take files of several pictures; otherwise they are refused.
        name: What messages call the target, if it is a stream.
        report: Called as work goes on with the part that is done, from 0 to 1.

    Returns:
        `width` and `height` of the result, and how many `frames` or `pages` it has if it is no
        single picture.

    Raises:
        UsageError: Both are the same file.
        SeveralPictures: The file holds several pictures, and they are not taken.
        ImageFileError: The file cannot be read, or the result not be written.

    Examples:
        >>> import io
        >>> from keras_dgggan.images import Picture
        >>> small, large = io.BytesIO(), io.BytesIO()
        >>> write_image(Picture(np.zeros((12, 16, 3), np.uint8)), small, format="png")
        >>> upscale_file(small.getvalue(), large, lambda _: Upscaler("dgggan_x4_light"))
        {'width': 64, 'height': 48}
    """
    path = Path(target) if isinstance(target, str | os.PathLike) else None
    if path is not None:
        check_other_file(source, path)
        format = format or format_of_suffix(path.suffix, animated=True)
    output = path or name or "the output"
    try:
        picture = read_image(source, max_megapixels=max_megapixels, first_frame=first_frame)
    except SeveralPictures:
        if not several:
            raise
        sequence = open_sequence(source, max_megapixels=max_megapixels)
        upscaler = choose(sequence.compression)
        with naming_output(output):
            return upscale_sequence(
                sequence,
                target,
                lambda pixels, report: upscaler.upscale(pixels, report=report),
                upscaler.scale,
                format=format,
                quality=quality,
                strip_metadata=strip_metadata,
                report=report,
            )
    upscaler = choose(picture.compression)
    if strip_metadata:
        picture = picture.without_metadata()
    format = format or picture.format or "png"
    height, width = output_size(picture.pixels.shape[0], picture.pixels.shape[1], upscaler.scale)
    # Before it is worked for nothing.
    check_still(format, f"'{output}'")
    check_fits(width, height, format, f"'{output}'")
    pixels = upscaler.upscale(picture.pixels, report=report)
    with naming_output(output):
        write_image(
            dataclasses.replace(picture, pixels=pixels), target, format=format, quality=quality
        )
        if not isinstance(target, str | os.PathLike):
            target.flush()
    return {"width": width, "height": height}


def check_other_file(source: ImageSource, target: Path) -> None:
    """Raise `UsageError` where a result would replace the file that it is made of."""
    known = not isinstance(source, bytes) and os.path.exists(source) and target.exists()
    if known and os.path.samefile(source, target):
        raise UsageError(f"'{target}' would be replaced by what is made of it")
