"""CSV files of a run: `log.csv` and `validation.csv`."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from keras_dgggan.files import atomic_write_text


class CsvLog:
    """A CSV file with a row for each of certain steps, in the order of the steps.

    A run that goes on from a checkpoint drops the rows after it, which it will write again.

    Args:
        path: The file.
        columns: Its columns; the first is `step`.
        resume_step: The step to go on from; 0 starts a new file.

    Examples:
        >>> path = Path("log.csv")
        >>> CsvLog(path, ["step", "loss"], resume_step=0).write({"step": 1, "loss": 0.25})
        >>> list(read_rows(path))
        [{'step': '1', 'loss': '0.25'}]
    """

    def __init__(self, path: Path, columns: Sequence[str], resume_step: int) -> None:
        self.path = path
        self.columns = list(columns)
        rows = [row for row in read_rows(path) if int(row["step"]) <= resume_step]
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        atomic_write_text(path, text.getvalue())

    def write(self, values: Mapping[str, object]) -> None:
        """Append a row; a name that is no column is left out."""
        row = {name: _shown(value) for name, value in values.items()}
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, self.columns, restval="", extrasaction="ignore").writerow(row)


def _shown(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a run's CSV file by column, those that are whole; none if there is no file.

    The last row of a run under way, or of one that was killed, can be torn; a disk can damage any.
    """
    if not path.is_file():
        return
    text = path.read_bytes().decode("utf-8", errors="replace")
    header, *lines = text.splitlines() or [""]
    columns = header.split(",")
    for line in lines:
        try:
            # Line by line: a damaged quotation mark would take in all that follows it.
            cells = next(csv.reader([line], strict=True), [])
        except csv.Error:
            continue
        row = dict(zip(columns, cells, strict=False))
        whole = len(cells) == len(columns) and "\ufffd" not in line
        if whole and row.get("step", "").isdecimal() and row["step"].isascii():
            yield row
