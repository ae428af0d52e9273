"""Finding images that cannot be trained on before training starts."""

import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from keras_dgggan.data.record import CheckRecord, Sizes
from keras_dgggan.data.source import Selection, Source
from keras_dgggan.errors import DataError

_logger = logging.getLogger(__name__)


def check_source(
    source: Source,
    *,
    scale: int,
    hr_crop: int,
    on_bad: Literal["error", "skip"] = "error",
    on_progress: Callable[[int, int], None] | None = None,
) -> Source:
    """Decode every image once and find those that cannot be used.

    These are files that are damaged, cut short or no image, images smaller than the crop, LR/HR
    pairs whose sizes disagree (HR is first cut to a multiple of `scale`), and files of a pair of
    folders without a counterpart. Only decoding finds a file cut short, so all are decoded, in
    threads; good ones are remembered by path, size and time of change in the user's cache folder,
    so that the next check of the same files takes a moment.

    Args:
        source: The images.
        scale: HR size over LR size.
        hr_crop: Height and width that an HR image must have.
        on_bad: "error" raises; "skip" leaves bad images out, with a warning in the log.
        on_progress: Called with the number of images checked and their total.

    Returns:
        The source, without the bad images if there are any.

    Raises:
        DataError: Names every bad file with its reason, a line each; or no image is left.

    Example:
        >>> source = check_source(FolderSource("photos"), scale=4, hr_crop=192, on_bad="skip")
    """
    names = source.names
    with CheckRecord.of(source) as record, ThreadPoolExecutor(os.cpu_count()) as pool:

        def find_problem(index: int) -> str | None:
            stamp = source.stamp(index)
            sizes = record.get(stamp)
            if sizes is None:
                try:
                    sizes = Sizes.of(source.load(index))
                except DataError as error:
                    return str(error)
                record.add(stamp, sizes)
            return sizes.problem(names[index], scale, hr_crop)

        found = []
        for problem in pool.map(find_problem, range(len(source))):
            found.append(problem)
            if on_progress is not None:
                on_progress(len(found), len(source))

    problems = [*source.problems, *filter(None, found)]
    if not problems:
        return source
    good = tuple(index for index, problem in enumerate(found) if problem is None)
    listing = "\n  ".join(problems)
    if on_bad == "error" or not good:
        way_out = (
            "Repair or remove them, or leave them out (data.on_bad_file: skip in a recipe)."
            if good
            else "No image is left."
        )
        raise DataError(f"{_count(problems)} cannot be used:\n  {listing}\n{way_out}")
    _logger.warning("%s left out:\n  %s", _count(problems), listing)
    return Selection(source, good)


def _count(problems: list[str]) -> str:
    return "1 image" if len(problems) == 1 else f"{len(problems)} images"
