"""`keras-dgggan plot`."""

from pathlib import Path

import click


@click.command("plot")
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The picture; .png, .svg or .pdf.  [default: RUN/curves.png]",
)
def command(run: Path, output: Path | None) -> None:
    """Draw the curves of RUN, a folder of `keras-dgggan train`, into one picture.

    Losses, critics, learning rate, throughput and validation scores; of a run under way too.
    Needs matplotlib (pip install 'keras-dgggan[plot]').

    \b
    Examples:
      keras-dgggan plot runs/quickstart
      keras-dgggan plot runs/quickstart -o curves.svg
    """
    from keras_dgggan.training.plot import plot_run

    output = output or run / "curves.png"
    plot_run(run, output)
    click.echo(output)
