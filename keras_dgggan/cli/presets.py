"""`keras-dgggan presets`: the models that come with the package."""

import click

from keras_dgggan.cli.names import ModelName


@click.group("presets")
def command() -> None:
    """List and describe the models that come with the package.

    \b
    Examples:
      keras-dgggan presets list
      keras-dgggan presets show dgggan_x4_light
    """


@command.command("list")
def list_presets() -> None:
    """List the models by the names that --model takes.

    \b
    Examples:
      keras-dgggan presets list
    """
    from rich.console import Console
    from rich.table import Table

    from keras_dgggan.presets import DEFAULT_PRESET, PHOTO_PRESET, preset_card, preset_names

    taken = {
        DEFAULT_PRESET: "taken for lossless files",
        PHOTO_PRESET: "taken for lossy files and videos",
    }
    table = Table("preset", "what it is", "without --model")
    for name in preset_names():
        title = preset_card(name).splitlines()[0].removeprefix(f"# {name}: ")
        table.add_row(name, title, taken.get(name, ""))
    Console().print(table)


@command.command("show")
@click.argument("name", type=ModelName())
def show(name: str) -> None:
    """Print a preset's model card: training, results, limits and terms.

    \b
    Examples:
      keras-dgggan presets show dgggan_x4_light
    """
    from keras_dgggan.presets import preset_card

    click.echo(preset_card(name), nl=False)
