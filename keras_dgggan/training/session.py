"""One training session: fits the model with its callbacks, then validates, saves, exports."""

import signal
from dataclasses import dataclass
from pathlib import Path

import keras
from rich.console import Console

from keras_dgggan import data
from keras_dgggan.data.source import Source
from keras_dgggan.gan import DGGGAN
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.recipe import Recipe, recipe_text
from keras_dgggan.training.build import build_degradation, samples_per_step
from keras_dgggan.training.callbacks import (
    CheckpointCallback,
    LogCallback,
    NonFiniteGuard,
    RunState,
    StopCallback,
    ValidationCallback,
)
from keras_dgggan.training.csv_log import CsvLog
from keras_dgggan.training.devices import Devices, share_batches
from keras_dgggan.training.folder import generator_of_checkpoint
from keras_dgggan.training.health import Health
from keras_dgggan.training.progress import ProgressCallback
from keras_dgggan.training.signals import StopSignals
from keras_dgggan.training.trackers import TensorBoardLog, Tracker, WandbLog
from keras_dgggan.training.validation import MEASURED, Pair, Score, Validator, mean_score


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


@dataclass(eq=False)
class Session:
    """Trains from where a run's state stands to its last step.

    Attributes:
        recipe: What to do.
        model: The compiled model, its weights set.
        source: Training images, checked.
        pairs: Validation images; none in a worker that does not write.
        state: Where the run stands.
        console: Where to show progress.
        devices: Where the run trains.
    """

    recipe: Recipe
    model: DGGGAN
    source: Source
    pairs: list[Pair]
    state: RunState
    console: Console
    devices: Devices

    def __post_init__(self) -> None:
        self.signals = StopSignals()
        self.trackers: list[Tracker] = []
        self.validator: Validator | None = None
        self.validation: ValidationCallback | None = None
        self.checkpoint: CheckpointCallback | None = None
        if self.devices.chief:
            self._prepare_to_write()

    def _prepare_to_write(self) -> None:
        recipe, state = self.recipe, self.state
        self.trackers.append(TensorBoardLog(state.run_dir / "tensorboard"))
        if recipe.log.wandb_project is not None:
            self.trackers.append(
                WandbLog(recipe.log.wandb_project, state.run_dir, recipe.model_dump(mode="json"))
            )
        self.health = Health(
            lambda line: self.console.print(f"[yellow]{line}[/]", highlight=False, soft_wrap=True)
        )
        if self.pairs:
            # A run that was finished before is validated once more: rows are not to come twice.
            kept = self.step - (self.step >= recipe.training.steps)
            self.validator = Validator(
                self.pairs,
                self.model.inference_generator,
                recipe.network.scale,
                recipe.validation.images,
            )
            self.validation = ValidationCallback(
                self.validator,
                state,
                CsvLog(state.run_dir / "validation.csv", ["step", "name", *MEASURED], kept),
                self.trackers,
                self.health,
                every=recipe.validation.every,
            )
            # That is done without a fit, which would set it.
            self.validation.set_model(self.model)
        self.checkpoint = CheckpointCallback(state, self.validation, every=recipe.checkpoint.every)
        self.checkpoint.set_model(self.model)

    @property
    def step(self) -> int:
        """Generator steps done."""
        return self.model.updates

    def run(self) -> RunResult:
        """Train to the end, or until told to stop."""
        with self.signals:
            if self.step < self.recipe.training.steps:
                self._fit()
            stopped = self.signals.received
            if stopped and self.step < self.recipe.training.steps:
                result = RunResult(run_dir=self.state.run_dir, step=self.step, stopped_by=stopped)
            else:
                result = self._finish()
        for tracker in self.trackers:
            tracker.close()
        return result

    def _fit(self) -> None:
        training = self.recipe.training
        batch, start = samples_per_step(self.recipe), int(self.model.step.numpy())
        dataset = data.training_dataset(
            self.source,
            seed=training.seed,
            scale=self.recipe.network.scale,
            lr_crop=self.recipe.data.lr_crop,
            batch_size=batch,
            start_batch=start,
            num_shards=self.devices.workers,
            shard=self.devices.worker,
            augment=self.recipe.data.augment,
            degradation=build_degradation(self.recipe),
        )
        self.model.fit(
            share_batches(dataset, self.devices, batch),
            epochs=1,
            steps_per_epoch=training.steps * training.accumulate - start,
            callbacks=self._callbacks(batch),
            shuffle=False,
            verbose=0,
        )
        self.devices.leave()

    def _callbacks(self, batch: int) -> list[keras.callbacks.Callback]:
        training = self.recipe.training
        guard = NonFiniteGuard(
            lambda number: data.batch_names(
                self.source, seed=training.seed, batch_size=batch, batch=number
            ),
            skip=training.on_nonfinite == "skip",
            report=lambda line: self.console.print(line, highlight=False, soft_wrap=True),
        )
        stop = StopCallback(self.signals, self.devices, self.checkpoint)
        if self.checkpoint is None:
            return [guard, stop]
        columns = ["step", "learning_rate", "pairs_per_second", *self.model.training_logs()]
        progress = ProgressCallback(
            self.console,
            self.state,
            steps=training.steps,
        )
        log = LogCallback(
            CsvLog(self.state.run_dir / "log.csv", columns, self.step),
            self.trackers,
            self.health,
            every=self.recipe.log.every,
            samples=batch,
        )
        validation = [] if self.validation is None else [self.validation]
        return [guard, progress, log, *validation, self.checkpoint, stop]

    def _finish(self) -> RunResult:
        state = self.state
        if self.checkpoint is None:
            return RunResult(run_dir=state.run_dir, step=self.step)
        if self.validation is not None and state.validated_step != self.step:
            self.validation.validate(self.step)
        if state.saved_step != self.step or (self.validation and self.validation.found_best):
            self.checkpoint.save(self.step)
        checkpoints = state.checkpoints
        best = checkpoints.best() if self.validation is not None else None
        best = best or checkpoints.newest_whole()[0]
        assert best is not None  # one was saved above, or gone on from
        generator = generator_of_checkpoint(self.model, best, state.run_dir)
        exported = self._export(generator) if self.recipe.export else None
        return RunResult(
            run_dir=state.run_dir,
            step=self.step,
            score=mean_score(state.scores) if state.scores else None,
            bicubic=mean_score(self.validator.bicubic) if self.validator else None,
            pictures=tuple(state.pictures),
            exported=exported,
        )

    def _export(self, generator: SuperResolver) -> Path:
        from keras_dgggan.export import export_saved_model

        summary = {"steps": self.step, "psnr_y": self.state.best_psnr}
        return export_saved_model(
            generator,
            self.state.run_dir / "saved_model",
            recipe_text=recipe_text(self.recipe),
            training_summary=summary,
        )
