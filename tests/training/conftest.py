from collections.abc import Callable, Iterator

import pytest
import tensorflow as tf
from tiny_runs import write_recipe

from keras_dgggan.recipe import Recipe, load_recipe


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tiny" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.filterwarnings("ignore:Even though the `tf.config"))


@pytest.fixture
def tiny(tmp_path, monkeypatch) -> Iterator[Callable[..., Recipe]]:
    """Makes tiny recipes in a folder that is the current one, and runs them without graphs.

    A graph takes longer to build than the few steps of these runs; those in processes of their own
    have one.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_DGGGAN_CACHE", str(tmp_path / "cache"))
    tf.config.run_functions_eagerly(True)
    yield lambda **changes: load_recipe(write_recipe(tmp_path, **changes))
    tf.config.run_functions_eagerly(False)
