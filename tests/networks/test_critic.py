import numpy as np
import pytest
from checks import check_config_round_trip, randomise
from keras import layers

from keras_dgggan.networks import Critic


@pytest.mark.parametrize("size, levels, side", [(192, 6, 3), (128, 5, 4), (96, 5, 3), (16, 2, 4)])
def test_levels_halve_the_image_until_it_has_at_most_4_pixels(size, levels, side):
    critic = Critic(size, filters=2)
    strided = [layer for layer in critic.layers if getattr(layer, "strides", None) == (2, 2)]
    assert len(strided) == levels
    assert strided[-1].output.shape[1] == side


def test_the_paper_critic_has_64_to_512_channels():
    widths = [
        layer.filters
        for layer in Critic(192).layers
        if isinstance(layer, layers.Conv2D) and layer.strides == (2, 2)
    ]
    assert widths == [64, 128, 256, 512, 512, 512]


def test_there_is_no_normalisation_and_no_bound_on_the_score(rng):
    critic = Critic(16, filters=2)
    assert not [layer for layer in critic.layers if "normalization" in type(layer).__name__.lower()]
    randomise(critic)
    critic.get_layer("score").kernel.assign(critic.get_layer("score").kernel * 1e4)
    assert np.abs(np.asarray(critic(rng.random([4, 16, 16, 3], "float32")))).max() > 1


def test_samples_do_not_see_each_other(rng):
    critic = Critic(16, filters=2)
    batch = rng.random([3, 16, 16, 3], "float32")
    alone = np.concatenate([np.asarray(critic(batch[i : i + 1])) for i in range(3)])
    np.testing.assert_allclose(critic(batch), alone, rtol=1e-5, atol=1e-6)


def test_config_round_trip(rng):
    critic = Critic(16, filters=2, negative_slope=0.1)
    check_config_round_trip(critic, rng.random([2, 16, 16, 3], "float32"))


@pytest.mark.parametrize("size", [0, 4, 50])
def test_a_size_that_does_not_halve_evenly_is_refused(size):
    with pytest.raises(ValueError, match=f"image_size={size}"):
        Critic(size)
