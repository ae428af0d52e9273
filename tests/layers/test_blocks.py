import numpy as np
import pytest
from checks import check_config_round_trip, check_precision, outputs, randomise
from keras import ops

from keras_dgggan.layers import MultiScaleResidualBlock, PixelShuffle, SqueezeExcitation, Upsampling

MAKERS = {
    "se": lambda dtype: SqueezeExcitation(4, dtype=dtype),
    "block": lambda dtype: MultiScaleResidualBlock(8, se_reduction=4, dtype=dtype),
    "block without se": lambda dtype: MultiScaleResidualBlock(8, se=False, dtype=dtype),
    "upsampling": lambda dtype: Upsampling(8, 4, dtype=dtype),
    "upsampling x3": lambda dtype: Upsampling(4, 3, dtype=dtype),
    "pixel shuffle": lambda dtype: PixelShuffle(2, dtype=dtype),
}


@pytest.mark.parametrize("name", MAKERS)
def test_config_round_trip(name, rng):
    layer = MAKERS[name]("float32")
    x = rng.random([2, 6, 5, 8], "float32")
    layer(x)
    randomise(layer)
    check_config_round_trip(layer, x)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("policy, tolerance", [("mixed_float16", 0.01), ("mixed_bfloat16", 0.08)])
def test_mixed_precision_stays_near_float32(name, policy, tolerance, rng):
    check_precision(MAKERS[name], rng.random([2, 6, 5, 8], "float32"), policy, tolerance)


def test_the_block_before_se_has_the_reference_parameter_count():
    block = MultiScaleResidualBlock(64, se=False)
    block.build((None, None, None, 64))
    assert block.count_params() == 713_152


def test_se_of_64_channels_has_4_hidden_units():
    se = SqueezeExcitation(16)
    se.build((None, None, None, 64))
    assert se.squeeze.kernel.shape == (64, 4)
    assert se.count_params() == 64 * 64 + 64 + 64 * 4 + 4 + 4 * 64 + 64


def test_se_agrees_with_equations_3_to_5(rng):
    se = SqueezeExcitation(2)
    x = rng.random([2, 3, 4, 6], "float32")
    se(x)
    randomise(se)
    kernel, bias, w1, b1, w2, b2 = se.get_weights()
    u = x @ kernel[0, 0] + bias
    z = u.mean(axis=(1, 2))
    s = 1 / (1 + np.exp(-(np.maximum(z @ w1 + b1, 0) @ w2 + b2)))
    np.testing.assert_allclose(outputs(se, x)[0], s[:, None, None] * u, rtol=2e-5, atol=1e-6)


def test_se_is_its_two_halves(rng):
    se = SqueezeExcitation(2)
    x = rng.random([1, 5, 4, 6], "float32")
    expected = outputs(se, x)[0]
    features = se.transform(x)
    gate = se.gate(ops.mean(features, axis=(1, 2)))
    np.testing.assert_allclose(features * gate[:, None, None, :], expected, rtol=1e-5)


def test_se_means_in_float16_do_not_overflow():
    se = SqueezeExcitation(2, dtype="mixed_float16")
    x = np.full([1, 300, 300, 4], 10.0, "float32")
    se(x)
    assert np.isfinite(outputs(se, x)[0]).all()


def test_a_pair_of_branches_in_one_convolution_is_the_pair_of_branches(rng):
    import keras

    block = MultiScaleResidualBlock(4, se=False)
    x = rng.random([1, 7, 6, 4], "float32")
    block(x)
    randomise(block)

    def conv(x, kernel, bias):
        return ops.leaky_relu(ops.conv(x, kernel, padding="same") + bias, 0.2)

    wide = {layer.name: layer.get_weights() for layer in block._layers}
    first = [conv(x, *wide["level1_3x3"]), conv(x, *wide["level1_5x5"])]
    first = ops.concatenate(first, -1)
    second = []
    for size in ("3x3", "5x5"):
        kernel, bias = wide[f"level2_{size}"]
        for half in (slice(0, 4), slice(4, 8)):
            second.append(conv(first, kernel[..., half], bias[half]))
    kernel, bias = wide["fusion"]
    expected = x + ops.conv(ops.concatenate(second, -1), kernel) + bias
    np.testing.assert_allclose(
        outputs(block, x)[0], keras.ops.convert_to_numpy(expected), rtol=1e-4, atol=1e-5
    )


def test_features_before_se_reach_4_pixels_and_no_farther(rng):
    block = MultiScaleResidualBlock(2)
    x = rng.random([1, 21, 21, 2], "float32")
    block(x)
    randomise(block)
    changed = x.copy()
    changed[0, 10, 10] += 1
    difference = np.abs(np.asarray(block.features(changed)) - np.asarray(block.features(x)))
    rows, columns = np.nonzero(difference[0].max(axis=-1))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (6, 14, 6, 14)
    assert MultiScaleResidualBlock.receptive_radius == 4


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_upsampling_enlarges_by_its_scale(scale, rng):
    assert Upsampling(5, scale)(rng.random([2, 3, 7, 4], "float32")).shape == (
        2,
        3 * scale,
        7 * scale,
        5,
    )


def test_pixel_shuffle_agrees_with_depth_to_space(rng):
    import tensorflow as tf

    x = rng.random([2, 3, 5, 27], "float32")
    np.testing.assert_array_equal(PixelShuffle(3)(x), tf.nn.depth_to_space(x, 3))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Upsampling(4, 5),
        lambda: SqueezeExcitation(0),
        lambda: MultiScaleResidualBlock(0),
        lambda: MultiScaleResidualBlock(8).build((None, None, None, 4)),
        lambda: PixelShuffle(2).compute_output_shape((None, 4, 4, 6)),
    ],
)
def test_impossible_arguments_are_refused_with_their_value(make):
    with pytest.raises(ValueError, match=r"Received: \w+="):
        make()
