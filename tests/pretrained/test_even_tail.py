import numpy as np
import pytest
from checks import randomise

from keras_dgggan.errors import UsageError
from keras_dgggan.networks import Generator
from keras_dgggan.pretrained.even_tail import without_grid

SIZE = {"filters": 4, "blocks": 1, "gradient_every": 1, "se_reduction": 2, "image_skip": True}


def generator_with_dots(size: float) -> Generator:
    """One whose result has dots of a size in every LR pixel, more where it is bright."""
    generator = Generator(**SIZE, upsampler="pixel_shuffle")
    randomise(generator)
    tail = generator.get_layer("image_pixels")
    kernel, bias = tail.get_weights()
    rng = np.random.default_rng(2)
    dots = size * rng.normal(size=bias.shape)
    kernel = 0.01 * kernel
    kernel[1, 1] += 0.3 * np.abs(rng.normal(size=(len(kernel[1, 1]), 1))) * dots
    tail.set_weights([kernel, 0 * bias + dots])
    return generator


def grid(generator: Generator, lr: np.ndarray) -> float:
    """Mean size of what repeats with the LR pixels, without the border."""
    change = np.asarray(generator(lr[None] / np.float32(255))["image"][0])
    change = change - np.repeat(np.repeat(lr / np.float32(255), 4, axis=0), 4, axis=1)
    places = change[16:-16, 16:-16].reshape(-1, 4, change.shape[1] // 4 - 8, 4, 3)
    means = places.mean(axis=(0, 2))
    return float(np.abs(means - means.mean(axis=(0, 1))).mean())


def smooth_pairs(rng, count):
    for _ in range(count):
        colours = rng.uniform(0, 255, (2, 1, 1, 3))
        ramp = np.linspace(0, 1, 48)[:, None, None]
        lr = (colours[0] + ramp * (colours[1] - colours[0]) + rng.normal(0, 2, (48, 48, 3))).clip(
            0, 255
        )
        lr = np.rint(lr).astype(np.uint8)
        yield lr, lr.repeat(4, axis=0).repeat(4, axis=1)


def test_dots_in_every_lr_pixel_vanish_from_images_that_were_not_looked_at(rng):
    generator = generator_with_dots(0.02)
    before = generator.get_weights()
    even = without_grid(generator, smooth_pairs(rng, 12))
    for a, b in zip(generator.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    for lr, _ in smooth_pairs(rng, 3):
        assert grid(even, lr) < 0.2 * grid(generator, lr)


def test_a_network_that_has_no_such_tail_is_refused():
    with pytest.raises(UsageError, match="a tail of 'nearest' has no pixels of its own"):
        without_grid(Generator(**SIZE), [])


def test_pairs_smaller_than_a_window_are_refused():
    tiny = np.zeros((4, 4, 3), np.uint8)
    generator = Generator(**SIZE, upsampler="pixel_shuffle")
    with pytest.raises(UsageError, match="no pair has a window of 6 x 6 LR pixels"):
        without_grid(generator, [(tiny, np.zeros((16, 16, 3), np.uint8))])
