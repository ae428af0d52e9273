"""`keras-dgggan prepare`: training images cut into sub-images."""

from pathlib import Path

import click

from keras_dgggan.errors import DataError


@click.command("prepare")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for sub-images; made if it does not exist.",
)
@click.option(
    "--size",
    type=click.IntRange(min=16),
    default=480,
    help="Height and width of sub-images.",
)
@click.option(
    "--step",
    type=click.IntRange(min=1),
    default=240,
    help="Distance from one sub-image to the next.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Threads.  [default: the number of processors]",
)
def command(
    inputs: tuple[str, ...], output: Path, size: int, step: int, workers: int | None
) -> None:
    """Cut training images into overlapping sub-images, which training reads much faster.

    INPUT is an image file or a folder, which is searched with its sub-folders. Sub-images are
    PNG files named photo_s001.png, photo_s002.png and so on. When more than a tenth of --size is
    left over at the right or the bottom, another column or row is cut there. A call that was
    stopped goes on where it was when it is given again.

    \b
    Examples:
      keras-dgggan prepare DIV2K_train_HR -o DIV2K_train_sub
      keras-dgggan prepare DIV2K_train_LR_bicubic/X4 -o DIV2K_train_LR_sub --size 120 --step 60
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from keras_dgggan.data.prepare import Preparation

    preparation = Preparation(inputs, output, size=size, step=step)
    count, before, problems = 0, 0, []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        task = progress.add_task("cutting", total=len(preparation.files))
        for result in preparation.run(workers):
            progress.advance(task)
            count += result.count
            before += result.before
            if result.problem is not None:
                problems.append(result.problem)
    images = len(preparation.files) - len(problems)
    earlier = f" ({before} of these images were cut before)" if before else ""
    click.echo(f"{count} sub-images of {images} images in {output}{earlier}")
    if problems:
        listing = "\n  ".join(problems)
        plural = "1 image" if len(problems) == 1 else f"{len(problems)} images"
        raise DataError(f"{plural} could not be cut:\n  {listing}")
