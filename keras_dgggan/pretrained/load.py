"""Models by name: shipped presets, run folders, files, SavedModels."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from keras_dgggan.errors import UsageError, WeightsError, did_you_mean
from keras_dgggan.files import atomic_path
from keras_dgggan.presets import DEFAULT_PRESET, preset_file, preset_names
from keras_dgggan.pretrained.saved_model import SavedModel, version_folder
from keras_dgggan.pretrained.weights_file import (
    ENDING,
    check_all_used,
    count_weights,
    load_weights_file,
    reading,
)
from keras_dgggan.tensorflow_start import import_keras

if TYPE_CHECKING:
    import keras

    from keras_dgggan.networks.base import SuperResolver

# A run folder's best generator so far.
RUN_GENERATOR = "generator.keras"

_ENDINGS = (".keras", ".h5", ".npz")
_KINDS = "a preset, a run folder, a .keras or .weights.h5 file or a checkpoint"


def load_generator(name: str | Path) -> "SuperResolver":
    """Load a generator, not compiled.

    Args:
        name: A preset's name, a run folder of `keras-dgggan train`, a `.keras` file of a network
            of this package or a `DGGGAN` (whose averaged generator is taken where it has one), a
            `.weights.h5` file of `keras-dgggan import-weights`, or a checkpoint file of a run,
            like `RUN/checkpoints/step-00001000.npz`.

    Returns:
        A `Generator`, or the network of another system that was imported or trained.

    Raises:
        UsageError: There is no such model, or it takes more than LR.
        WeightsError: The file is not one of a super-resolution model.

    Examples:
        >>> load_generator("dgggan_x4_light").scale
        4
    """
    path = Path(name)
    file = keras_file(name)
    if file is not None:
        return _load_keras(file)
    if version_folder(path) is not None:
        raise UsageError(
            f"'{path}' is a SavedModel, which is known by its results alone; here the network "
            f"itself is wanted: give {_KINDS}"
        )
    if path.is_dir():
        raise UsageError(
            f"no model in the folder '{path}': a run folder has a {RUN_GENERATOR} after its "
            "first checkpoint"
        )
    if not path.is_file():
        near = did_you_mean(str(name), _names_near(path))
        raise UsageError(f"no model '{name}'{near}: give {_KINDS}; {_presets()}")
    if path.suffix == ".npz":
        return _load_checkpoint(path)
    if path.name.endswith(ENDING):
        return _checked(load_weights_file(path), path)
    raise UsageError(
        f"cannot load a model from '{path}': a .keras file, a .weights.h5 file of "
        "import-weights or a checkpoint .npz is wanted"
    )


def keras_file(name: str | os.PathLike[str]) -> Path | None:
    """The `.keras` file that a name stands for: a preset's, a run folder's, or the file itself.

    Returns:
        The file; None for a name of another kind, or of nothing.

    Examples:
        >>> keras_file("dgggan_x4_light").name
        'dgggan_x4_light.keras'
    """
    if str(name) in preset_names():
        return preset_file(str(name))
    path = Path(name)
    if (path / RUN_GENERATOR).is_file():
        return path / RUN_GENERATOR
    return path if path.suffix == ".keras" and path.is_file() else None


def load_model(name: str | os.PathLike[str] | None) -> "SuperResolver | SavedModel":
    """A `Generator` or a `SavedModel`.

    Args:
        name: A SavedModel's folder, or any name that `load_generator` takes: a preset, a run
            folder, a file. None takes `DEFAULT_PRESET`.

    Raises:
        UsageError: There is no such model.
        WeightsError: It cannot be loaded.

    Examples:
        >>> load_model("dgggan_x4_light").scale
        4
    """
    if name is None:
        name = DEFAULT_PRESET
    if version_folder(Path(name)) is not None:
        return SavedModel(name)
    return load_generator(str(name))


def in_float32(generator: "SuperResolver") -> "SuperResolver":
    """The network with float32 layers, for whatever precision it was trained in.

    Examples:
        >>> in_float32(Generator(dtype="mixed_bfloat16")).dtype_policy.name
        'float32'
    """
    if all(layer.compute_dtype == "float32" for layer in generator.layers):
        return generator
    plain = type(generator).from_config({**generator.get_config(), "dtype": "float32"})
    plain.set_weights(generator.get_weights())
    return plain


def save_network(generator: "SuperResolver", path: Path) -> None:
    """Write a network alone, with float32 layers.

    Args:
        generator: A `Generator` or another network of this package.
        path: A `.keras` file; replaced whole, or not at all.

    Examples:
        >>> path = Path("model.keras")
        >>> save_network(load_generator("dgggan_x4_light"), path)
        >>> path.is_file()
        True
    """
    with atomic_path(path) as temporary:
        in_float32(generator).save(temporary)


def _names_near(path: Path) -> list[str]:
    """The names that a missing one may stand for: the presets, and the models in its folder."""
    if not path.parent.is_dir():
        return preset_names()
    beside = [path.parent / entry.name for entry in path.parent.iterdir()]
    models = [each for each in beside if each.is_dir() or each.suffix in _ENDINGS]
    return preset_names() + [str(each) for each in models]


def _presets() -> str:
    presets = ", ".join(preset_names())
    return f"the presets are {presets}" if presets else "this version has no presets"


def _load_keras(path: Path) -> "SuperResolver":
    with reading(path):
        import keras

        with path.open("rb") as file:
            is_archive = file.read(2) == b"PK"
        if not is_archive:
            raise WeightsError(f"'{path}' is not a .keras file")
        _register_trainer(path)
        model = keras.saving.load_model(path, compile=False)
        if not hasattr(model, "inference_generator"):
            check_all_used(model, _stored_weights(path), path)
    return _checked(getattr(model, "inference_generator", model), path)


def _checked(model: "keras.Model", path: Path) -> "SuperResolver":
    from keras_dgggan.networks.base import as_network, check_takes_lr_alone

    try:
        model = as_network(model, f"the {type(model).__name__} in '{path}'")
    except UsageError as error:
        raise WeightsError(str(error)) from None
    check_takes_lr_alone(model, f"the network in '{path}'")
    # The average that a run keeps is stored frozen; whoever loads it may want to train on.
    model.trainable = True
    return model


def _register_trainer(path: Path) -> None:
    """Import the training model only for files that hold one: it needs TensorFlow."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        if b"DGGGAN" in archive.read("config.json"):
            import keras_dgggan.gan  # noqa: F401


def _stored_weights(path: Path) -> int:
    import io
    import zipfile

    import h5py

    with zipfile.ZipFile(path) as archive:
        weights = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(weights) as file:
        return count_weights(file)


def _load_checkpoint(path: Path) -> "SuperResolver":
    import_keras()
    from keras_dgggan.gan.checkpoint import load_checkpoint, restore_generator
    from keras_dgggan.networks.registry import network_of
    from keras_dgggan.recipe import load_recipe

    recipe_file = path.parent.parent / "recipe.yaml"
    if not recipe_file.is_file():
        raise UsageError(
            f"the checkpoint '{path}' is not in a run folder: there is no {recipe_file}, "
            "which describes its network"
        )
    recipe = load_recipe(recipe_file, check_paths=False)
    generator = network_of(recipe.network, dtype=recipe.training.precision, name="generator")
    restore_generator(generator, load_checkpoint(path))
    return generator
