"""`keras-dgggan upscale`."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from keras_dgggan.cli.quiet import import_tensorflow

if TYPE_CHECKING:
    from keras_dgggan.images.batch import Result


class TileType(click.ParamType):
    """auto, off, or a number of pixels."""

    name = "tile"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if value in ("auto", "off"):
            return value
        if str(value).isdecimal() and int(value) >= 16:
            return int(value)
        self.fail(f"{value!r} is neither auto nor off nor a number of at least 16", param, ctx)


@click.command("upscale")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="A file for a single input, a folder, or - for standard output.  "
    "[default: beside each input]",
)
@click.option(
    "--model",
    metavar="NAME",
    help="A preset, a run folder, a .keras file or a SavedModel folder.  [default: the preset]",
)
@click.option("--outscale", type=float, help="Any factor.  [default: the model's]")
@click.option("--suffix", default="_sr", show_default=True, help="Added to the outputs' names.")
@click.option("--format", help="png, jpg, webp, tiff or bmp.  [default: the input's]")
@click.option(
    "--quality",
    type=click.IntRange(1, 100),
    default=95,
    show_default=True,
    help="Of JPEG and WebP; WebP of 100 is lossless.",
)
@click.option(
    "--tile",
    type=TileType(),
    default="auto",
    show_default=True,
    metavar="auto|off|N",
    help="Pixels a side that are computed at a time. Changes memory and speed, not the result.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, gpu or gpu:N.")
@click.option("--ensemble", is_flag=True, help="Average over 8 flips and turns: 8 times the work.")
@click.option("--gradient-map", is_flag=True, help="Also write the predicted gradient map.")
@click.option("--compare", is_flag=True, help="Also write bicubic and result side by side.")
@click.option("-r", "--recursive", is_flag=True, help="Take sub-folders too.")
@click.option("--overwrite", is_flag=True, help="Replace existing outputs.")
@click.option("--skip-existing", is_flag=True, help="Pass over inputs whose outputs exist.")
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option(
    "--max-megapixels",
    type=click.FloatRange(min=0, min_open=True),
    default=250,
    show_default=True,
    help="Refuse larger inputs.",
)
@click.pass_context
def command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    output: str | None,
    model: str | None,
    outscale: float | None,
    suffix: str,
    format: str | None,
    quality: int,
    tile: Any,
    device: str,
    ensemble: bool,
    gradient_map: bool,
    compare: bool,
    recursive: bool,
    overwrite: bool,
    skip_existing: bool,
    dry_run: bool,
    as_json: bool,
    max_megapixels: float,
) -> None:
    """Upscale image files, the images of folders, or - for standard input.

    Bit depth, transparency, colour profile, EXIF data and resolution are kept. A file that cannot
    be read or written is reported, the rest goes on, and the exit code is 1.

    \b
    Examples:
      keras-dgggan upscale photo.jpg --model runs/quickstart
      keras-dgggan upscale photo.jpg -o large.png --outscale 3
      keras-dgggan upscale holidays -r -o larger --format webp --skip-existing
      keras-dgggan upscale - -o - --format png <small.png >large.png
    """
    from keras_dgggan.errors import UsageError
    from keras_dgggan.images import batch

    extras = [name for name, wanted in [("gradient", gradient_map), ("compare", compare)] if wanted]
    plan = batch.plan(
        inputs,
        output,
        suffix=suffix,
        format=format,
        recursive=recursive,
        overwrite=overwrite,
        skip_existing=skip_existing,
        extras=extras,
    )
    if not (plan.jobs or plan.failed or plan.skipped):
        raise UsageError(f"no images in {', '.join(map(repr, inputs))}")
    if as_json and any(job.target is None for job in plan.jobs):
        raise UsageError("--json and the picture cannot both go to standard output")

    if dry_run:
        planned = [batch.Result(job.name, str(job.target or "-"), "planned") for job in plan.jobs]
        results = [*plan.failed, *plan.skipped, *planned]
        for result in results:
            _say(result)
    elif not plan.jobs:
        results = list(batch.run(plan, lambda job: {}))
        for result in results:
            _say(result)
    else:
        import_tensorflow()
        from keras_dgggan.inference.devices import use_device
        from keras_dgggan.inference.files import upscale_file
        from keras_dgggan.inference.loading import load_model
        from keras_dgggan.inference.upscaler import Upscaler

        use_device(device)
        upscaler = Upscaler(load_model(model), tile=tile, ensemble=ensemble, outscale=outscale)
        if gradient_map and not upscaler.has_gradient_map:
            raise UsageError("this model has no gradient branch: leave out --gradient-map")
        with _progress(len(plan.jobs)) as (say, report):
            results = []

            def work(job: batch.Job) -> dict[str, Any]:
                return upscale_file(
                    job,
                    upscaler,
                    quality=quality,
                    max_megapixels=max_megapixels,
                    report=lambda part: report(job.name, part),
                )

            for result in batch.run(plan, work):
                say(result)
                results.append(result)
    summary = batch.summary(results)
    if as_json:
        click.echo(json.dumps(summary, indent=2))
    failed = [result.input for result in results if result.status == "failed"]
    _conclude(summary, failed)
    if failed:
        ctx.exit(1)


def _say(result: "Result") -> None:
    """One line on standard error: what became of one input."""
    if result.status == "failed":
        click.echo(f"failed   {result.error}", err=True)
        return
    size = ""
    if result.seconds is not None:
        width, height = result.details["width"], result.details["height"]
        size = f"  {width}x{height}, {result.seconds:.1f} s"
    click.echo(f"{result.status:<8} {result.input} -> {result.output}{size}", err=True)


def _conclude(summary: dict[str, Any], failed: list[str]) -> None:
    counts = [
        f"{summary[status]} {status}"
        for status in ("planned", "done", "skipped", "failed")
        if summary[status]
    ]
    names = f": {', '.join(failed)}" if failed else ""
    click.echo(", ".join(counts) + names, err=True)


@contextmanager
def _progress(
    files: int,
) -> Iterator[tuple[Callable[["Result"], None], Callable[[str, float], None]]]:
    """A bar over the files and one over the present one's tiles, while a person watches."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    over_files = bars.add_task(f"files 0/{files}", total=files)
    over_tiles = bars.add_task("", total=1.0)
    ended = 0

    def report(name: str, part: float) -> None:
        bars.update(over_tiles, description=os.path.basename(name), completed=part)
        bars.update(over_files, completed=ended + part)

    def say(result: "Result") -> None:
        nonlocal ended
        if result.seconds is not None:
            ended += 1
        bars.update(over_files, description=f"files {ended}/{files}", completed=ended)
        bars.reset(over_tiles)
        _say(result)

    with bars:
        yield say, report
