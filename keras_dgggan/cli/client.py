"""`keras-dgggan client`: picture files through a TF Serving server; no TensorFlow here."""

import sys
from collections.abc import Callable
from typing import Any

import click

from keras_dgggan.cli.outcome import finish, say_result, show_progress
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
@click.option("--format", "format_", help="png, jpg, webp, tiff or bmp.  [default: the input's]")
@click.option(
    "--quality",
    type=click.IntRange(1, 100),
    default=95,
    show_default=True,
    help="Of JPEG and WebP; WebP of 100 is lossless.",
)
@click.option("-r", "--recursive", is_flag=True, help="Take sub-folders too.")
@click.option("--overwrite", is_flag=True, help="Replace existing outputs.")
@click.option("--skip-existing", is_flag=True, help="Pass over inputs whose outputs exist.")
@click.option("--dry-run", is_flag=True, help="Only say what would be written; send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option(
    "--max-megapixels",
    type=click.FloatRange(min=0, min_open=True),
    default=250,
    show_default=True,
    help="Refuse larger inputs.",
)
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
    quality: int,
    max_megapixels: float,
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
      keras-dgggan client holiday/ -o large/ -r --server gpu:8500 --label stable
      cat a.png | keras-dgggan client - -o - --server gpu:8500 --tls > b.png
    """
    from keras_dgggan.errors import UsageError
    from keras_dgggan.images import batch

    plan = batch.plan(
        inputs,
        output,
        suffix=suffix,
        format=format_,
        recursive=recursive,
        overwrite=overwrite,
        skip_existing=skip_existing,
    )
    if not (plan.jobs or plan.failed or plan.skipped):
        raise UsageError(f"no images in {', '.join(map(repr, inputs))}")
    if as_json and any(job.target is None for job in plan.jobs):
        raise UsageError("--json and the picture cannot both go to standard output")

    results = []
    if dry_run or not plan.jobs:
        planned = [batch.Result(job.name, str(job.target or "-"), "planned") for job in plan.jobs]
        results = [*plan.failed, *plan.skipped, *planned]
        for result in results:
            say_result(result)
    else:
        with connect(retries=retries, tile=tile, overlap=overlap, in_flight=in_flight) as client:
            # A wrong address or model is said once, before any file is read.
            _ = client.scale
            with show_progress(len(plan.jobs)) as (say, report):

                def work(job: batch.Job) -> dict[str, Any]:
                    width, height = client.upscale_file(
                        sys.stdin.buffer.read() if job.source is None else job.source,
                        sys.stdout.buffer if job.target is None else job.target,
                        format=job.format,
                        quality=quality,
                        max_megapixels=max_megapixels,
                        report=lambda part: report(job.name, part),
                    )
                    return {"width": width, "height": height}

                for result in batch.run(plan, work):
                    say(result)
                    results.append(result)
    finish(results, as_json=as_json)
