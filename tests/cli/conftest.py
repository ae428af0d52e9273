from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result


@pytest.fixture(scope="session")
def nearest(tmp_path_factory) -> str:
    """A model file that enlarges by nearest neighbour: all weights zero but the image skip."""
    import keras

    from keras_dgggan.networks import Generator

    generator = Generator(filters=4, blocks=1, image_skip=True)
    for weight in generator.weights:
        weight.assign(keras.ops.zeros_like(weight))
    path = tmp_path_factory.mktemp("model") / "nearest.keras"
    generator.save(path)
    return str(path)


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """An empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def upscale() -> Callable[..., Result]:
    """Runs `keras-dgggan upscale` in this process."""
    from keras_dgggan.cli import main

    def run(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(main, ["upscale", *arguments], input=stdin)

    return run
