from collections.abc import Callable

import pytest
from tiny_runs import write_recipe

from keras_dgggan.recipe import Recipe, load_recipe


@pytest.fixture
def tiny(tmp_path, monkeypatch) -> Callable[..., Recipe]:
    """Makes tiny recipes in a folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_DGGGAN_CACHE", str(tmp_path / "cache"))
    return lambda **changes: load_recipe(write_recipe(tmp_path, **changes))
