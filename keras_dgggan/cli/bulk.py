"""`keras-dgggan bulk`."""

import json
from typing import TYPE_CHECKING, Any

import click

from keras_dgggan._types import JsonObject
from keras_dgggan.cli import INTERRUPTED
from keras_dgggan.cli.shared_options import (
    engine_option,
    ensemble_option,
    json_option,
    max_megapixels_option,
    model_option,
    outscale_option,
    quality_option,
    quiet_option,
    strip_metadata_option,
    suffix_option,
    tile_option,
)

if TYPE_CHECKING:
    from keras_dgggan.bulk import Progress


@click.command("bulk")
@click.argument("input", metavar="INPUT")
@click.argument("output", metavar="OUTPUT")
@model_option
@outscale_option
@tile_option
@engine_option
@ensemble_option
@suffix_option
@click.option(
    "-f", "--format", "--ext", "format",
    help="png, jpg, webp, tiff or bmp.  [default: the input's]",
)  # fmt: skip
@quality_option
@strip_metadata_option
@max_megapixels_option
@click.option(
    "--address",
    metavar="HOST:PORT",
    envvar="RAY_ADDRESS",
    show_envvar=True,
    help="A running Ray cluster.  [default: one of this machine, for this command]",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="At most so many.  [default: all there is room for]",
)
@click.option("--cpus", type=click.IntRange(min=1), default=1, help="Cores a worker.")
@click.option(
    "--gpus",
    type=click.FloatRange(min=0),
    default=0,
    help="GPUs a worker, or a share of one: 0.5 puts two workers on each.",
)
@click.option(
    "--memory",
    type=click.FloatRange(min=0, min_open=True),
    metavar="GB",
    help="Set aside for a worker.  [default: by the model's size]",
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="Make anew what was made with another model or other options, and replace files that are "
    "in the way.",
)
@click.option("--dry-run", is_flag=True, help="Only count what is to be done.")
@quiet_option
@json_option
@click.pass_context
def command(
    context: click.Context,
    input: str,
    output: str,
    address: str | None,
    workers: int | None,
    cpus: int,
    gpus: float,
    memory: float | None,
    overwrite: bool,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Upscale very many pictures, on all cores of this machine or of a Ray cluster.

    INPUT is a folder or bucket (with all below it), a glob in quotes, a .txt list with a path or
    URI a line, or a .parquet list with a column `input`, `path`, `uri`, `url` or `file`. OUTPUT
    is a folder or bucket. s3://, gs:// and whatever else pyarrow or fsspec opens will do.

    OUTPUT/manifest.parquet says what became of every input. The same command again does what is
    missing or failed; a broken picture is reported, the rest goes on, and the exit code is 1.
    Needs Ray: pip install "keras-dgggan[ray]"

    \b
    Examples:
      keras-dgggan bulk photos larger
      keras-dgggan bulk "s3://shop/photos/**/*.jpg" s3://shop/larger --format webp
      keras-dgggan bulk list.txt larger --address 10.0.0.1:6379 --cpus 4
    """
    from keras_dgggan.bulk import Settings, Workers, upscale_bulk
    from keras_dgggan.cli.bulk_progress import BulkProgress, without_rays_notes

    debug = bool(context.find_root().params.get("debug"))
    with without_rays_notes(debug), BulkProgress(quiet=quiet) as shown:
        try:
            upscale_bulk(
                input,
                output,
                Settings(**options),
                workers=Workers(
                    address=address, count=workers, cpus=cpus, gpus=gpus, memory=memory
                ),
                overwrite=overwrite,
                dry_run=dry_run,
                debug=debug,
                report=shown.report,
            )
            stopped = False
        except KeyboardInterrupt:
            stopped = True
    _finish(shown.progress, stopped=stopped, dry_run=dry_run, quiet=quiet, as_json=as_json)


def _finish(
    progress: "Progress | None", *, stopped: bool, dry_run: bool, quiet: bool, as_json: bool
) -> None:
    if progress is not None:
        if as_json:
            click.echo(json.dumps(_summary(progress, dry_run), indent=2))
        if progress.failed or stopped or not quiet:
            click.echo(_told(progress, dry_run), err=True)
    if stopped:
        raise click.exceptions.Exit(INTERRUPTED)
    if progress is not None and progress.failed:
        raise click.exceptions.Exit(1)


def _summary(progress: "Progress", dry_run: bool) -> JsonObject:
    megapixels = progress.pixels / 1e6
    return {
        "inputs": progress.total,
        "planned" if dry_run else "not started": progress.left,
        "done": progress.done,
        "failed": progress.failed,
        "skipped": progress.skipped,
        "megapixels": round(megapixels, 3),
        "startup_seconds": round(progress.startup_seconds, 1),
        "seconds": round(progress.seconds, 1),
        "megapixels_per_second": _rate(megapixels, progress.seconds),
        "manifest": progress.manifest,
        "failures": progress.failures,
    }


def _told(progress: "Progress", dry_run: bool) -> str:
    counts = {
        "planned" if dry_run else "not started": progress.left,
        "done": progress.done,
        "done before": progress.skipped,
        "failed": progress.failed,
    }
    text = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    rate = _rate(progress.pixels / 1e6, progress.seconds)
    if rate is not None:
        text += (
            f"; {progress.pixels / 1e6:,.1f} megapixels in {progress.seconds:,.0f} s after "
            f"{progress.startup_seconds:,.0f} s to start, {rate:g} a second"
        )
    told = progress.done or progress.failed or progress.skipped
    return f"{text}; see {progress.manifest}" if told and not dry_run else text


def _rate(amount: float, seconds: float) -> float | None:
    return float(f"{amount / seconds:.3g}") if amount and seconds > 0 else None
