"""Results as Markdown, CSV and JSON."""

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path

from keras_dgggan._version import __version__
from keras_dgggan.errors import UsageError
from keras_dgggan.evaluation.run import SetResult
from keras_dgggan.files import atomic_write_text
from keras_dgggan.metrics.measures import MEASURES, explanations


def markdown(results: Sequence[SetResult], *, per_image: bool = False) -> str:
    """A section for each set: its table, the protocol under it, and a table per image if wanted.

    Examples:
        >>> from keras_dgggan.evaluation import Protocol
        >>> values = {"bicubic": {"baby": {"psnr": 31.78}}}
        >>> result = SetResult("Set5", ("psnr",), Protocol(4, 4), "LR from LR", values)
        >>> print(markdown([result]).split("Protocol")[0].rstrip())
        ## Set5 (1 image)
        <BLANKLINE>
        | method  |   PSNR |
        | :------ | -----: |
        | bicubic | 31.780 |
    """
    sections = []
    for result in results:
        count = len(next(iter(result.values.values())))
        labels = [MEASURES[name].label for name in result.measures]
        rows = [[method, *_cells(result, result.means(method))] for method in result.values]
        parts = [
            f"## {result.name} ({count} {'image' if count == 1 else 'images'})",
            markdown_table(["method", *labels], rows),
            "Protocol:\n\n" + "\n".join(f"- {line}" for line in protocol_lines(result)),
            *result.notes,
        ]
        if per_image:
            parts.append(
                markdown_table(
                    ["image", "method", *labels],
                    [
                        [image, method, *_cells(result, values[image])]
                        for image in next(iter(result.values.values()))
                        for method, values in result.values.items()
                    ],
                    text_columns=2,
                )
            )
        sections.append("\n\n".join(parts))
    return "\n\n".join(sections) + "\n"


def protocol_lines(result: SetResult) -> list[str]:
    """The protocol in lines of text: how LR and SR were made, then what each measure is."""
    protocol = result.protocol
    border = protocol.crop_border
    cropped = f"{border} pixels cropped on each side" if border else "nothing cropped"
    images = (
        f"x{protocol.scale}; HR cropped to multiples of {protocol.scale}; {result.lr}; "
        f"SR in 8 bits; {cropped}; mean over images"
    )
    return [images, *explanations(result.measures, protocol)]


def as_csv(results: Sequence[SetResult]) -> str:
    """A line for each set, method and image, and one for each mean (`image` is empty there)."""
    measures = list(dict.fromkeys(name for result in results for name in result.measures))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["set", "method", "image", *measures])
    for result in results:
        for method, images in result.values.items():
            for image, values in [*images.items(), ("", result.means(method))]:
                found = [values.get(name) for name in measures]
                numbers = ["" if value is None else repr(value) for value in found]
                writer.writerow([result.name, method, image, *numbers])
    return buffer.getvalue()


def as_json(results: Sequence[SetResult]) -> str:
    """Everything, with full precision; an infinite PSNR is the string "inf"."""
    sets = [
        {
            "set": result.name,
            "protocol": {
                "scale": result.protocol.scale,
                "crop_border": result.protocol.crop_border,
                "y_rounding": result.protocol.y_rounding,
                "lr": result.lr,
                "text": protocol_lines(result),
            },
            "notes": result.notes,
            "methods": {
                method: {
                    "mean": _plain(result.means(method)),
                    "images": {image: _plain(values) for image, values in images.items()},
                }
                for method, images in result.values.items()
            },
        }
        for result in results
    ]
    return json.dumps({"version": __version__, "sets": sets}, indent=2) + "\n"


WRITERS = {
    ".md": lambda results: markdown(results, per_image=True),
    ".csv": as_csv,
    ".json": as_json,
}


def check_output(path: Path) -> None:
    """Raise `UsageError` if results cannot be written to `path`."""
    if path.suffix.lower() not in WRITERS:
        raise UsageError(f"cannot write results to '{path}': name a .md, .csv or .json file")
    if not path.parent.is_dir():
        raise UsageError(f"cannot write results to '{path}': there is no such folder")


def write_results(results: Sequence[SetResult], path: Path) -> None:
    """Write results in the format of the path's ending."""
    atomic_write_text(path, WRITERS[path.suffix.lower()](results))


def number(measure: str, value: float | None) -> str:
    """A value as tables print it; `-` where there is none.

    Examples:
        >>> number("psnr", 28.4314), number("niqe", None)
        ('28.431', '-')
    """
    return "-" if value is None else f"{value:.{MEASURES[measure].decimals}f}"


def _cells(result: SetResult, values: dict[str, float | None]) -> list[str]:
    return [number(name, values[name]) for name in result.measures]


def _plain(values: dict[str, float | None]) -> dict[str, float | str | None]:
    return {
        name: "inf" if value is not None and math.isinf(value) else value
        for name, value in values.items()
    }


def markdown_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, text_columns: int = 1
) -> str:
    """A Markdown table: the first columns of text to the left, numbers to the right.

    Examples:
        >>> print(markdown_table(["set", "PSNR"], [["Set5", "28.43"]]))
        | set  |  PSNR |
        | :--- | ----: |
        | Set5 | 28.43 |
    """
    # A rule needs three dashes and its colon.
    widths = [max(4, *map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ["-" * (width - 1) for width in widths]
    rule = [f":{dashes}" if i < text_columns else f"{dashes}:" for i, dashes in enumerate(rule)]
    lines = []
    for cells in [header, rule, *rows]:
        padded = [
            cell.ljust(width) if i < text_columns else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        lines.append(f"| {' | '.join(padded)} |")
    return "\n".join(lines)
