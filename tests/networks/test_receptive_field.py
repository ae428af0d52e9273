"""How far networks look, against what changes when far pixels do."""

import keras
import numpy as np
import pytest
from checks import randomise
from small_networks import SMALL, kind_of

from keras_dgggan.networks import Generator, make_network
from keras_dgggan.networks.receptive_field import halo_of

LOCAL = [variant for variant in SMALL if kind_of(variant) != "rcan"]


def generator(**options):
    return Generator(filters=4, blocks=2, gradient_every=1, se=False, **options)


def changed_columns(network, halo, rng):
    """SR columns that change with all LR columns from one on, as distances in LR pixels to it."""
    # Noise keeps activations from all being on one side of zero.
    x = rng.standard_normal([1, 3, 3 * halo + 8, 3]).astype("float32")
    start = 2 * halo + 4
    other = x.copy()
    other[:, :, start:] = rng.standard_normal(other[:, :, start:].shape)
    differing = np.zeros(x.shape[2], bool)
    for name, value in network(x).items():
        difference = np.abs(np.asarray(network(other)[name]) - value).max((0, 1, 3))
        differing |= difference.reshape(x.shape[2], network.scale).max(1) > 0
    return start - np.flatnonzero(differing)


def check_halo(network, rng, slack=3):
    halo = halo_of(network)
    randomise(network)
    reached = changed_columns(network, halo, rng).max()
    assert halo - slack <= reached <= halo


@pytest.mark.parametrize("variant", LOCAL)
def test_what_lies_beyond_the_halo_changes_nothing_and_what_lies_within_does(variant, rng):
    network = make_network(kind_of(variant), **SMALL[variant])
    # Their residual branches are scaled so far down that the farthest pixels drown in rounding.
    slack = halo_of(network) // 2 if variant in ("natsr", "spsr") else 3
    check_halo(network, rng, slack)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"scale": 3},
        {"gradient_branch": False, "image_skip": True},
        {"upsampler": "pixel_shuffle", "image_skip": True},
    ],
)
def test_our_generator_without_se_is_local(options, rng):
    check_halo(generator(**options), rng)


def test_networks_with_means_over_the_image_have_no_halo():
    assert halo_of(make_network("rcan", **SMALL["rcan"])) is None
    assert halo_of(Generator(filters=4, blocks=1, se_reduction=2)) is None


def test_the_halo_of_edsr_by_hand():
    """Head, trunk and 64 convolutions of blocks at LR size; up2 at twice it, the last at HR."""
    network = make_network("edsr", filters=4)
    assert halo_of(network) == network.description.halo == 68
    assert 1 + 64 + 1 + 1 + 1 / 2 + 1 / 4 > 67


def test_a_layer_that_is_not_known_is_an_error():
    lr = keras.Input((None, None, 3))
    network = keras.Model(lr, {"image": keras.layers.MaxPooling2D()(lr)})
    with pytest.raises(TypeError, match="MaxPooling2D"):
        halo_of(network)
