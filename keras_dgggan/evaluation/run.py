"""Measuring methods on a benchmark set."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from keras_dgggan.evaluation.benchmark_sets import BenchmarkSet
from keras_dgggan.evaluation.methods import Bicubic, Method, Pixels, ReadyImages, read_sample
from keras_dgggan.files import atomic_path
from keras_dgggan.metrics.measures import (
    MEASURES,
    Protocol,
    Values,
    mean_values,
    measure,
    usable_measures,
)


@dataclass
class SetResult:
    """All numbers of one benchmark set.

    Attributes:
        name: The set.
        measures: Names of the measures, in the order of columns.
        protocol: How they were measured.
        lr: Where LR came from, in words.
        values: By method, then by image, then by measure.
        notes: What was left out, and why.
    """

    name: str
    measures: tuple[str, ...]
    protocol: Protocol
    lr: str
    values: dict[str, dict[str, Values]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def means(self, method: str) -> Values:
        """The mean over images; over those that have the value, where some do not."""
        return mean_values([*self.values[method].values()])


def evaluate(
    benchmark_set: BenchmarkSet,
    methods: Sequence[Method],
    measures: Sequence[str],
    protocol: Protocol,
    *,
    save_images: Path | None = None,
    report: Callable[[], None] = lambda: None,
) -> SetResult:
    """Measure methods on every image of a benchmark set.

    Args:
        benchmark_set: The images.
        methods: What makes SR.
        measures: Names of `MEASURES`; those whose weights are missing are left out with a note.
        protocol: How to measure.
        save_images: Folder for the SR images, as `SET/METHOD/IMAGE.png`.
        report: Called after each image and method.

    Raises:
        DataError: Files that do not belong together.
        ImageFileError: A file that cannot be decoded.
        WeightsError: No measure is left.

    Examples:
        >>> from PIL import Image
        >>> from keras_dgggan.evaluation import find_benchmark_set
        >>> Path("Squares").mkdir()
        >>> Image.linear_gradient("L").save("Squares/gradient.png")
        >>> found = find_benchmark_set(Path("Squares"), scale=4)
        >>> result = evaluate(found, [Bicubic()], ["psnr", "ssim"], Protocol(4, 4))
        >>> [round(value, 2) for value in result.means("bicubic").values()]
        [48.2, 1.0]
    """
    usable, notes = usable_measures(measures, protocol)
    result = SetResult(
        benchmark_set.name,
        usable,
        protocol,
        _lr_in_words(benchmark_set, methods),
        notes=[*notes, *benchmark_set.notes],
    )
    for method in methods:
        result.values[method.name] = {}
        if isinstance(method, ReadyImages):
            method.open_set(benchmark_set, protocol.scale)
    small: dict[str, list[str]] = {}
    for image in benchmark_set.images:
        sample = read_sample(image, protocol.scale, benchmark_set.degradation)
        for method in methods:
            sr = method(sample)
            values, missing = measure(sample.hr, sr, usable, protocol)
            for name, reason in missing.items():
                small.setdefault(f"{MEASURES[name].label}: {reason}", []).append(image.name)
            result.values[method.name][image.name] = values
            if save_images is not None:
                _save(sr, save_images / benchmark_set.name / method.name / f"{image.name}.png")
            report()
    result.notes += [
        f"{', '.join(dict.fromkeys(images))} without {reason}" for reason, images in small.items()
    ]
    return result


def _lr_in_words(benchmark_set: BenchmarkSet, methods: Sequence[Method]) -> str:
    if benchmark_set.lr_folder is not None:
        folder = benchmark_set.lr_folder
        by_scale = re.fullmatch(r"x\d+", folder.name, re.IGNORECASE)
        return (
            f"LR from {folder.parent.name}/{folder.name}" if by_scale else f"LR from {folder.name}"
        )
    if benchmark_set.degradation is not None:
        return f"LR from HR by {benchmark_set.degradation.text}"
    words = "LR by MATLAB's bicubic of uint8"
    if any(isinstance(method, Bicubic) for method in methods):
        words += " (for the row bicubic: in floating point, rounded to 8 bits after each resize)"
    return words


def _save(pixels: Pixels, path: Path) -> None:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        Image.fromarray(pixels).save(temporary, format="PNG")
