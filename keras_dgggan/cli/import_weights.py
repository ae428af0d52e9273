"""`keras-dgggan import-weights`."""

from pathlib import Path

import click

from keras_dgggan.cli.tensorflow import import_tensorflow


@click.command("import-weights")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--network", metavar="NAME", required=True, help="As `keras-dgggan networks` lists.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="An argument of the network that is not the published one; may be given several times.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="A .keras or a .weights.h5 file: every command takes both as a model.",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
def command(
    source: Path, network: str, settings: tuple[str, ...], output: Path, overwrite: bool
) -> None:
    """Convert the weights that other systems publish.

    FILE is a .safetensors; a .pth, .pth.tar or .pt file (which needs PyTorch: keras-dgggan[torch]);
    or the .index file of a TensorFlow checkpoint (NatSR's). Every tensor is used once and every
    weight is given, or nothing is written. For esrgan both naming schemes are known, the old
    ESRGAN's and BasicSR's; docs/tables.md says what is known of the others.

    \b
    Examples:
      keras-dgggan import-weights --network esrgan RRDB_ESRGAN_x4.pth -o esrgan.keras
      keras-dgggan import-weights --network esrgan --set blocks=6 \\
        RealESRGAN_x4plus_anime_6B.pth -o anime.keras
      keras-dgggan import-weights --network edsr --set filters=64 --set blocks=16 \\
        --set residual_scale=1 edsr_baseline_x4.pt -o edsr.weights.h5
      keras-dgggan import-weights --network natsr Model/NatSR.index -o natsr.keras
    """
    from keras_dgggan.errors import UsageError

    if output.suffix != ".keras" and not output.name.endswith(".weights.h5"):
        raise UsageError(f"the output must end in .keras or .weights.h5. Received: '{output}'")
    if output.exists() and not overwrite:
        raise UsageError(f"'{output}' exists already: pass --overwrite to replace it")
    arguments = dict(_setting(text) for text in settings)
    from keras_dgggan.importing.reading import read_state

    state = read_state(source)
    import_tensorflow()
    from keras_dgggan.files import atomic_path
    from keras_dgggan.importing.assign import import_weights
    from keras_dgggan.networks import make_network
    from keras_dgggan.pretrained.weights_file import save_weights_file

    try:
        model = make_network(network, **arguments)
    except (TypeError, ValueError) as error:
        raise UsageError(f"cannot make the network {network!r}: {error}") from error
    origin = import_weights(model, state)
    output.parent.mkdir(parents=True, exist_ok=True)
    if output.suffix == ".keras":
        with atomic_path(output) as temporary:
            model.save(temporary)
    else:
        save_weights_file(model, output)
    click.echo(f"{output}: {len(state)} tensors, named as by {origin}", err=True)


def _setting(text: str) -> tuple[str, object]:
    import yaml

    from keras_dgggan.errors import UsageError

    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"--set takes KEY=VALUE. Received: {text!r}")
    return key, yaml.safe_load(value)
