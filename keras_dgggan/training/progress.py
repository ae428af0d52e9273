"""Progress display of a run: one line with step, pace, time left and losses."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress_bar import ProgressBar
from rich.table import Table

from keras_dgggan.gan.reports import Logs
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
# Steps whose mean pace is shown, and those after which it is first believed.
_RECENT, _FIRST = 50, 3
# Seconds between two lines where there is no terminal: at first, and in a long run.
_SOON, _LATER = 10.0, 60.0


def fitted(parts: Sequence[str], width: int) -> str:
    """As many of the parts as fit into a line, the first in any case.

    Examples:
        >>> fitted(["step 7/10", "2 steps/s", "0:02 left", "loss 0.1"], 33)
        'step 7/10  2 steps/s  0:02 left'
    """
    line = parts[0]
    for part in parts[1:]:
        if len(line) + 2 + len(part) > width:
            break
        line += f"  {part}"
    return line


def duration(seconds: float) -> str:
    """A time as people say it.

    Examples:
        >>> duration(75), duration(4000), duration(200_000)
        ('1:15', '1:06:40', '2 d 7 h')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Pace:
    """How fast a run goes, by the times of its last steps.

    Args:
        clock: Gives the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._times: deque[float] = deque(maxlen=_RECENT + 1)

    def step(self) -> None:
        """Take note of a step that has ended."""
        # The first step ends when the model is traced, so that its own time counts for nothing.
        self._times.append(self.clock())

    @property
    def seconds(self) -> float | None:
        """Seconds a step; None where too few have been taken."""
        if len(self._times) <= _FIRST:
            return None
        return (self._times[-1] - self._times[0]) / (len(self._times) - 1)

    def parts(self, left: int) -> list[str]:
        """The pace and the time left, as a line shows them."""
        if not (seconds := self.seconds):
            return []
        pace = f"{1 / seconds:.3g} steps/s" if seconds < 1 else f"{seconds:.3g} s/step"
        return [pace, f"{duration(left * seconds)} left"]


class _Line(ProgressColumn):
    """Step, pace and time left; then as many of the terms as fit, and a bar beside all of them."""

    def __init__(self, parts: Callable[[], list[str]], console: Console) -> None:
        super().__init__()
        self.parts = parts
        self.console = console

    def render(self, task: Task) -> Table:
        width, parts = self.console.width, self.parts()
        text = fitted(parts, width)
        line = Table.grid(padding=(0, 2, 0, 0))
        bar = width - len(text) - 3
        # Where a term was dropped, a bar would come and go with the length of the numbers.
        if bar < 10 or text != "  ".join(parts):
            line.add_row(text)
        else:
            line.add_row(text, ProgressBar(task.total, task.completed, width=min(bar, 40)))
        return line


@dataclass(eq=False, repr=False)
class ProgressCallback(StepCallback):
    """One line with step, pace, time left and the terms that matter.

    On a terminal the line stands still and has a bar. Elsewhere one is printed each ten seconds at
    first and each minute later, and one at the end.

    Attributes:
        console: Where to show it.
        state: For the best PSNR so far.
        steps: Of the whole run.
        clock: Gives the time in seconds.
    """

    console: Console
    state: RunState
    _: KW_ONLY
    steps: int
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        super().__post_init__()
        line = _Line(self._parts, self.console)
        self.progress = Progress(line, console=self.console, disable=not self.console.is_terminal)

    def on_train_begin(self, logs: Logs = None) -> None:
        self.done = self.model.updates
        self.pace, self.terms, self.told = Pace(self.clock), list[str](), False
        self.started = self.last_line = self.clock()
        self.task = self.progress.add_task("", total=self.steps, completed=self.done)
        self.progress.start()

    def on_train_end(self, logs: Logs = None) -> None:
        self.progress.stop()

    def on_step(self, step: int) -> None:
        self.done = step
        self.pace.step()
        values = self.model.training_logs()
        # Right after a row of the log there are no means.
        if any(values.values()):
            self.terms = [
                f"{label} {values[name]:.4g}" for name, label in _SHOWN.items() if name in values
            ]
        if not self.told and self.pace.seconds and step < self.steps:
            self.told = True
            time_left = duration((self.steps - step) * self.pace.seconds)
            self._print(f"{self.steps - step:,} steps to go: {time_left}, and the validations")
        if self.console.is_terminal:
            self.progress.update(self.task, completed=step)
            return
        now = self.clock()
        interval = min(max((now - self.started) / 10, _SOON), _LATER)
        if step == self.steps or now - self.last_line >= interval:
            self.last_line = now
            self._print("  ".join(self._parts()))

    def _print(self, line: str) -> None:
        self.console.print(line, highlight=False, soft_wrap=True)

    def _parts(self) -> list[str]:
        best = self.state.best_psnr
        return [
            f"step {self.done}/{self.steps}",
            *self.pace.parts(self.steps - self.done),
            *self.terms,
            *([] if best is None else [f"best {best:.2f} dB"]),
        ]
