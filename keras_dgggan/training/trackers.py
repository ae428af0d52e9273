"""Where the numbers and pictures of a run can be watched: TensorBoard, Weights & Biases."""

import importlib
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import tensorflow as tf

from keras_dgggan._types import JsonObject
from keras_dgggan.errors import UsageError
from keras_dgggan.files import atomic_write_text


class Tracker(Protocol):
    """Where a run's numbers and pictures can be watched."""

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """Show numbers of a step."""

    def picture(self, name: str, path: Path, step: int) -> None:
        """Show a PNG file."""

    def close(self) -> None:
        """Send what is left."""


class TensorBoardLog:
    """Scalars and pictures for TensorBoard."""

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

    def __init__(self, project: str, run_dir: Path, config: JsonObject) -> None:
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
