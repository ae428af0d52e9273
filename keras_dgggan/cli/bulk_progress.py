"""One bar over all pictures of a bulk run, or now and then a line where nobody watches."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from keras_dgggan.cli.progress import bars_on_terminals

if TYPE_CHECKING:
    from keras_dgggan import bulk
    from keras_dgggan.bulk.manifest import Row

# Seconds between lines in a log, and those that a bar's rates are taken over.
_BETWEEN_LINES = 30.0
_WINDOW = 60.0


@contextmanager
def without_rays_notes(debug: bool) -> Iterator[None]:
    """Keep off standard output and error what Ray prints there; `debug` moves it to the latter.

    Its C++ parts write past Python.
    """
    if debug:
        with redirect_stdout(sys.stderr):
            yield
        return
    sys.stderr.flush()
    ours, real = sys.stderr, os.dup(2)
    with (
        open(real, "w", encoding=ours.encoding, buffering=1) as kept,
        open(os.devnull, "w") as nowhere,
    ):
        os.dup2(nowhere.fileno(), 2)
        try:
            with redirect_stdout(nowhere), redirect_stderr(kept):
                yield
        finally:
            os.dup2(real, 2)


class BulkProgress:
    """Shows how far a bulk run is, and each failure as it comes.

    Args:
        quiet: Failures alone.
    """

    def __init__(self, *, quiet: bool) -> None:
        self.progress: bulk.Progress | None = None
        self._quiet = quiet
        # By themselves they would show what Ray prints.
        self._bars = bars_on_terminals(quiet=quiet, redirect_stdout=False, redirect_stderr=False)
        self._shown = self._bars.console.is_terminal and not quiet
        self._bar = self._bars.add_task("looking for pictures", total=None)
        # Time, pictures and pixels a while ago, for rates of now.
        self._past = [(time.monotonic(), 0, 0)]
        self._told = time.monotonic()

    def __enter__(self) -> "BulkProgress":
        self._bars.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._bars.__exit__(*error)

    def report(self, progress: "bulk.Progress", rows: "list[Row]") -> None:
        """Show how far a run is; the rows are those that are new."""
        for row in rows:
            if row["error"] is not None:
                self._say(f"failed   {row['error']}")
        first, self.progress = self.progress is None, progress
        ended = progress.done + progress.failed
        if first and not self._quiet and not self._shown:
            self._say(f"{progress.total:,} pictures, {progress.skipped:,} of them done before")
        started = "starting workers" if progress.left and not ended else self._rates(progress)
        text = f"{ended + progress.skipped:,}/{progress.total:,}  {started}"
        self._bars.update(
            self._bar, description=text, total=progress.total, completed=ended + progress.skipped
        )
        now = time.monotonic()
        if not self._shown and not self._quiet and rows and now - self._told > _BETWEEN_LINES:
            self._told = now
            self._say(f"{text}{_time_left(progress)}")

    def _say(self, line: str) -> None:
        if self._shown:
            self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(line, err=True)

    def _rates(self, progress: "bulk.Progress") -> str:
        now = time.monotonic()
        pictures = progress.done + progress.failed
        self._past.append((now, pictures, progress.pixels))
        while len(self._past) > 2 and now - self._past[0][0] > _WINDOW:
            self._past.pop(0)
        then, before, pixels = self._past[0]
        seconds = max(now - then, 1e-3)
        parts = [
            f"{(pictures - before) / seconds:.1f} pictures/s",
            f"{(progress.pixels - pixels) / 1e6 / seconds:.2f} MP/s",
            f"{progress.workers} workers" if progress.workers != 1 else "1 worker",
        ]
        if progress.failed:
            parts.append(f"{progress.failed:,} failed")
        return ", ".join(parts)


def _time_left(progress: "bulk.Progress") -> str:
    ended = progress.done + progress.failed
    if not ended or not progress.seconds or not progress.left:
        return ""
    seconds = progress.left * progress.seconds / ended
    if seconds < 90:
        return f", {seconds:.0f} s left"
    return f", {seconds / 60:.0f} min left" if seconds < 5400 else f", {seconds / 3600:.1f} h left"
