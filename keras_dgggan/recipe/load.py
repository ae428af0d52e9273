"""Reading and checking recipes, with one message line for each problem."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError

from keras_dgggan._types import JsonObject
from keras_dgggan.errors import RecipeError, UsageError, did_you_mean
from keras_dgggan.recipe.fields import CommandLineText
from keras_dgggan.recipe.messages import problem_lines
from keras_dgggan.recipe.networks import written_out
from keras_dgggan.recipe.schema import Recipe
from keras_dgggan.recipe.yaml_text import parse_yaml, shortened, yaml_problem

_MAXIMUM_BYTES = 4 * 2**20
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

    Examples:
        >>> find_recipe("quickstart").name
        'quickstart.yaml'
    """
    if Path(name).is_file():
        return Path(name)
    shipped = shipped_recipes()
    if name in shipped:
        return shipped[name]
    raise UsageError(
        f"no recipe {name!r}{did_you_mean(name, shipped)}: neither a file nor one of the shipped "
        f"ones ({', '.join(shipped)})"
    )


def load_recipe(
    path: str | Path,
    overrides: Sequence[str] = (),
    *,
    check_paths: bool = True,
    needed: str = "",
) -> Recipe:
    """Read and check a recipe.

    Args:
        path: A YAML file. Relative paths in it start at its folder.
        overrides: Like `"optimizer.learning_rate=2e-4"`, applied before checking; relative paths
            in them start at the working folder.
        check_paths: Whether a path that does not exist, or is still to be given, is an error.
        needed: Of which section the paths are checked, like `data.train`; all by default.

    Returns:
        The recipe, frozen, with absolute paths and every default filled in.

    Raises:
        RecipeError: A line each for all that is wrong: file, line, key, value, what is allowed.

    Examples:
        >>> load_recipe(find_recipe("quickstart"), ["training.steps=100"]).training.steps
        100
    """
    path = Path(path)
    values, lines = _read(path)
    return check_recipe(
        values, overrides, path=path, lines=lines, check_paths=check_paths, needed=needed
    )


def check_recipe(
    values: JsonObject,
    overrides: Sequence[str] = (),
    *,
    path: Path,
    lines: dict[str, str] | None = None,
    check_paths: bool = True,
    needed: str = "",
) -> Recipe:
    """A recipe of values that are not in a file, or were read from one.

    Args:
        values: By section; changed by the overrides.
        overrides: As `load_recipe` takes them.
        path: What messages call the recipe; relative paths start at its folder.
        lines: Where each key was given, like `my.yaml:3`.
        check_paths: As `load_recipe` takes it.
        needed: Likewise.

    Raises:
        RecipeError: A line each for all that is wrong.
    """
    lines = dict(lines or {})
    # Where each key was given: its line in the file, or the command line.
    for override in overrides:
        lines[_apply(values, override)] = "--set"
    problems = [p for p in _left_to_user(values) if check_paths and p[0].startswith(needed)]
    try:
        recipe = Recipe.model_validate(values, context={"folder": path.parent.absolute()})
    except ValidationError as error:
        problems += problem_lines(error, Recipe)
    if problems:
        raise RecipeError(_report(path, lines, problems)) from None
    missing = [p for p in _missing_paths(recipe) if check_paths and p[0].startswith(needed)]
    if missing:
        raise RecipeError(_report(path, lines, missing))
    return recipe


def recipe_text(recipe: Recipe) -> str:
    """A recipe as YAML, with absolute paths and every default."""
    return yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def recipe_differences(old: Recipe, new: Recipe) -> list[str]:
    """A line like `training.steps: 100 -> 200` for every key that differs."""
    before, after = _flat(old.model_dump(mode="json")), _flat(new.model_dump(mode="json"))
    return [
        f"{key}: {_cut(before.get(key, 'not given'))} -> {_cut(after.get(key, 'not given'))}"
        for key in dict.fromkeys([*before, *after])
        if before.get(key, ...) != after.get(key, ...)
    ]


def _cut(value: object) -> str:
    text = str(value)
    return text if len(text) <= 200 else f"{text[:197]}..."


def _flat(values: object, prefix: str = "") -> JsonObject:
    if not isinstance(values, dict):
        return {prefix: values}
    flat: JsonObject = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}.{key}" if prefix else key)
    return flat


def _read(path: Path) -> tuple[JsonObject, dict[str, str]]:
    try:
        if path.stat().st_size > _MAXIMUM_BYTES:
            raise RecipeError(f"{path}: a recipe has at most {_MAXIMUM_BYTES:,} bytes")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a UTF-8 text file"
        raise RecipeError(f"cannot read the recipe '{path}': {reason}") from None
    try:
        values, lines = parse_yaml(text)
    except yaml.YAMLError as error:
        problem, line = yaml_problem(error)
        place = f"{path}:{line}" if line else str(path)
        raise RecipeError(f"{place}: not valid YAML: {problem}") from None
    if not isinstance(values, dict):
        raise RecipeError(f"{path}: a recipe is a mapping of keys, this is {shortened(values)}")
    return values, {key: f"{path}:{line}" for key, line in lines.items()}


def _apply(values: JsonObject, override: str) -> str:
    """Set one value; return its key."""
    key, equals, text = override.partition("=")
    parts = key.strip().split(".")
    if not equals or not all(parts):
        raise UsageError(f"--set {override!r}: write KEY=VALUE, like training.steps=1000")
    try:
        value, _ = parse_yaml(text)
    except yaml.YAMLError as error:
        problem, _ = yaml_problem(error)
        raise UsageError(
            f"--set {shortened(override)}: the value is not valid YAML: {problem}"
        ) from None
    for part in parts[:-1]:
        inner = values.get(part)
        if inner is None:
            inner = values[part] = {}
        if part == "network":
            inner = values[part] = written_out(inner)
        if not isinstance(inner, dict):
            raise UsageError(f"--set {override!r}: {part!r} is a value, it has no keys in it")
        values = inner
    values[parts[-1]] = _from_command_line(value)
    return ".".join(parts)


def _from_command_line(value: object) -> object:
    if isinstance(value, str):
        return CommandLineText(value)
    if isinstance(value, list):
        return [_from_command_line(item) for item in value]
    if isinstance(value, dict):
        return {key: _from_command_line(item) for key, item in value.items()}
    return value


# What a recipe says in place of a value that nobody but its user knows.
TO_BE_GIVEN = "???"
_WHAT_TO_GIVE = {
    "data.train.path": "the folder of your training images: --set data.train.path=FOLDER",
    "data.valid.path": (
        "a folder of images to measure on, which are not trained on: --set data.valid.path=FOLDER, "
        "or --set data.valid=null to go without"
    ),
    "training.init_from": (
        "the model to start from, like a run of the first stage: --set training.init_from=MODEL, "
        "or --set training.init_from=null to start from fresh weights"
    ),
}


def _left_to_user(values: JsonObject, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _left_to_user(value, f"{key}.")
        elif value == TO_BE_GIVEN:
            yield key, f"to be given: {_WHAT_TO_GIVE.get(key, f'--set {key}=VALUE')}"


def _missing_paths(section: BaseModel, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name in type(section).model_fields:
        # TFDS makes its folder itself.
        if name == "data_dir":
            continue
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _missing_paths(value, f"{prefix}{name}.")
        for path in value if isinstance(value, tuple) else (value,):
            if isinstance(path, Path) and not path.exists():
                yield f"{prefix}{name}", f"'{path}' does not exist"


def _report(path: Path, lines: dict[str, str], problems: Sequence[tuple[str, str]]) -> str:
    report = []
    for key, message in problems:
        known = key
        while known and known not in lines:
            known = known.rpartition(".")[0]
        place = lines[known] if known else str(path)
        report.append(f"{place}: {key}: {message}" if key else f"{place}: {message}")
    return "\n".join(report)
