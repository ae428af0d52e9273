"""A small test set of files as people have them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def photograph(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth blobs with some texture, uint8 RGB."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 12 + 2, width // 12 + 2, 3), np.uint8)
    image = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    noisy = image + rng.normal(0, 4, image.shape)
    return np.rint(noisy.clip(0, 255)).astype(np.uint8)


@pytest.fixture
def small_set(tmp_path) -> Path:
    """Colour, gray, odd sizes, WebP, JPEG, palette, 16 bits and alpha, in a folder with HR."""
    folder = tmp_path / "Mixed" / "HR"
    folder.mkdir(parents=True)
    Image.fromarray(photograph(64, 80)).save(folder / "colour.png")
    Image.fromarray(photograph(61, 75, 1)[..., 0]).save(folder / "gray odd.png")
    Image.fromarray(photograph(67, 66, 2)).save(folder / "webp.webp", lossless=True)
    Image.fromarray(photograph(64, 64, 3)).save(folder / "jpeg.JPG", quality=95)
    Image.fromarray(photograph(64, 64, 4)).quantize(64).save(folder / "palette.png")
    Image.fromarray(photograph(64, 64, 5)[..., 0].astype(np.uint16) * 257).save(folder / "deep.png")
    alpha = np.dstack([photograph(64, 64, 6), np.full((64, 64), 255, np.uint8)])
    Image.fromarray(alpha).save(folder / "alpha.png")
    (folder / "notes.txt").write_text("not an image")
    return folder.parent


@pytest.fixture(scope="session")
def model_file(tmp_path_factory) -> Path:
    """A generator of all parts, near the nearest-neighbour enlargement."""
    import keras

    from keras_dgggan.networks import Generator

    keras.utils.set_random_seed(0)
    generator = Generator(filters=4, blocks=1, upsampler="pixel_shuffle", image_skip=True)
    for weight in generator.weights:
        if weight.path.startswith("image_pixels"):
            weight.assign(weight * 0.01)
    path = tmp_path_factory.mktemp("models") / "tiny.keras"
    generator.save(path)
    return path
