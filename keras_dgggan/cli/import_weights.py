"""`keras-dgggan import-weights`."""

from pathlib import Path

import click

from keras_dgggan.errors import UsageError
from keras_dgggan.tensorflow_start import import_tensorflow


@click.command("import-weights")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--network",
    metavar="NAME",
    help="As `keras-dgggan networks` lists; by default the one whose tensors the file holds.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="An argument of the network that the file does not tell, like rgb_range; may be given "
    "several times.",
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
    source: Path, network: str | None, settings: tuple[str, ...], output: Path, overwrite: bool
) -> None:
    """Convert the weights that other systems publish.

    FILE is a .safetensors file; a .pth, .pth.tar, .pt, .ckpt or .bin file of PyTorch (which need
    not be installed); or the .index file of a TensorFlow checkpoint (NatSR's). The network and its
    sizes are read from the tensors. Every tensor is used once and every weight is given, or nothing
    is written. docs/tables.md says which networks and whose names are known.

    \b
    Examples:
      keras-dgggan import-weights RealESRGAN_x4plus_anime_6B.pth -o anime.keras
      keras-dgggan import-weights realesr-general-x4v3.pth -o general.keras
      keras-dgggan import-weights --network esrgan --set scale=3 3x_model.pth -o x3.keras
      keras-dgggan import-weights Model/NatSR.index -o natsr.keras
    """
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
    from keras_dgggan.importing.matching import best_match
    from keras_dgggan.networks import NETWORKS, make_network
    from keras_dgggan.pretrained.weights_file import save_weights_file

    if network is not None and network not in NETWORKS:
        raise UsageError(f"no network {network!r}: there are {', '.join(NETWORKS)}")
    match = best_match(state, network and NETWORKS[network].network.__name__)
    kind = next(name for name, entry in NETWORKS.items() if entry.network.__name__ == match.kind)
    arguments = match.arguments() | arguments
    try:
        model = make_network(kind, **arguments)
    except (TypeError, ValueError) as error:
        raise UsageError(f"cannot make the network {kind!r}: {error}") from error
    origin = import_weights(model, state)
    output.parent.mkdir(parents=True, exist_ok=True)
    if output.suffix == ".keras":
        with atomic_path(output) as temporary:
            model.save(temporary)
    else:
        save_weights_file(model, output)
    settings_found = ", ".join(f"{key}={value}" for key, value in model.arguments.items())
    click.echo(
        f"{output}: {kind}({settings_found}), {len(state)} tensors, named as by {origin}", err=True
    )


def _setting(text: str) -> tuple[str, object]:
    import yaml

    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"--set takes KEY=VALUE. Received: {text!r}")
    return key, yaml.safe_load(value)
