"""`keras-dgggan client`: picture files through a TF Serving server; no TensorFlow here."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from keras_dgggan.cli.server_options import server_options


@click.command("client")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o",
    "--output",
    help="A file for one input, a folder for several, - for standard output.  [default: beside "
    "each input]",
)
@server_options
@click.option("--suffix", default="_sr", show_default=True, help="Added to the outputs' names.")
@click.option("--format", "format_", help="png, jpeg, webp, tiff or bmp.  [default: the input's]")
@click.option("--quality", type=click.IntRange(1, 100), help="For JPEG and WebP.")
@click.option("--max-megapixels", type=click.FloatRange(min=0), help="Largest input to read.")
@click.option("--recursive", is_flag=True, help="Take sub-folders too; their structure is kept.")
@click.option("--overwrite", is_flag=True, help="Replace existing outputs.")
@click.option("--skip-existing", is_flag=True, help="Pass over inputs whose output exists.")
@click.option("--dry-run", is_flag=True, help="Say what would be written where; send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--tile", type=click.IntRange(min=16), default=192, show_default=True,
              help="Larger pictures are sent in tiles of this side.")  # fmt: skip
@click.option("--overlap", type=click.IntRange(min=0), default=32, show_default=True,
              help="By how many pixels neighbouring tiles overlap.")  # fmt: skip
@click.option("--in-flight", type=click.IntRange(min=1), default=4, show_default=True,
              help="How many requests are under way at a time.")  # fmt: skip
@click.option("--retries", type=click.IntRange(min=0), default=4, show_default=True,
              help="Repetitions while the server cannot be reached or is late.")  # fmt: skip
def command(
    inputs: tuple[str, ...],
    output: str | None,
    connect: Callable[..., Any],
    suffix: str,
    format_: str | None,
    quality: int | None,
    max_megapixels: float | None,
    recursive: bool,
    overwrite: bool,
    skip_existing: bool,
    dry_run: bool,
    as_json: bool,
    tile: int,
    overlap: int,
    in_flight: int,
    retries: int,
) -> None:
    """Upscale INPUT files, folders or - (standard input) through a TF Serving server.

    Files are treated as by `upscale`: depth, alpha, colour profile and EXIF are kept. Pictures
    larger than a tile are blended from overlapping tiles, which comes close to the whole picture
    at once but is not equal to it; `upscale` is exact.

    \b
    Examples:
      keras-dgggan client photo.jpg -o photo_x4.png --server localhost:8500
      keras-dgggan client holiday/ -o large/ --recursive --server gpu:8500 --label stable
      cat a.png | keras-dgggan client - -o - --server gpu:8500 --tls > b.png
    """
    from keras_dgggan.errors import UsageError
    from keras_dgggan.images import DEFAULT_QUALITY, MAX_MEGAPIXELS, batch

    plan = batch.plan(
        inputs,
        output,
        suffix=suffix,
        format=format_,
        recursive=recursive,
        overwrite=overwrite,
        skip_existing=skip_existing,
    )
    to_stream = any(job.target is None for job in plan.jobs)
    if as_json and to_stream:
        raise UsageError("--json and a picture cannot both go to standard output")
    if dry_run:
        planned = [batch.Result(job.name, str(job.target or "-"), "planned") for job in plan.jobs]
        _finish([*plan.failed, *plan.skipped, *planned], as_json, to_stream)
        return
    with connect(retries=retries, tile=tile, overlap=overlap, in_flight=in_flight) as client:
        if plan.jobs:
            # A wrong address or model is said once, before any file is read.
            _ = client.scale
        with _progress(len(plan.jobs)) as report:

            def work(job: batch.Job) -> dict[str, Any]:
                client.upscale_file(
                    sys.stdin.buffer.read() if job.source is None else job.source,
                    sys.stdout.buffer if job.target is None else job.target,
                    format=job.format,
                    quality=quality or DEFAULT_QUALITY,
                    max_megapixels=max_megapixels or MAX_MEGAPIXELS,
                    report=lambda part: report(job.name, part),
                )
                return {}

            results = list(batch.run(plan, work))
    _finish(results, as_json, to_stream)


@contextmanager
def _progress(count: int) -> Iterator[Callable[[str, float], None]]:
    """Show files and the part done of the present one; standard output is left alone."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=count)
        names: list[str] = []

        def report(name: str, part: float) -> None:
            if name not in names[-1:]:
                names.append(name)
            bar.update(task, description=name, completed=len(names) - 1 + part)

        yield report


def _finish(results: list[Any], as_json: bool, to_stream: bool) -> None:
    from keras_dgggan.images import batch

    summary = batch.summary(results)
    if as_json:
        click.echo(json.dumps(summary, indent=2, ensure_ascii=False))
    else:
        for result in results:
            if result.status == "failed":
                click.echo(f"Error: {result.input}: {result.error}", err=True)
            elif result.status in ("done", "planned"):
                click.echo(f"{result.input} -> {result.output}", err=to_stream)
        counts = [f"{summary[name]} {name}" for name in ("done", "planned", "skipped", "failed")
                  if summary[name]]  # fmt: skip
        click.echo(", ".join(counts) or "nothing to do", err=True)
    if summary["failed"]:
        raise click.exceptions.Exit(1)
