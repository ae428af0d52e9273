"""How far networks look, against what changes when far pixels do."""

import numpy as np
import pytest
from checks import randomise
from small_networks import SMALL, kind_of

from keras_dgggan.networks import Generator, make_network
from keras_dgggan.networks.receptive_field import receptive_field

LOCAL = [variant for variant in SMALL if kind_of(variant) != "rcan"]


def generator(**options):
    return Generator(filters=4, blocks=2, gradient_every=1, se=False, **options)


def changes(network, radius, rng):
    """By distance in LR pixels, how far SR columns change with all LR columns from one on."""
    # Noise keeps activations from all being on one side of zero.
    x = rng.standard_normal([1, 3, 2 * radius + 12, 3]).astype("float32")
    start = radius + 8
    other = x.copy()
    other[:, :, start:] = rng.standard_normal(other[:, :, start:].shape)
    before, after = network(x), network(other)
    changed = np.zeros(x.shape[2])
    for name, value in before.items():
        difference = np.abs(np.asarray(after[name]) - value).max((0, 1, 3)) / np.abs(value).max()
        changed = np.maximum(changed, difference.reshape(x.shape[2], network.scale).max(1))
    return {start - column: change for column, change in enumerate(changed)}


def check_radius(network, rng, slack=3):
    radius = receptive_field(network).radius
    randomise(network)
    by_distance = changes(network, radius, rng)
    # Places in an image may be rounded in another order.
    assert max(change for far, change in by_distance.items() if far > radius) <= 1e-6
    assert max(far for far, change in by_distance.items() if change and far <= radius) >= (
        radius - slack
    )


@pytest.mark.parametrize("variant", LOCAL)
def test_what_lies_beyond_the_radius_changes_nothing_and_what_lies_within_does(variant, rng):
    network = make_network(kind_of(variant), **SMALL[variant])
    # Residual branches and gates scale so far down that the farthest pixels drown in rounding.
    faint = kind_of(variant) in ("natsr", "spsr", "span")
    slack = receptive_field(network).radius // 2 if faint else 3
    check_radius(network, rng, slack)


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
    check_radius(generator(**options), rng)


def test_networks_with_means_over_the_image_are_not_local():
    assert receptive_field(make_network("rcan", **SMALL["rcan"])).radius is None
    assert receptive_field(Generator(filters=4, blocks=1, se_reduction=2)).radius is None


def test_the_receptive_radius_edsr_by_hand():
    """Head, trunk and 64 convolutions of blocks at LR size; up2 at twice it, the last at HR."""
    network = make_network("edsr", filters=4)
    assert receptive_field(network).radius == network.info.receptive_radius == 68
    assert 1 + 64 + 1 + 1 + 1 / 2 + 1 / 4 > 67
