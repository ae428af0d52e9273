from collections.abc import Callable, Iterator

import pytest
import tensorflow as tf
from tiny_runs import write_recipe

from keras_dgggan.recipe import Recipe, load_recipe


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "eager" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.filterwarnings("ignore:Even though the `tf.config"))


@pytest.fixture
def eager() -> Iterator[None]:
    """Trains without graphs, which take longer to build than a few steps of tiny networks.

    Runs in processes of their own have graphs.
    """
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def tiny(eager, tmp_path, monkeypatch) -> Callable[..., Recipe]:
    """Makes tiny recipes in a folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_DGGGAN_CACHE", str(tmp_path / "cache"))
    return lambda **changes: load_recipe(write_recipe(tmp_path, **changes))
