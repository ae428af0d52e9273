"""The numbers of a run: CSV files and TensorBoard."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import tensorflow as tf

from keras_dgggan.files import atomic_write_text


class CsvLog:
    """A CSV file with a row for each of certain steps, in the order of the steps.

    A run that goes on from a checkpoint drops the rows after it, which it will write again.

    Args:
        path: The file.
        columns: Its columns; the first is `step`.
        resume_step: The step to go on from; 0 starts a new file.
    """

    def __init__(self, path: Path, columns: Sequence[str], resume_step: int) -> None:
        self.path = path
        self.columns = list(columns)
        rows = [row for row in self._old_rows() if int(row["step"]) <= resume_step]
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        atomic_write_text(path, text.getvalue())

    def _old_rows(self) -> list[dict[str, str]]:
        if not self.path.is_file():
            return []
        with self.path.open(newline="", encoding="utf-8") as file:
            # A kill can tear the last row.
            return [row for row in csv.DictReader(file) if (row.get("step") or "").isdigit()]

    def write(self, values: Mapping[str, object]) -> None:
        """Append a row; a name that is no column is left out."""
        row = {name: _shown(value) for name, value in values.items()}
        with self.path.open("a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, self.columns, restval="", extrasaction="ignore").writerow(row)


def _shown(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value


class TensorBoardLog:
    """Scalars and pictures for TensorBoard.

    Args:
        folder: Where its event files go.
    """

    def __init__(self, folder: Path) -> None:
        self.writer = tf.summary.create_file_writer(str(folder))

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        with self.writer.as_default(step):
            for name, value in values.items():
                tf.summary.scalar(name, value)
        self.writer.flush()

    def picture(self, name: str, path: Path, step: int) -> None:
        """Show a PNG file."""
        pixels = tf.io.decode_png(tf.io.read_file(str(path)))
        with self.writer.as_default(step):
            tf.summary.image(name, pixels[None])
        self.writer.flush()

    def close(self) -> None:
        self.writer.close()
