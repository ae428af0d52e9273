"""`keras-dgggan info`: what a generator holds and costs."""

import click


@click.command("info")
@click.option(
    "--model", metavar="MODEL", help="A preset, a run folder, a .keras or .weights.h5 file."
)
@click.option("--recipe", metavar="RECIPE", help="The network of a recipe, by name or file.")
@click.option("--network", metavar="NAME", help="A network as `keras-dgggan networks` lists it.")
@click.option(
    "--lr-size",
    type=click.IntRange(min=1),
    default=48,
    show_default=True,
    metavar="PIXELS",
    help="Height and width of the LR image.",
)
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
    from keras_dgggan.cli.tensorflow import import_tensorflow

    import_tensorflow()

    from keras_dgggan.errors import UsageError
    from keras_dgggan.evaluation.complexity_report import comparison, parts

    given = [name for name in (model, recipe, network) if name]
    if table:
        if given:
            raise UsageError("--table compares all networks: give it without one of them")
        click.echo(comparison())
        return
    if len(given) > 1:
        raise UsageError("give one of --model, --recipe and --network")
    click.echo(parts(_generator(model, recipe, network), lr_size))
    click.echo(f"\n{_machine()}")


def _machine() -> str:
    """What decides how fast networks run here, in a sentence."""
    from keras_dgggan.inference.instruction_sets import vector_instructions
    from keras_dgggan.tensorflow_start import onednn_state

    return (
        f"This CPU has {vector_instructions()}; TensorFlow's oneDNN kernels are {onednn_state()}."
    )


def _generator(model: str | None, recipe: str | None, network: str | None) -> object:
    from keras_dgggan.networks import Generator, make_network, network_of
    from keras_dgggan.pretrained.load import load_generator
    from keras_dgggan.recipe import find_recipe, load_recipe

    if model:
        return load_generator(model)
    if recipe:
        return network_of(load_recipe(find_recipe(recipe), check_paths=False).network)
    return make_network(network) if network else Generator()
