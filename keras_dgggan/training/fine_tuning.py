"""The recipe that trains a finished model further on a folder of images."""

import re
from pathlib import Path

from keras_dgggan._types import JsonObject
from keras_dgggan.data.folders import find_images
from keras_dgggan.errors import UsageError, did_you_mean
from keras_dgggan.presets import preset_names
from keras_dgggan.recipe import Recipe, load_recipe, shipped_recipes
from keras_dgggan.recipe.load import check_recipe

_STEPS = 2000
# The whole rate is for fresh weights.
_RATE = 0.1
_MOST_VALIDATED = 8
# Its ranges are mild: small networks smooth everything by those of `realworld_x4`.
_DEGRADING = "dgggan_x4_photo"


def fine_tuning_recipe(
    model: str,
    images: Path,
    *,
    steps: int = _STEPS,
    degrade: bool = False,
    overrides: tuple[str, ...] = (),
) -> Recipe:
    """The recipe that a model was trained by, changed to go on from it on other images.

    About a tenth of the images, spread evenly over their names, at most 8, are set apart to
    measure on. The learning rate is a tenth of the recipe's and falls over the steps.

    Args:
        model: A preset's name or the folder of a run.
        images: A folder of at least two images, each at least as large as the HR crops.
        steps: Generator steps.
        degrade: Make LR of HR as cameras and web sites do, as `dgggan_x4_photo` does, unless the
            model's own recipe does so already.
        overrides: As `load_recipe` takes them.

    Raises:
        UsageError: There is no such model, its recipe is not known, or there are too few images.
        RecipeError: An override cannot be meant.

    Examples:
        >>> import skimage, os
        >>> folder = Path(os.path.dirname(skimage.__file__)) / "data"
        >>> recipe = fine_tuning_recipe("dgggan_x4_light", folder, steps=100)
        >>> recipe.network.filters, recipe.training.init_from, recipe.training.steps
        (16, 'dgggan_x4_light', 100)
    """
    base, start, name = _recipe_of(model)
    files = find_images([images], recursive=False)
    if len(files) < 2:
        raise UsageError(
            f"--data: '{images}' has {len(files)} images; at least 2 are needed, of which one "
            "is set apart to measure on"
        )
    apart = min(max(round(len(files) / 10), 1), _MOST_VALIDATED)
    measured = {files[(2 * i + 1) * len(files) // (2 * apart)] for i in range(apart)}
    values: JsonObject = base.model_dump(mode="json")
    values["name"] = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{name}-{images.resolve().name}")
    values["description"] = f"{name} trained further on the images of {images.resolve().name}."
    values["data"]["train"] = _folder([file for file in files if file not in measured])
    values["data"]["valid"] = _folder([file for file in files if file in measured])
    if degrade and base.data.degradation is None:
        photo = load_recipe(shipped_recipes()[_DEGRADING], check_paths=False)
        values["data"]["degradation"] = photo.model_dump(mode="json")["data"]["degradation"]
    values["optimizer"]["learning_rate"] *= _RATE
    values["schedule"] = {"kind": "cosine", "final": 0.05, "warmup_steps": min(steps // 20, 50)}
    values["training"] |= {"steps": steps, "init_from": start, "distribute": "none"}
    values["validation"]["every"] = max(steps // 5, 1)
    values["checkpoint"]["every"] = max(min(steps // 10, 200), 1)
    values["log"] |= {"every": max(min(steps // 20, 50), 1)}
    return check_recipe(values, overrides, path=Path("--from"))


def _folder(files: list[Path]) -> JsonObject:
    return {"source": "folder", "path": [str(file.absolute()) for file in files]}


def _recipe_of(model: str) -> tuple[Recipe, str, str]:
    """A model's recipe, what to start from, and a name."""
    shipped = shipped_recipes()
    if model in preset_names() and model in shipped:
        return load_recipe(shipped[model], check_paths=False), model, model
    path = Path(model)
    if (path / "recipe.yaml").is_file():
        start = str(path.absolute())
        return load_recipe(path / "recipe.yaml", check_paths=False), start, path.resolve().name
    presets = [name for name in preset_names() if name in shipped]
    raise UsageError(
        f"--from: {model!r}{did_you_mean(model, presets)} is neither a preset "
        f"({', '.join(presets)}) nor the folder of a run: for other models, name the model by "
        "training.init_from in a recipe of its network"
    )
