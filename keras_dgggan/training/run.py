"""A training run: from a recipe to a folder with everything in it."""

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from rich.console import Console

from keras_dgggan import data
from keras_dgggan.data.source import Source
from keras_dgggan.models import RUN_GENERATOR, load_generator
from keras_dgggan.recipe import Recipe, recipe_text
from keras_dgggan.training.build import build_source, build_model, samples_per_step
from keras_dgggan.training.callbacks import (
    CheckpointCallback,
    LogCallback,
    NonFiniteGuard,
    RunState,
    StopCallback,
    ValidationCallback,
    save_generator,
)
from keras_dgggan.training.checkpoint import CheckpointFolder, copy_generator, restore
from keras_dgggan.training.folder import RunFolder
from keras_dgggan.training.logs import CsvLog, TensorBoardLog
from keras_dgggan.training.progress import ProgressCallback
from keras_dgggan.training.signals import StopSignals
from keras_dgggan.training.validation import Pair, Score, Validator, mean_score

_SCORE_COLUMNS = ("step", "name", "psnr_y", "ssim_y")


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """How a run ended.

    Attributes:
        run_dir: Its folder.
        step: Generator steps done.
        stopped_by: The signal that ended it early.
        score: Mean over the validation images, at the end.
        bicubic: The same of bicubic interpolation.
        pictures: The pictures of the last validation.
        exported: The exported SavedModel's version folder.
    """

    run_dir: Path
    step: int
    stopped_by: signal.Signals | None = None
    score: Score | None = None
    bicubic: Score | None = None
    pictures: tuple[Path, ...] = ()
    exported: Path | None = None


def train(
    recipe: Recipe,
    run_dir: str | Path | None = None,
    *,
    fresh: bool = False,
    must_resume: bool = False,
    allow_changes: bool = False,
    console: Console | None = None,
) -> RunResult:
    """Train as a recipe says, or go on with a run that was stopped.

    Args:
        recipe: What to do.
        run_dir: Where everything goes; `runs/NAME` by default. A run found there is gone on with
            from its newest whole checkpoint.
        fresh: Start anew; a run found there is kept under another name.
        must_resume: Refuse to start anew.
        allow_changes: Go on with a run even though its recipe was another.
        console: Where to show progress; standard error by default.

    Returns:
        Where things are, and how good the model is.

    Raises:
        UsageError: The folder holds something else, or a run with another recipe.
        DataError: Images that cannot be used, all named.
        DggganError: A loss or gradient was not finite.

    Example:
        >>> train(load_recipe("recipes/quickstart.yaml")).score.psnr_y
    """
    console = console or Console(stderr=True)
    folder = RunFolder(Path(run_dir or Path("runs") / recipe.name))
    source = _checked(recipe, recipe.data.train, recipe.hr_crop, console)
    pairs = _validation_pairs(recipe, console)
    folder.claim(
        recipe, fresh=fresh, must_resume=must_resume, allow_changes=allow_changes, console=console
    )
    if recipe.training.deterministic:
        tf.config.experimental.enable_op_determinism()
    model = build_model(recipe)
    checkpoints = CheckpointFolder(folder.path / "checkpoints", recipe.checkpoint.keep)
    checkpoint, problems = checkpoints.newest_whole()
    for problem in problems:
        console.print(f"[yellow]{problem}; going back to the one before[/]", highlight=False)
    state = RunState(folder.path)
    if checkpoint is not None:
        restore(model, checkpoint)
        state.best_psnr = checkpoint.meta["best_psnr"]
        done = int(model.step.numpy()) // recipe.training.accumulate
        state.saved_step = done
        console.print(f"going on from step {done} of {folder.path}", highlight=False)
    elif recipe.training.init_from is not None:
        name = str(recipe.training.init_from)
        start = load_generator(recipe.training.init_from)
        copy_generator(start, model.generator, name)
        if model.ema_generator is not None:
            copy_generator(start, model.ema_generator, name)
    return _Run(recipe, model, source, pairs, checkpoints, state, console).go()


def _checked(recipe: Recipe, images: Any, hr_crop: int, console: Console) -> Source:
    return data.check_source(
        build_source(images),
        scale=recipe.network.scale,
        hr_crop=hr_crop,
        on_bad=recipe.data.on_bad_file,
    )


def _validation_pairs(recipe: Recipe, console: Console) -> list[Pair]:
    if recipe.data.valid is None:
        return []
    # Scores leave a border out on both sides, and SSIM has a window of 11.
    smallest = 11 + 3 * recipe.network.scale
    source = _checked(recipe, recipe.data.valid, smallest, console)
    return list(data.validation_pairs(source, scale=recipe.network.scale))


class _Run:
    """The parts of a run, put together."""

    def __init__(
        self,
        recipe: Recipe,
        model: Any,
        source: Source,
        pairs: list[Pair],
        checkpoints: CheckpointFolder,
        state: RunState,
        console: Console,
    ) -> None:
        self.recipe = recipe
        self.model = model
        self.source = source
        self.state = state
        self.console = console
        self.signals = StopSignals()
        accumulate = recipe.training.accumulate
        self.tensorboard = TensorBoardLog(state.run_dir / "tensorboard")
        self.validator = None
        self.validation = None
        if pairs:
            self.validator = Validator(
                pairs, model.inference_generator, recipe.network.scale, recipe.validation.images
            )
            self.validation = ValidationCallback(
                self.validator,
                state,
                CsvLog(state.run_dir / "validation.csv", _SCORE_COLUMNS, self.step),
                self.tensorboard,
                every=recipe.validation.every,
                accumulate=accumulate,
            )
        self.checkpoint = CheckpointCallback(
            checkpoints,
            state,
            self.validation,
            every=recipe.checkpoint.every,
            accumulate=accumulate,
        )

    @property
    def step(self) -> int:
        return int(self.model.step.numpy()) // self.recipe.training.accumulate

    def go(self) -> RunResult:
        with self.signals:
            if self.step < self.recipe.training.steps:
                self._fit()
            stopped = self.signals.received
            if stopped and self.step < self.recipe.training.steps:
                self.tensorboard.close()
                return RunResult(run_dir=self.state.run_dir, step=self.step, stopped_by=stopped)
            return self._finish()

    def _fit(self) -> None:
        training, batch = self.recipe.training, samples_per_step(self.recipe)
        start = int(self.model.step.numpy())
        dataset = data.training_dataset(
            self.source,
            seed=training.seed,
            scale=self.recipe.network.scale,
            lr_crop=self.recipe.data.lr_crop,
            batch_size=batch,
            start_batch=start,
            augment=self.recipe.data.augment,
        )
        columns = ["step", "learning_rate", "pairs_per_second", *self.model.training_logs()]
        callbacks: list[keras.callbacks.Callback] = [
            NonFiniteGuard(
                lambda number: data.batch_names(
                    self.source, seed=training.seed, batch_size=batch, batch=number
                ),
                skip=training.on_nonfinite == "skip",
                report=self.console.print,
            ),
            ProgressCallback(
                self.console,
                self.state,
                steps=training.steps,
                lines_every=self.recipe.log.every,
                accumulate=training.accumulate,
            ),
            LogCallback(
                CsvLog(self.state.run_dir / "log.csv", columns, self.step),
                self.tensorboard,
                every=self.recipe.log.every,
                samples=batch,
                accumulate=training.accumulate,
            ),
            self.checkpoint,
            StopCallback(self.signals, self.checkpoint, accumulate=training.accumulate),
        ]
        if self.validation is not None:
            callbacks.insert(3, self.validation)
        self.model.fit(
            dataset,
            epochs=1,
            steps_per_epoch=training.steps * training.accumulate - start,
            callbacks=callbacks,
            shuffle=False,
            verbose=0,
        )

    def _finish(self) -> RunResult:
        if self.validation is not None and self.state.validated_step != self.step:
            self.validation.validate(self.step)
        if self.state.saved_step != self.step or (self.validation and self.validation.found_best):
            self.checkpoint.save(self.step)
        if not (self.state.run_dir / RUN_GENERATOR).is_file():
            save_generator(self.model, self.state.run_dir)
        exported = self._export() if self.recipe.export else None
        self.tensorboard.close()
        return RunResult(
            run_dir=self.state.run_dir,
            step=self.step,
            score=mean_score(self.state.scores) if self.state.scores else None,
            bicubic=mean_score(self.validator.bicubic) if self.validator else None,
            pictures=tuple(self.state.pictures),
            exported=exported,
        )

    def _export(self) -> Path:
        from keras_dgggan.export import export_saved_model

        summary = {"steps": self.step, "psnr_y": self.state.best_psnr}
        return export_saved_model(
            load_generator(self.state.run_dir),
            self.state.run_dir / "saved_model",
            recipe_text=recipe_text(self.recipe),
            training_summary=summary,
        )
