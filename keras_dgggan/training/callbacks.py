"""Keras callbacks of a run: finite guard, logs, validation, checkpoints, stopping."""

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

import keras

from keras_dgggan.errors import DggganError
from keras_dgggan.gan.checkpoint import CheckpointFolder
from keras_dgggan.gan.reports import Logs
from keras_dgggan.training.csv_log import CsvLog
from keras_dgggan.training.devices import Devices
from keras_dgggan.training.folder import save_generator
from keras_dgggan.training.health import Health
from keras_dgggan.training.signals import StopSignals
from keras_dgggan.training.trackers import Tracker
from keras_dgggan.training.validation import Score, Validator, mean_score


@dataclass
class RunState:
    """State of a run besides the model's variables.

    Attributes:
        run_dir: Its folder.
        checkpoints: Its checkpoints.
        start: The step that it started from.
        best_psnr: The mean PSNR of the best generator so far.
        best_step: The number of batches after which it was validated.
        newest_is_best: Whether later generators count as better whatever their PSNR, which
            perceptual and adversarial training lowers on purpose.
        scores: Of the last validation.
        pictures: Of the last validation.
        validated_step: The step of the last validation.
        saved_step: The step of the last checkpoint.
    """

    run_dir: Path
    checkpoints: CheckpointFolder
    start: int = 0
    best_psnr: float | None = None
    best_step: int | None = None
    newest_is_best: bool = False
    scores: list[Score] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)
    validated_step: int = -1
    saved_step: int = -1

    def is_best(self, psnr: float) -> bool:
        """Whether a generator of this PSNR is to be kept, and not the one kept so far.

        The same PSNR again means the same generator: that of a finished run, validated once more.
        """
        if self.best_psnr is None:
            return True
        return psnr != self.best_psnr if self.newest_is_best else psnr > self.best_psnr


class StepCallback(keras.callbacks.Callback):
    """Calls `on_step` after each update of the generator, with the number of updates so far."""

    def __post_init__(self) -> None:
        # A dataclass, as those below are, does not call it.
        super().__init__()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if int(self.model.step.numpy()) % self.model.accumulate == 0:
            self.on_step(self.model.updates)

    def on_step(self, step: int) -> None:
        raise NotImplementedError


@dataclass(eq=False, repr=False)
class NonFiniteGuard(keras.callbacks.Callback):
    """Ends the run, or warns, at a batch whose loss or gradient is not finite.

    The model has not taken that batch's update, on however many devices.

    Attributes:
        batch_names: The file names of a batch, by its number.
        skip: Go on without the batch.
        report: Called with a line on each batch passed over.
    """

    batch_names: Callable[[int], Sequence[str]]
    skip: bool
    report: Callable[[str], None]

    def __post_init__(self) -> None:
        super().__init__()

    def on_train_begin(self, logs: Logs = None) -> None:
        self.skipped = int(self.model.skipped_steps.numpy())

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        skipped = int(self.model.skipped_steps.numpy())
        if skipped == self.skipped:
            return
        self.skipped = skipped
        number = int(self.model.step.numpy()) - 1
        what = ", ".join(self.model.nonfinite())
        names = ", ".join(self.batch_names(number))
        message = f"not finite at step {number + 1}: {what}; the batch is {names}"
        if not self.skip:
            raise DggganError(
                f"{message}. The last checkpoint is from before it. "
                "training.on_nonfinite: skip passes over such batches"
            )
        self.report(f"{message}; skipped ({skipped} so far)")


@dataclass(eq=False, repr=False)
class LogCallback(StepCallback):
    """Writes the mean of every log over the last steps to CSV and TensorBoard."""

    csv_log: CsvLog
    trackers: Sequence[Tracker]
    health: Health
    _: KW_ONLY
    every: int
    samples: int

    def on_train_begin(self, logs: Logs = None) -> None:
        self.started, self.steps = time.perf_counter(), 0

    def on_step(self, step: int) -> None:
        self.steps += 1
        if step % self.every:
            return
        elapsed = time.perf_counter() - self.started
        values = {
            "learning_rate": float(self.model.optimizer.learning_rate),
            "pairs_per_second": self.samples * self.model.accumulate * self.steps / elapsed,
            **self.model.training_logs(),
        }
        self.csv_log.write({"step": step, **values})
        for tracker in self.trackers:
            tracker.scalars(values, step)
        self.health.logged(values, step)
        self.model.reset_training_logs()
        self.started, self.steps = time.perf_counter(), 0


@dataclass(eq=False, repr=False)
class ValidationCallback(StepCallback):
    """Measures the generator, keeps pictures, and keeps the generator if it is the best."""

    validator: Validator
    state: RunState
    csv_log: CsvLog
    trackers: Sequence[Tracker]
    health: Health
    _: KW_ONLY
    every: int
    found_best: bool = False

    def on_step(self, step: int) -> None:
        if step % self.every == 0:
            self.validate(step)

    def validate(self, step: int) -> None:
        state = self.state
        scores, pictures = self.validator.run(state.run_dir / "validation", step)
        mean = mean_score(scores)
        state.scores, state.pictures, state.validated_step = scores, pictures, step
        for score in [*scores, mean]:
            self.csv_log.write({"step": step, **vars(score)})
        for tracker in self.trackers:
            tracker.scalars({f"validation/{k}": v for k, v in mean.numbers.items()}, step)
            for path in pictures:
                tracker.picture(path.name.partition("-step-")[0], path, step)
        self.health.validated(mean.color_error, step)
        if state.is_best(mean.psnr_y):
            state.best_psnr = mean.psnr_y
            state.best_step = int(self.model.step.numpy())
            self.found_best = True


@dataclass(eq=False, repr=False)
class CheckpointCallback(StepCallback):
    """Writes a checkpoint now and then, and whenever a validation found the best so far."""

    state: RunState
    validation: ValidationCallback | None
    _: KW_ONLY
    every: int

    def on_step(self, step: int) -> None:
        best = self.validation is not None and self.validation.found_best
        if best or step % self.every == 0:
            self.save(step)

    def save(self, step: int) -> None:
        state = self.state
        meta = {"best_psnr": state.best_psnr, "best_step": state.best_step}
        path = state.checkpoints.save(step, self.model, meta)
        state.saved_step = step
        # Whatever a kill leaves undone from here on is made good from the checkpoint.
        if self.validation is None:
            save_generator(self.model.inference_generator, state.run_dir)
        elif self.validation.found_best:
            state.checkpoints.keep_as_best(path)
            save_generator(self.model.inference_generator, state.run_dir)
            self.validation.found_best = False


@dataclass(eq=False, repr=False)
class StopCallback(StepCallback):
    """Ends the run with a checkpoint when it, or another worker of it, was told to stop.

    Attributes:
        signals: What this process was told.
        devices: Where the run trains.
        checkpoints: Writes the checkpoint; None in a worker that does not.
    """

    signals: StopSignals
    devices: Devices
    checkpoints: CheckpointCallback | None

    def on_step(self, step: int) -> None:
        # All workers have to stop after the same step.
        if not self.devices.total(float(self.signals.received is not None)):
            return
        if self.signals.received is None:
            self.signals.received = signal.SIGTERM
        if self.checkpoints is not None and self.checkpoints.state.saved_step != step:
            self.checkpoints.save(step)
        self.model.stop_training = True
