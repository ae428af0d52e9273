"""The recipes that come with the package."""

from pathlib import Path

from keras_dgggan.errors import UsageError

_PACKAGE = Path(__file__).resolve().parent.parent


def recipes_folder() -> Path:
    """The folder of shipped recipes: inside an installed package, beside it in a checkout."""
    installed = _PACKAGE / "recipes"
    return installed if installed.is_dir() else _PACKAGE.parent / "recipes"


def shipped_recipes() -> dict[str, Path]:
    """The shipped recipes by name."""
    return {path.stem: path for path in sorted(recipes_folder().glob("*.yaml"))}


def find_recipe(name: str) -> Path:
    """The file of a recipe, given its path or the name of a shipped one.

    Raises:
        UsageError: There is neither.

    Example:
        >>> find_recipe("quickstart")
    """
    if Path(name).is_file():
        return Path(name)
    shipped = shipped_recipes()
    if name in shipped:
        return shipped[name]
    raise UsageError(
        f"no recipe {name!r}: neither a file nor one of the shipped ones ({', '.join(shipped)})"
    )
