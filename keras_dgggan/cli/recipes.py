"""`keras-dgggan recipes`."""

import json
from pathlib import Path

import click

from keras_dgggan.cli.names import RecipeName
from keras_dgggan.cli.shared_options import set_option
from keras_dgggan.errors import RecipeError, UsageError


@click.group("recipes")
def command() -> None:
    """List, check and describe recipes.

    \b
    Examples:
      keras-dgggan recipes list
      keras-dgggan recipes show psnr_x4 > my.yaml
      keras-dgggan recipes check my.yaml --set training.steps=1000
      keras-dgggan recipes preview my.yaml -o sheet.png
    """


@command.command("list")
def list_recipes() -> None:
    """List the recipes that come with the package.

    \b
    Examples:
      keras-dgggan recipes list
    """
    from rich.console import Console
    from rich.table import Table

    from keras_dgggan.recipe import load_recipe, shipped_recipes

    table = Table("recipe", "what it does", "steps")
    for name, path in shipped_recipes().items():
        recipe = load_recipe(path, check_paths=False)
        table.add_row(name, recipe.description, f"{recipe.training.steps:,}")
    Console().print(table)


@command.command("show")
@click.argument("name", type=RecipeName())
def show(name: str) -> None:
    """Print a recipe, to start one of your own from.

    \b
    Examples:
      keras-dgggan recipes show dgggan_x4 > my.yaml
    """
    from keras_dgggan.recipe import find_recipe

    click.echo(find_recipe(name).read_text(encoding="utf-8"), nl=False)


@command.command("check")
@click.argument("names", type=RecipeName(), metavar="RECIPE...", nargs=-1, required=True)
@set_option
@click.option("--resolved", is_flag=True, help="Print the recipe with every default filled in.")
def check(names: tuple[str, ...], overrides: tuple[str, ...], resolved: bool) -> None:
    """Check recipes without training: keys, values, and whether the paths in them exist.

    \b
    Examples:
      keras-dgggan recipes check my.yaml
    """
    from keras_dgggan.recipe import find_recipe, load_recipe, recipe_text

    problems = []
    for name in names:
        try:
            recipe = load_recipe(find_recipe(name), overrides)
        except RecipeError as error:
            problems.append(str(error))
            continue
        click.echo(recipe_text(recipe) if resolved else f"{name}: good", nl=not resolved)
    if problems:
        raise RecipeError("\n".join(problems))


@command.command("preview")
@click.argument("name", type=RecipeName(), metavar="RECIPE")
@set_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The picture to write, like sheet.png; replaced if it is there.",
)
@click.option(
    "--pictures",
    type=click.IntRange(1, 50),
    default=3,
    help="Training images to show, spread evenly over all.",
)
@click.option(
    "--samples",
    type=click.IntRange(1, 200),
    default=12,
    help="LR versions of each.",
)
def preview(
    name: str, overrides: tuple[str, ...], output: Path, pictures: int, samples: int
) -> None:
    """Draw what a recipe trains on: HR crops, and LR samples that it makes of each.

    \b
    Examples:
      keras-dgggan recipes preview realworld_x4 --set data.train.path=DIV2K -o sheet.png
    """
    from PIL import Image

    from keras_dgggan.recipe import find_recipe, load_recipe
    from keras_dgggan.tensorflow_start import import_tensorflow

    if output.suffix.lower() not in Image.registered_extensions():
        raise UsageError(f"'{output}' names no picture format: end it in .png, for example")
    if not output.absolute().parent.is_dir():
        raise UsageError(f"no folder '{output.absolute().parent}' to write the picture to")
    recipe = load_recipe(find_recipe(name), overrides, needed="data.train")
    import_tensorflow()
    from keras_dgggan.training.preview import write_preview

    write_preview(recipe, output, pictures=pictures, samples=samples)
    click.echo(f"wrote {output}")


@command.command("schema")
def schema() -> None:
    """Print the JSON schema of recipes, for editors.

    \b
    Examples:
      keras-dgggan recipes schema > recipe.schema.json
    """
    from keras_dgggan.recipe import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
