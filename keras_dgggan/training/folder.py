"""A run's folder: its recipe, its lock, whether to continue its run, and its best generator."""

from pathlib import Path

import keras
from rich.console import Console

from keras_dgggan.errors import DggganError, UsageError
from keras_dgggan.files import atomic_path, atomic_write_text
from keras_dgggan.gan import DGGGAN
from keras_dgggan.gan.checkpoint import (
    Checkpoint,
    CheckpointFolder,
    holds_generator,
    restore_generator,
)
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.pretrained.load import RUN_GENERATOR, load_generator
from keras_dgggan.recipe import Recipe, load_recipe, recipe_differences, recipe_text
from keras_dgggan.training.lock import LOCK_NAME, RunLock


class RunFolder:
    """The folder of a run: its recipe, checkpoints, logs, pictures and models."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = RunLock(path)

    @property
    def recipe_file(self) -> Path:
        return self.path / "recipe.yaml"

    @property
    def checkpoints(self) -> CheckpointFolder:
        return CheckpointFolder(self.path / "checkpoints")

    def claim(
        self,
        recipe: Recipe,
        *,
        fresh: bool,
        must_resume: bool,
        allow_changes: bool,
        console: Console,
    ) -> None:
        """Make the folder this recipe's, lock it, and write the resolved recipe into it.

        A folder whose run never reached a checkpoint is taken over. `release` gives the lock back.

        Raises:
            UsageError: It holds a run of another recipe, a model that cannot be gone on with, or
                something that is no run.
            DggganError: Another process trains in it.
        """
        has_run, started = self.recipe_file.is_file(), bool(self.checkpoints.paths())
        if must_resume and not (has_run and started):
            missing = "checkpoint" if has_run else "run"
            raise UsageError(f"nothing to resume: there is no {missing} in '{self.path}'")
        if not has_run and self._is_something_else():
            raise UsageError(
                f"'{self.path}' exists and is not the folder of a run: choose another with "
                "--run-dir"
            )
        if has_run:
            # Before anything of it is compared or moved.
            with self.lock:
                if fresh:
                    pass
                elif started:
                    self._compare(recipe, allow_changes, console)
                elif (self.path / RUN_GENERATOR).exists():
                    raise UsageError(
                        f"the run in '{self.path}' has a model and no checkpoint to go on "
                        "from: --fresh starts anew and keeps it, --run-dir chooses another folder"
                    )
            if fresh:
                console.print(f"the earlier run is kept as {self._put_aside()}", highlight=False)
        self.path.mkdir(parents=True, exist_ok=True)
        self.lock.__enter__()
        atomic_write_text(self.recipe_file, recipe_text(recipe))

    def release(self) -> None:
        """Give the lock back."""
        self.lock.__exit__()

    def _is_something_else(self) -> bool:
        if not self.path.is_dir():
            return self.path.exists()
        return any(path.name != LOCK_NAME for path in self.path.iterdir())

    def _compare(self, recipe: Recipe, allow_changes: bool, console: Console) -> None:
        old = load_recipe(self.recipe_file, check_paths=False)
        differences = recipe_differences(old, recipe)
        if not differences:
            return
        changes = "\n".join(f"  {line}" for line in differences)
        if not allow_changes:
            raise UsageError(
                f"the run in '{self.path}' was made with another recipe:\n{changes}\n"
                "--allow-changes goes on with the new one, --fresh starts anew, --run-dir chooses "
                "another folder"
            )
        console.print(f"going on with a changed recipe:\n{changes}", highlight=False)

    def _put_aside(self) -> Path:
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.old-{number}")).exists():
            number += 1
        self.path.rename(aside)
        return aside


def save_generator(generator: keras.Model, run_dir: Path) -> None:
    """Write the run's `generator.keras`."""
    with atomic_path(run_dir / RUN_GENERATOR) as temporary:
        generator.save(temporary)


def generator_of_checkpoint(model: DGGGAN, checkpoint: Checkpoint, run_dir: Path) -> SuperResolver:
    """The generator of a checkpoint; `generator.keras` is written anew if it holds another."""
    try:
        generator = load_generator(run_dir)
        if holds_generator(checkpoint, generator):
            return generator
    except DggganError:
        # There is none, or it is damaged.
        pass
    network = model.inference_generator
    generator = type(network).from_config(network.get_config())
    restore_generator(generator, checkpoint)
    save_generator(generator, run_dir)
    return generator
