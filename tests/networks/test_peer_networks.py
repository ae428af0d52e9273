"""The networks of other systems: sizes, published parameter counts, saving, precision."""

import numpy as np
import pytest
from checks import check_config_round_trip, check_precision, randomise
from small_networks import SMALL, VARIANTS, kind_of

from keras_dgggan.errors import UsageError
from keras_dgggan.images.resize import imresize
from keras_dgggan.networks import NETWORKS, SFTGAN, SPSR, VDSR, Generator, make_network

# From the papers or their authors' code; a count of a few digits is tested to those.
PUBLISHED = {
    "srcnn": 57_281,
    "vdsr": 665_921,
    "srresnet": 1_517_571,
    "edsr": 43_089_923,
    "rdn": 22_271_107,
    "rcan": 15_592_355,
    "msrn": 6_078_019,
    "dbpn": 10_426_358,
    "esrgan": 16_697_987,
    "natsr": 4_959_235,
    "sftgan": 1_833_763,
    "spsr": 24_796_230,
    "compact": 621_424,
    "span": 426_288,
}


def small(variant, **options):
    return make_network(kind_of(variant), **SMALL[variant], **options)


def randomised(variant):
    network = small(variant)
    randomise(network)
    return network


@pytest.fixture
def lr(rng):
    return rng.random([2, 5, 7, 3], "float32")


@pytest.mark.slow
@pytest.mark.parametrize("kind", PUBLISHED)
def test_the_defaults_have_the_published_parameter_count(kind):
    assert make_network(kind).count_params() == PUBLISHED[kind]


def test_every_network_but_ours_is_of_another_system():
    assert {*NETWORKS} == {"dgggan", *PUBLISHED} == {"dgggan", *map(kind_of, SMALL)}


@pytest.mark.parametrize("variant", VARIANTS)
def test_any_size_is_enlarged_by_the_scale(variant, rng):
    network = small(variant)
    least = network.info.minimum_size
    scale = network.info.scale
    assert scale == network.scale
    for height, width in [(least, least), (5, 7), (8, 3)]:
        output = network(rng.random([2, height, width, 3], "float32"))
        assert {value.shape for value in output.values()} == {(2, scale * height, scale * width, 3)}
        assert ("gradient_map" in output) == network.gradient_branch
        assert np.isfinite(output["image"]).all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_config_round_trip(variant, lr):
    check_config_round_trip(randomised(variant), lr)


# In float16 ranges of 255 and sums over an image may overflow.
@pytest.mark.parametrize(
    "policy, tolerance, variant",
    [("mixed_bfloat16", 0.15, kind) for kind in dict.fromkeys(map(kind_of, SMALL))]
    + [("mixed_float16", 0.02, variant) for variant in ("edsr", "rcan", "srresnet published")],
)
def test_mixed_precision_stays_near_float32(policy, tolerance, variant, lr):
    made = []

    def make(dtype):
        made.append(small(variant, dtype=dtype))
        return made[-1]

    check_precision(make, lr, policy, tolerance)
    assert {str(x.dtype) for network in made for x in network.output.values()} == {"float32"}


def test_with_silent_weights_vdsr_is_the_bicubic(rng):
    """On luma and on RGB: the change of luma is the difference of two equal numbers."""
    x = rng.random([1, 6, 9, 3], "float32")
    for channels in (1, 3):
        network = VDSR(filters=4, depth=3, channels=channels)
        network.set_weights([np.zeros(weight.shape, "float32") for weight in network.weights])
        expected = imresize(x[0].astype("float64"), 4)
        np.testing.assert_allclose(network(x)["image"][0], expected, atol=1e-6)


def test_a_change_of_luma_leaves_the_chroma_as_the_bicubic_has_it(lr):
    network = randomised("srcnn")
    change = np.asarray(network(lr)["image"]) - np.stack(
        [imresize(image.astype("float64"), 4) for image in lr]
    )
    assert np.abs(change).max() > 0.1
    np.testing.assert_allclose(change, change[..., :1].repeat(3, -1), atol=1e-5)


@pytest.mark.parametrize("variant", ["edsr", "rcan", "spsr"])
def test_the_info_says_whether_far_pixels_matter(variant, rng):
    network = randomised(variant)
    radius = network.info.receptive_radius
    width = 8 + (radius or 60) + 2
    x = rng.random([1, 4, width, 3], "float32")
    changed = x.copy()
    changed[:, :, -2:] = 0
    before, after = (np.asarray(network(image)["image"])[:, :, :8] for image in (x, changed))
    difference = np.abs(before - after).max() / np.abs(before).max()
    # Sums of the same numbers may be rounded in another order.
    assert (difference <= 1e-6) == (radius is not None)


def test_our_generator_has_the_same_info():
    assert not Generator(filters=4, blocks=1, se_reduction=2).info.local
    assert Generator(filters=4, blocks=1, se=False, scale=2).info.scale == 2


def test_sftgan_takes_a_segmentation_and_without_one_sees_background(lr):
    alone, guided = SFTGAN(4, 2), SFTGAN(4, 2, segmentation=True)
    randomise(alone)
    guided.set_weights(alone.get_weights())
    classes = np.zeros([2, 20, 28, 8], "float32")
    classes[..., 0] = 1
    np.testing.assert_allclose(
        guided([lr, classes])["image"], alone(lr)["image"], rtol=1e-5, atol=1e-5
    )
    sky = classes[..., [1, 0, 2, 3, 4, 5, 6, 7]]
    assert np.abs(np.asarray(guided([lr, sky])["image"]) - alone(lr)["image"]).max() > 0.01


@pytest.mark.parametrize(
    "kind, arguments, named",
    [
        ("edsr", {"blocks": 0}, "blocks=0"),
        ("edsr", {"scale": 5}, "scale=5"),
        ("vdsr", {"depth": 2}, "depth=2"),
        ("srcnn", {"channels": 2}, "channels=2"),
        ("dbpn", {"scale": 3}, "scale=3"),
        ("dbpn", {"stages": 1}, "stages=1"),
        ("spsr", {"blocks": 19}, "blocks=19"),
    ],
)
def test_impossible_arguments_are_refused_with_their_value(kind, arguments, named):
    with pytest.raises(ValueError, match=named):
        make_network(kind, **arguments)


def test_an_unknown_network_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match=r"'swinir'.*esrgan"):
        make_network("swinir")


def test_spsr_predicts_the_gradient_map_by_its_branch_alone(lr):
    network = SPSR(filters=4, blocks=4, growth=3, tap_every=1)
    randomise(network)
    before = network(lr)
    layer = network.get_layer("fusion_conv")
    layer.set_weights([1.5 * weight for weight in layer.get_weights()])
    after = network(lr)
    np.testing.assert_allclose(before["gradient_map"], after["gradient_map"], rtol=1e-5, atol=1e-5)
    assert np.abs(np.asarray(before["image"]) - after["image"]).max() > 1e-3
