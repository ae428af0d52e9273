"""`keras-dgggan recipes`."""

import json

import click


@click.group("recipes")
def command() -> None:
    """List, check and describe recipes.

    \b
    Examples:
      keras-dgggan recipes list
      keras-dgggan recipes show psnr_x4 > my.yaml
      keras-dgggan recipes check my.yaml --set training.steps=1000
    """


@command.command("list")
def list_recipes() -> None:
    """List the recipes that come with the package.

    \b
    Example:
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
@click.argument("name")
def show(name: str) -> None:
    """Print a recipe, to start one of your own from.

    \b
    Example:
      keras-dgggan recipes show dgggan_x4 > my.yaml
    """
    from keras_dgggan.recipe import find_recipe

    click.echo(find_recipe(name).read_text(encoding="utf-8"), nl=False)


@command.command("check")
@click.argument("names", metavar="RECIPE...", nargs=-1, required=True)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="As in `train`.")
@click.option("--resolved", is_flag=True, help="Print the recipe with every default filled in.")
def check(names: tuple[str, ...], overrides: tuple[str, ...], resolved: bool) -> None:
    """Check recipes without training: keys, values, and whether the paths in them exist.

    \b
    Example:
      keras-dgggan recipes check my.yaml
    """
    from keras_dgggan.errors import RecipeError
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


@command.command("schema")
def schema() -> None:
    """Print the JSON schema of recipes, for editors.

    \b
    Example:
      keras-dgggan recipes schema > recipe.schema.json
    """
    from keras_dgggan.recipe import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
