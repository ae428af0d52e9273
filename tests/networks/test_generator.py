import numpy as np
import pytest
from checks import check_config_round_trip, check_precision, randomise

from keras_dgggan.layers import ImageGradient
from keras_dgggan.networks import Generator

SMALL = {"filters": 4, "blocks": 3, "gradient_every": 2, "se_reduction": 2}
VARIANTS = {
    "paper": {},
    "no gradient branch": {"gradient_branch": False},
    "no se": {"se": False},
    "light tail": {"upsampler": "pixel_shuffle", "image_skip": True},
    "x2": {"scale": 2},
    "x3": {"scale": 3},
    "x3 light tail": {"scale": 3, "upsampler": "pixel_shuffle"},
}


@pytest.fixture
def lr(rng):
    return rng.random([2, 5, 7, 3], "float32")


def test_the_full_network_has_the_paper_parameter_count_and_runs():
    generator = Generator()
    assert generator.count_params() == 14_619_478
    output = generator(np.zeros([1, 6, 5, 3], "float32"))
    assert output["image"].shape == output["gradient_map"].shape == (1, 24, 20, 3)


@pytest.mark.parametrize("variant", VARIANTS)
def test_any_size_is_enlarged_by_the_scale(variant, rng):
    generator = Generator(**SMALL | VARIANTS[variant])
    for height, width in [(1, 1), (5, 7), (8, 3)]:
        output = generator(rng.random([2, height, width, 3], "float32"))
        size = (2, generator.scale * height, generator.scale * width, 3)
        assert {value.shape for value in output.values()} == {size}
        assert ("gradient_map" in output) == generator.gradient_branch


@pytest.mark.parametrize("variant", VARIANTS)
def test_config_round_trip(variant, lr):
    generator = Generator(**SMALL | VARIANTS[variant])
    randomise(generator)
    check_config_round_trip(generator, lr)


@pytest.mark.parametrize("variant", ["paper", "light tail"])
@pytest.mark.parametrize("policy, tolerance", [("mixed_float16", 0.02), ("mixed_bfloat16", 0.15)])
def test_mixed_precision_stays_near_float32(variant, policy, tolerance, lr):
    check_precision(
        lambda dtype: Generator(**SMALL | VARIANTS[variant], dtype=dtype), lr, policy, tolerance
    )


def test_gradient_maps_of_the_image_branch_pass_after_every_third_block():
    generator = Generator(filters=4, blocks=10, gradient_every=3)
    passed = [
        layer.name
        for layer in generator.layers
        if isinstance(layer, ImageGradient) and layer.name != "lr_gradient"
    ]
    assert sorted(passed) == ["feature_gradient_3", "feature_gradient_6", "feature_gradient_9"]


def test_the_branches_exchange_what_the_paper_says(lr):
    """The gradient branch hears the image branch, and the image hears the gradient branch."""
    generator = Generator(**SMALL)
    randomise(generator)
    before = {key: np.asarray(value) for key, value in generator(lr).items()}
    for name, changed in [
        ("image_block_1", {"image", "gradient_map"}),
        ("image_block_3", {"image"}),
        ("gradient_block_3", {"image", "gradient_map"}),
    ]:
        layer = generator.get_layer(name)
        weights = layer.get_weights()
        layer.set_weights([weight * 1.5 for weight in weights])
        after = generator(lr)
        layer.set_weights(weights)
        differ = {key for key in before if np.abs(before[key] - np.asarray(after[key])).max() > 0}
        assert differ == changed, name


def test_with_the_image_skip_a_silent_network_enlarges_by_nearest_neighbour(lr):
    generator = Generator(**SMALL, upsampler="pixel_shuffle", image_skip=True)
    generator.set_weights([np.zeros(weight.shape, "float32") for weight in generator.weights])
    np.testing.assert_array_equal(generator(lr)["image"], lr.repeat(4, axis=1).repeat(4, axis=2))


def test_a_fresh_network_keeps_its_features_in_scale(rng):
    output = Generator(filters=16, blocks=10)(rng.random([1, 16, 16, 3], "float32"))
    assert float(np.abs(np.asarray(output["image"])).max()) < 20


@pytest.mark.parametrize(
    "arguments, named",
    [
        ({"filters": 0}, "filters=0"),
        ({"blocks": 0}, "blocks=0"),
        ({"gradient_every": 0}, "gradient_every=0"),
        ({"scale": 5}, "scale=5"),
        ({"upsampler": "bilinear"}, "upsampler='bilinear'"),
    ],
)
def test_impossible_arguments_are_refused_with_their_value(arguments, named):
    with pytest.raises(ValueError, match=named):
        Generator(**arguments)
