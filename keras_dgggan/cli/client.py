"""`keras-dgggan client`: upscales picture files through a TF Serving server.

It imports no TensorFlow.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from keras_dgggan._types import JsonObject
from keras_dgggan.cli.file_options import FileOptions, file_options
from keras_dgggan.cli.progress import finish, show_progress
from keras_dgggan.cli.server_options import server_options
from keras_dgggan.errors import UsageError

if TYPE_CHECKING:
    from keras_dgggan.serving import Client


@click.command("client")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@file_options
@server_options
@click.option("--tile", type=click.IntRange(min=16),
              help="Send larger pictures in tiles of this side.  [default: whole pictures up to "
                   "the server's limit, then 192]")  # fmt: skip
@click.option("--overlap", type=click.IntRange(min=0), default=32,
              help="By how many pixels neighbouring tiles overlap.")  # fmt: skip
@click.option("--in-flight", type=click.IntRange(min=1), default=4,
              help="How many requests are under way at a time.")  # fmt: skip
@click.option("--retry-for", type=click.FloatRange(min=0),
              help="Seconds to go on trying while the server cannot be reached, loads or is late.  "
                   "[default: 120 once it has answered, 5 before]")  # fmt: skip
@click.option("--retries", type=click.IntRange(min=0),
              help="Repetitions of a request at most.  [default: no such bound]")  # fmt: skip
def command(
    inputs: tuple[str, ...],
    files: FileOptions,
    connect: "Callable[..., Client]",
    tile: int | None,
    overlap: int,
    in_flight: int,
    retry_for: float | None,
    retries: int | None,
) -> None:
    """Upscale INPUT files, folders or - (standard input) through a TF Serving server.

    Files are treated as by `upscale`: depth, alpha, colour profile and EXIF are kept. Pictures up
    to the server's limit are sent whole. Larger ones are blended from overlapping tiles, which
    comes close to the whole picture at once but is not equal to it; `upscale` is exact.

    \b
    Examples:
      keras-dgggan client photo.jpg -o photo_x4.png --server localhost:8500
      keras-dgggan client holiday/ -o large/ -r --server gpu:8500 --label stable
      cat a.png | keras-dgggan client - -o - --server gpu:8500 --tls > b.png
    """
    from keras_dgggan.cli import jobs

    plan = files.plan(inputs)
    results = files.told_only(plan)
    if results is None:
        results = []
        options = {"retry_for": retry_for, "retries": retries, "tile": tile}
        with connect(**options, overlap=overlap, in_flight=in_flight) as client:
            # A wrong address or model is said once, before any file is read.
            _ = client.scale
            with show_progress(len(plan.jobs)) as (say, report):

                def work(job: jobs.Job) -> JsonObject:
                    if job.is_video:
                        raise UsageError(
                            f"'{job.name}' is a video: `keras-dgggan upscale` takes it, the "
                            "client sends pictures and animations"
                        )
                    width, height = client.upscale_file(
                        sys.stdin.buffer.read() if job.source is None else job.source,
                        sys.stdout.buffer if job.target is None else job.target,
                        format=job.format,
                        quality=files.quality,
                        strip_metadata=files.strip_metadata,
                        max_megapixels=files.max_megapixels,
                        first_frame=files.first_frame,
                        report=lambda part: report(job.name, part),
                    )
                    return {"width": width, "height": height}

                for result in jobs.run(plan, work):
                    say(result)
                    results.append(result)
    finish(results, as_json=files.as_json)
