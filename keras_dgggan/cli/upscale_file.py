"""One picture file to a larger one, with the further pictures that were asked for."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy.typing as npt

from keras_dgggan._types import JsonObject, Report
from keras_dgggan.cli.jobs import Job
from keras_dgggan.errors import UsageError
from keras_dgggan.images import Picture, write_image
from keras_dgggan.images.compression import Compression
from keras_dgggan.images.file_upscaling import upscale_file
from keras_dgggan.images.picture import SeveralPictures
from keras_dgggan.inference.comparison import Comparison
from keras_dgggan.inference.upscaler import Upscaler

GRADIENT, COMPARE = "gradient", "compare"


def upscale_job(
    job: Job,
    choose: Callable[[Compression | None], Upscaler],
    *,
    report: Report | None = None,
    **options: Any,
) -> JsonObject:
    """Upscale the picture of a job, and write the extras that were asked for.

    The extras that are known are `gradient`, the predicted gradient map as an 8-bit picture, and
    `compare`: the bicubic enlargement and the result side by side.

    Args:
        job: What to read and write.
        choose: Gives the model by the file's lossy compression.
        report: Called as work goes on with the part that is done, from 0 to 1.
        options: The further arguments of `upscale_file`.

    Returns:
        What `upscale_file` returns.

    Raises:
        UsageError: Extras were asked for, and the file holds several pictures.
        ImageFileError: The file cannot be read, or the result not be written.
        DggganError: The model cannot run on it.

    Examples:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_image(Picture(np.zeros((12, 16, 3), np.uint8)), folder / "a.png")
        >>> job = Job(folder / "a.png", folder / "a_sr.png")
        >>> upscale_job(job, lambda compression: Upscaler("dgggan_x4_light"))
        {'width': 64, 'height': 48}
    """
    try:
        return upscale_file(
            sys.stdin.buffer.read() if job.source is None else job.source,
            sys.stdout.buffer if job.target is None else job.target,
            lambda compression: _WithExtras(choose(compression), job.extras),
            format=job.format,
            several=not job.extras,
            name="standard output",
            report=report,
            **options,
        )
    except SeveralPictures as error:
        raise UsageError(
            f"'{job.name}' holds several pictures: --{' and --'.join(job.extras)} is made of one, "
            "which --first-frame takes"
        ) from error


class _WithExtras:
    """An upscaler that also writes the further pictures.

    They come before the result: an output under its final name tells that all the others are there.
    """

    def __init__(self, upscaler: Upscaler, extras: dict[str, Path]) -> None:
        self.scale = upscaler.scale
        self._upscaler = upscaler
        self._extras = extras

    def upscale(self, image: npt.NDArray, *, report: Report | None = None) -> npt.NDArray:
        if GRADIENT in self._extras:
            larger, edges = self._upscaler.upscale_with_gradient_map(image, report=report)
            write_image(Picture(edges), self._extras[GRADIENT], format="png")
        else:
            larger = self._upscaler.upscale(image, report=report)
        if COMPARE in self._extras:
            both = Comparison.of(image, larger, "model").side_by_side()
            write_image(Picture(both), self._extras[COMPARE], format="png")
        return larger
