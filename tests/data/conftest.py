from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """What a check remembers is kept from the user's cache, and from other tests."""
    monkeypatch.setenv("KERAS_DGGGAN_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def write(tmp_path, rng) -> Callable[..., np.ndarray]:
    """Writes an image of noise and returns its pixels."""

    def write_image(name: str, height: int = 40, width: int = 52, **options) -> np.ndarray:
        pixels = rng.integers(0, 256, (height, width, 3), np.uint8)
        path = Path(tmp_path / name)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, **options)
        return pixels

    return write_image
