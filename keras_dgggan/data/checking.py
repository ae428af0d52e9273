"""Finding images that cannot be trained on before training starts."""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Literal, NamedTuple, Self

from keras_dgggan.data.source import Sample, Selection, Source, misfit
from keras_dgggan.errors import DataError
from keras_dgggan.files import atomic_write_text, cache_folder

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

    Examples:
        >>> from keras_dgggan.data import SkimageSource
        >>> len(check_source(SkimageSource(["coffee"]), scale=4, hr_crop=192, on_bad="skip"))
        1
    """
    names = source.names
    with _remembered(source) as known, ThreadPoolExecutor(os.cpu_count()) as pool:

        def find_problem(index: int) -> str | None:
            stamp = source.stamp(index)
            sizes = known.get(stamp)
            if sizes is None:
                try:
                    sizes = Sizes.of(source.load(index))
                except DataError as error:
                    return str(error)
                known[stamp] = sizes
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


class Sizes(NamedTuple):
    """Height and width of an image, and of its LR image where it has one."""

    hr: tuple[int, int]
    lr: tuple[int, int] | None = None

    @classmethod
    def of(cls, sample: Sample) -> Self:
        lr = None if sample.lr is None else sample.lr.shape[:2]
        return cls(sample.hr.shape[:2], lr)

    def problem(self, name: str, scale: int, hr_crop: int) -> str | None:
        """Why an image of these sizes cannot be used, if so."""
        if self.lr is not None and (problem := misfit(name, self.hr, self.lr, scale)) is not None:
            return problem
        height, width = self.hr
        # A crop is aligned to LR pixels: what is left of HR after cutting has to hold it.
        if min(height // scale, width // scale) * scale < hr_crop:
            return f"'{name}' is {width}x{height}, smaller than the crop of {hr_crop}x{hr_crop}."
        return None


@contextmanager
def _remembered(source: Source) -> Iterator[dict[str, Sizes]]:
    """Sizes of images that earlier checks decoded without fault, by the stamp of their files.

    What is added inside is there the next time. A cache that cannot be read or written is no reason
    to fail: images are decoded again.
    """
    digest = hashlib.sha256("\0".join(map(os.path.abspath, source.names)).encode()).hexdigest()
    path = cache_folder() / "checked" / f"{digest[:32]}.json"
    known: dict[str, Sizes] = {}
    with suppress(OSError, ValueError, TypeError, KeyError):
        for stamp, (hr, lr) in json.loads(path.read_text("utf-8")).items():
            known[stamp] = Sizes(tuple(hr), None if lr is None else tuple(lr))
    before = len(known)
    try:
        yield known
    finally:
        if len(known) > before:
            with suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                atomic_write_text(path, json.dumps(known))
