"""Output of `upscale` and `client`: a line for each file, progress bars, counts, exit code."""

import json
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import click

from keras_dgggan.cli import INTERRUPTED

if TYPE_CHECKING:
    from rich.progress import Progress

    from keras_dgggan.cli.jobs import JobResult


# What a result has several of, if it is no single picture.
_PARTS = ("frames", "pages")


class Report(Protocol):
    """Takes the part of a file that is done, from 0 to 1, and words about it."""

    def __call__(self, name: str, part: float, note: str = "") -> None: ...


def asked(flag: str) -> bool:
    """Whether `--debug` or `--quiet` was given to the command that runs."""
    context = click.get_current_context(silent=True)
    while context is not None:
        if context.params.get(flag) or context.meta.get(flag):
            return True
        context = context.parent
    return False


def say_result(result: "JobResult") -> None:
    """Print the result of one input, as a line on standard error."""
    if result.status == "failed":
        click.echo(f"failed   {result.error}", err=True)
        if result.exception is not None and asked("debug"):
            click.echo("".join(traceback.format_exception(result.exception)), err=True)
        return
    if asked("quiet") or result.status == "not started":
        return
    size = ""
    if result.status == "done":
        width, height = result.details["width"], result.details["height"]
        size = f"  {width}x{height}"
        size += "".join(f", {n} {of}" for of in _PARTS if (n := result.details.get(of)))
        size += f", {result.seconds:.1f} s"
        if "chosen_for" in result.details:
            size += f", {result.details['model']} for {result.details['chosen_for']}"
    click.echo(f"{result.status:<8} {result.input} -> {result.output}{size}", err=True)


def finish(results: "list[JobResult]", *, as_json: bool) -> None:
    """Print the counts, and with `as_json` everything; end with exit code 1 where files failed."""
    from keras_dgggan.cli import jobs

    summary = jobs.summary(results)
    if as_json:
        click.echo(json.dumps(summary, indent=2))
    counts = [f"{summary[status]} {status}" for status in jobs.STATUSES if summary[status]]
    failed = [result.input for result in results if result.status == "failed"]
    names = f": {', '.join(failed)}" if failed else ""
    stopped = any(result.status == "stopped" for result in results)
    if failed or stopped or not asked("quiet"):
        click.echo(", ".join(counts) + names, err=True)
    if stopped:
        raise click.exceptions.Exit(INTERRUPTED)
    if failed:
        raise click.exceptions.Exit(1)


def bars_on_terminals(*, quiet: bool, **options: Any) -> "Progress":
    """Bars with a text, percents and the time left, on standard error if that is a terminal.

    Args:
        quiet: Draw none there either.
        options: Further ones of `rich.progress.Progress`.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
        **options,
    )


@contextmanager
def show_progress(
    files: int,
) -> Iterator[tuple[Callable[["JobResult"], None], Report]]:
    """Progress bars over the files and over the current one's tiles, on terminals only."""
    bars = bars_on_terminals(quiet=asked("quiet"))
    over_files = bars.add_task(f"files 0/{files}", total=files)
    over_tiles = bars.add_task("", total=1.0)
    ended = 0

    def report(name: str, part: float, note: str = "") -> None:
        description = " ".join(filter(None, [os.path.basename(name), note]))
        bars.update(over_tiles, description=description, completed=part)
        bars.update(over_files, completed=ended + part)

    def say(result: "JobResult") -> None:
        nonlocal ended
        if result.seconds is not None:
            ended += 1
        bars.update(over_files, description=f"files {ended}/{files}", completed=ended)
        bars.reset(over_tiles)
        say_result(result)

    with bars:
        yield say, report
