"""`keras-dgggan info`: what a generator holds and costs."""

import os
import sys

import click

from keras_dgggan.cli.names import ModelName, NetworkName, RecipeName
from keras_dgggan.cli.shared_options import lr_size_option
from keras_dgggan.errors import UsageError, did_you_mean
from keras_dgggan.tensorflow_start import import_tensorflow, onednn_state


@click.command("info")
@click.option(
    "--model",
    type=ModelName(),
    metavar="MODEL",
    help="A preset, a run folder, a .keras or .weights.h5 file.",
)
@click.option(
    "--recipe",
    type=RecipeName(),
    metavar="RECIPE",
    help="The network of a recipe, by name or file.",
)
@click.option(
    "--network",
    type=NetworkName(),
    metavar="NAME",
    help="A network as `keras-dgggan networks` lists it.",
)
@lr_size_option
@click.option(
    "--table",
    is_flag=True,
    help="Compare the full generator, the paper's ablations, and the networks of all recipes and "
    "presets, with the paper's table 5 beside them.",
)
def command(
    model: str | None, recipe: str | None, network: str | None, lr_size: int, table: bool
) -> None:
    """Count parameters, multiply-accumulates and FLOPs, part by part.

    Without --model, --recipe or --network it is the paper's generator.

    \b
    Examples:
      keras-dgggan info
      keras-dgggan info --recipe quickstart --lr-size 128
      keras-dgggan info --network esrgan
      keras-dgggan info --table
    """
    given = [name for name in (model, recipe, network) if name]
    if table:
        if given:
            raise UsageError("--table compares all networks: give it without one of them")
        from keras_dgggan.evaluation.paper import comparison

        click.echo(comparison())
        return
    if len(given) > 1:
        raise UsageError("give one of --model, --recipe and --network")
    click.echo(_of_model(model, lr_size) if model else _of_network(recipe, network, lr_size))
    click.echo(f"\n{_machine()}")


def _machine() -> str:
    """What decides how fast networks run here, in a sentence."""
    from keras_dgggan.inference.instruction_sets import vector_instructions

    if "tensorflow" in sys.modules:
        state = f"TensorFlow's oneDNN kernels are {onednn_state()}"
    else:
        # A table's answer is not worth the start of TensorFlow.
        setting = os.environ["TF_ENABLE_ONEDNN_OPTS"]
        state = f"TensorFlow starts with TF_ENABLE_ONEDNN_OPTS={setting} for oneDNN's kernels"
    return f"This CPU has {vector_instructions()}; {state}."


def _of_network(recipe: str | None, network: str | None, lr_size: int) -> str:
    from keras_dgggan.evaluation.network_costs import find_known, known_networks, parts_table
    from keras_dgggan.recipe import find_recipe, load_recipe

    section = load_recipe(find_recipe(recipe), check_paths=False).network if recipe else None
    arguments = {"kind": network or "dgggan", **(section.model_dump() if section else {})}
    kind = arguments.pop("kind")
    kinds = [known.kind for known in known_networks() if known.published]
    if kind not in kinds:
        raise UsageError(
            f"no network {kind!r}{did_you_mean(kind, kinds)}: there are {', '.join(kinds)}"
        )
    known = find_known(kind, arguments)
    if known is not None:
        return parts_table(known.scale, known.description, known.counts(lr_size), lr_size)
    import_tensorflow()
    from keras_dgggan.evaluation.complexity_report import parts
    from keras_dgggan.networks import make_network

    return parts(make_network(kind, **arguments), lr_size)


def _of_model(model: str, lr_size: int) -> str:
    import_tensorflow()
    from keras_dgggan.evaluation.complexity_report import parts
    from keras_dgggan.pretrained.load import load_generator

    return parts(load_generator(model), lr_size)
