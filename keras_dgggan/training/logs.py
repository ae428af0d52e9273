"""The numbers of a run: CSV files and TensorBoard."""

import csv
import importlib
import io
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import tensorflow as tf

from keras_dgggan.errors import UsageError
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


class Tracker(Protocol):
    """Where a run's numbers and pictures can be watched."""

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """Show numbers of a step."""

    def picture(self, name: str, path: Path, step: int) -> None:
        """Show a PNG file."""

    def close(self) -> None:
        """Send what is left."""


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


class WandbLog:
    """Scalars and pictures for Weights & Biases; a run that goes on continues its curves.

    Args:
        project: The project's name.
        run_dir: The run's folder, whose name the run gets.
        config: The recipe, to be shown beside the curves.

    Raises:
        UsageError: The package wandb is not installed.
    """

    def __init__(self, project: str, run_dir: Path, config: Mapping[str, Any]) -> None:
        try:
            wandb = importlib.import_module("wandb")
        except ImportError:
            raise UsageError(
                "log.wandb_project is set, and the package wandb is not installed: run "
                "`pip install wandb`, or leave the key out"
            ) from None
        self._wandb = wandb
        self._run = wandb.init(
            project=project,
            name=run_dir.name,
            id=_lasting_id(run_dir / "wandb-id.txt"),
            resume="allow",
            dir=str(run_dir),
            config=dict(config),
        )

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        self._run.log({**values, "step": step})

    def picture(self, name: str, path: Path, step: int) -> None:
        self._run.log({name: self._wandb.Image(str(path)), "step": step})

    def close(self) -> None:
        self._run.finish()


def _lasting_id(path: Path) -> str:
    """A random text that stays the same as long as its file does."""
    if not path.is_file():
        atomic_write_text(path, uuid.uuid4().hex[:16])
    return path.read_text("utf-8").strip()
