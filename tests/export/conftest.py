"""A small network and its export, made once."""

from pathlib import Path

import keras
import pytest

from keras_dgggan.export import export_saved_model
from keras_dgggan.networks import Generator

MAX_PIXELS = 150 * 150


@pytest.fixture(scope="session")
def generator() -> keras.Model:
    keras.utils.set_random_seed(6)
    return Generator(filters=4, blocks=2, gradient_every=1, se_reduction=2)


@pytest.fixture(scope="session")
def version_folder(generator: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_saved_model(
        generator,
        tmp_path_factory.mktemp("saved_models") / "small",
        recipe_text="name: small\n",
        training_summary={"step": 7},
        max_pixels=MAX_PIXELS,
    )
