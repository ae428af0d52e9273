import keras
import numpy as np
import pytest
from checks import randomise

from keras_dgggan.errors import UsageError
from keras_dgggan.networks import Generator
from keras_dgggan.pretrained.widening import widened


@pytest.mark.parametrize(
    "options",
    [
        {"upsampler": "pixel_shuffle", "image_skip": True},
        {"upsampler": "nearest", "gradient_every": 2},
        {"gradient_branch": False, "se": False},
    ],
)
def test_a_wider_network_gives_the_same_images(options, rng):
    small = Generator(
        **{"filters": 4, "blocks": 2, "gradient_every": 1, "se_reduction": 2} | options
    )
    randomise(small)
    large = widened(small, 7)
    lr = rng.random((1, 9, 11, 3), dtype=np.float32)
    ours, theirs = large(lr), small(lr)
    assert large.filters == 7 and ours.keys() == theirs.keys()
    for name, output in theirs.items():
        scale = np.abs(output).max()
        np.testing.assert_allclose(ours[name] / scale, output / scale, atol=1e-5)


def test_the_added_channels_are_fresh_and_follow_from_the_seed():
    small = Generator(filters=4, blocks=1, gradient_every=1, se_reduction=2)
    made = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        made.append(widened(small, 6).get_weights())
    assert all(np.array_equal(a, b) for a, b in zip(made[0], made[1], strict=True))
    assert any(not np.array_equal(a, b) for a, b in zip(made[0], made[2], strict=True))


def test_a_network_cannot_be_widened_to_less():
    with pytest.raises(UsageError, match="of 4 filters cannot be widened to 3"):
        widened(Generator(filters=4, blocks=1, gradient_every=1), 3)
