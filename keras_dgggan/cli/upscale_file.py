"""One picture file to a larger one, with the further pictures that were asked for."""

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy.typing as npt

from keras_dgggan.cli.jobs import Job
from keras_dgggan.errors import UsageError
from keras_dgggan.files import naming_output
from keras_dgggan.images import DEFAULT_QUALITY, MAX_MEGAPIXELS, Picture, read_image, write_image
from keras_dgggan.images.animation import Animation
from keras_dgggan.images.channels import output_size
from keras_dgggan.images.compression import Compression
from keras_dgggan.images.pages import Pages
from keras_dgggan.images.picture import SeveralPictures
from keras_dgggan.images.sequences import open_sequence, upscale_sequence
from keras_dgggan.images.writing import check_fits, check_still
from keras_dgggan.inference.comparison import Comparison
from keras_dgggan.inference.ensemble import Report
from keras_dgggan.inference.upscaler import Upscaler

GRADIENT, COMPARE = "gradient", "compare"


def upscale_file(
    job: Job,
    upscaler: Upscaler | Callable[[Compression | None], Upscaler],
    *,
    quality: int = DEFAULT_QUALITY,
    strip_metadata: bool = False,
    max_megapixels: float = MAX_MEGAPIXELS,
    first_frame: bool = False,
    report: Report | None = None,
) -> dict[str, Any]:
    """Read the picture of a job, upscale it and write it, with its metadata.

    Of an animation every frame is upscaled, of a TIFF file every page.

    The extras that are known are `gradient`, the predicted gradient map as an 8-bit picture, and
    `compare`: the bicubic enlargement and the result side by side.

    Args:
        job: What to read and write.
        upscaler: The model, or a function that chooses it by the file's lossy compression.
        quality: See `write_image`.
        strip_metadata: Keep the colour profile alone of all that the file says.
        max_megapixels: See `read_image`.
        first_frame: See `read_image`.
        report: Called as work goes on with the part that is done, from 0 to 1.

    Returns:
        `{"width": ..., "height": ...}` of the result, and how many `frames` or `pages` it has if
        it is no single picture.

    Raises:
        ImageFileError: The file cannot be read, or the result not be written.
        DggganError: The model cannot run on it.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_image(Picture(np.zeros((12, 16, 3), np.uint8)), folder / "a.png")
        >>> job = Job(folder / "a.png", folder / "a_sr.png")
        >>> upscale_file(job, Upscaler("dgggan_x4_light"))
        {'width': 64, 'height': 48}
    """
    source = sys.stdin.buffer.read() if job.source is None else job.source
    try:
        picture = read_image(source, max_megapixels=max_megapixels, first_frame=first_frame)
    except SeveralPictures:
        sequence = open_sequence(source, max_megapixels=max_megapixels)
        return _upscale_sequence(sequence, job, upscaler, quality, strip_metadata, report)
    if not isinstance(upscaler, Upscaler):
        upscaler = upscaler(picture.compression)
    if strip_metadata:
        picture = picture.without_metadata()
    format = job.format or picture.format or "png"
    check_still(format, f"'{job.target or '-'}'")
    height, width = output_size(*_size(picture), upscaler.scale)
    check_fits(width, height, format, f"'{job.target or '-'}'")
    edges: npt.NDArray | None = None
    if GRADIENT in job.extras:
        pixels, edges = upscaler.upscale_with_gradient_map(picture.pixels, report=report)
    else:
        pixels = upscaler.upscale(picture.pixels, report=report)
    if edges is not None:
        write_image(Picture(edges), job.extras[GRADIENT], format="png")
    if COMPARE in job.extras:
        both = Comparison.of(picture.pixels, pixels, "model").side_by_side()
        write_image(Picture(both), job.extras[COMPARE], format="png")
    result = dataclasses.replace(picture, pixels=pixels)
    # Last, so that an output under its final name tells that all the others are there too.
    _write(result, job.target, format, quality)
    return {"width": width, "height": height}


def _upscale_sequence(
    sequence: Animation | Pages,
    job: Job,
    upscaler: Upscaler | Callable[[Compression | None], Upscaler],
    quality: int,
    strip_metadata: bool,
    report: Report | None,
) -> dict[str, Any]:
    if job.extras:
        raise UsageError(
            f"'{job.name}' holds several pictures: --{' and --'.join(job.extras)} is made of one, "
            "which --first-frame takes"
        )
    if not isinstance(upscaler, Upscaler):
        upscaler = upscaler(sequence.compression)
    run = upscaler
    with naming_output(job.target or "standard output"):
        return upscale_sequence(
            sequence,
            sys.stdout.buffer if job.target is None else job.target,
            lambda pixels, report: run.upscale(pixels, report=report),
            run.scale,
            format=job.format,
            quality=quality,
            strip_metadata=strip_metadata,
            report=report,
        )


def _write(picture: Picture, target: Path | None, format: str, quality: int) -> None:
    if target is not None:
        write_image(picture, target, format=format, quality=quality)
        return
    with naming_output("standard output"):
        write_image(picture, sys.stdout.buffer, format=format, quality=quality)
        sys.stdout.buffer.flush()


def _size(picture: Picture) -> tuple[int, int]:
    return picture.pixels.shape[0], picture.pixels.shape[1]
