"""What a person sees of a running training."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from keras_dgggan.training.callbacks import RunState, StepCallback


@contextmanager
def checking_progress(console: Console) -> Iterator[Callable[[int, int], None]]:
    """Shows how far the check of the images is; yields what to call with (checked, total)."""
    with Progress(
        TextColumn("checking images"),
        MofNCompleteColumn(),
        BarColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task("")
        yield lambda done, total: progress.update(task, completed=done, total=total)


# The logs that tell whether a run is well; all others are in log.csv and TensorBoard.
_SHOWN = {
    "loss": "loss",
    "pixel": "pixel",
    "image_critic_wasserstein": "W image",
    "gradient_critic_wasserstein": "W gradient",
}


class ProgressCallback(StepCallback):
    """A bar with the terms that matter; without a terminal, a line now and then.

    Args:
        console: Where to show it.
        state: For the best PSNR so far.
        steps: Of the whole run.
        lines_every: Steps between two lines where there is no terminal.
        accumulate: Batches to an update.
    """

    def __init__(
        self, console: Console, state: RunState, *, steps: int, lines_every: int, accumulate: int
    ) -> None:
        super().__init__(accumulate)
        self.console = console
        self.state = state
        self.steps = steps
        self.lines_every = lines_every
        self.progress = Progress(
            TextColumn("step"),
            MofNCompleteColumn(),
            BarColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def on_train_begin(self, logs: Any = None) -> None:
        step = int(self.model.step.numpy()) // self.accumulate
        self.task = self.progress.add_task("", total=self.steps, completed=step)
        self.progress.start()

    def on_train_end(self, logs: Any = None) -> None:
        self.progress.stop()

    def on_step(self, step: int) -> None:
        if self.console.is_terminal:
            self.progress.update(self.task, completed=step, description=self._text())
        elif step % self.lines_every == 0:
            self.console.print(
                f"step {step}/{self.steps}  {self._text()}", highlight=False, soft_wrap=True
            )

    def _text(self) -> str:
        logs = self.model.training_logs()
        parts = [f"{label} {logs[name]:.4g}" for name, label in _SHOWN.items() if name in logs]
        if self.state.best_psnr is not None:
            parts.append(f"best {self.state.best_psnr:.2f} dB")
        return "  ".join(parts)
