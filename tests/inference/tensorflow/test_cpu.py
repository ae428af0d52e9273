import keras
import numpy as np
import pytest
from checks import skip_without_bfloat16

tf = pytest.importorskip("tensorflow")

from keras_dgggan.errors import UsageError  # noqa: E402
from keras_dgggan.inference import Upscaler, kernels  # noqa: E402
from keras_dgggan.inference.cpu import FusedGenerator, subpixel  # noqa: E402
from keras_dgggan.inference.cpu.pixel_order import Grid, by_chunk  # noqa: E402
from keras_dgggan.inference.cpu.winograd import (  # noqa: E402
    WinogradConvolution,
    transforms,
)
from keras_dgggan.inference.ensemble import joined  # noqa: E402
from keras_dgggan.inference.tensorflow.forward import KerasGenerator, WholeImage  # noqa: E402
from keras_dgggan.inference.tensorflow.stages import TensorFlowStages  # noqa: E402
from keras_dgggan.inference.tiling.exact import ExactTiling  # noqa: E402
from keras_dgggan.layers import image_gradient  # noqa: E402

# Winograd's transforms round more than plain sums: still an eightieth of an 8-bit level.
PLAIN, WINOGRAD = 1e-5, 5e-5

SIZES = [(1, 1), (1, 9), (4, 4), (5, 3), (17, 30), (64, 72)]

# By plain convolutions below 32 filters, by Winograd's from there on.
OPTIONS = [
    {"filters": 6},
    {"filters": 6, "upsampler": "pixel_shuffle", "image_skip": True, "gradient_every": 1},
    {"filters": 6, "gradient_branch": False, "se": False, "scale": 3, "image_skip": True},
    {"filters": 32},
    {"filters": 32, "se": False, "scale": 2, "gradient_every": 1, "image_skip": True},
    {"filters": 32, "gradient_branch": False, "upsampler": "pixel_shuffle", "scale": 3},
]


def largest_difference(a, b) -> float:
    return float(np.abs(np.asarray(a) - np.asarray(b)).max())


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(map(str, options)))
def test_it_computes_what_the_generator_does(make_generator, options, rng):
    generator = make_generator(**options)
    names = tuple(generator.output)
    tolerance = WINOGRAD if generator.filters >= 32 else PLAIN
    run = WholeImage(generator)
    assert isinstance(run.computation, FusedGenerator)
    for size in SIZES:
        image = rng.random((1, *size, 3), np.float32)
        outputs = run(image, names)
        assert set(outputs) == set(names)
        for name, expected in generator(image).items():
            assert outputs[name].shape == expected.shape
            assert largest_difference(outputs[name], expected) < tolerance


@pytest.mark.slow
def test_the_default_network_stays_within_rounding_of_its_layers(rng):
    """Twenty blocks of 64 filters, with weights that make large features."""
    from keras_dgggan.networks import Generator

    keras.utils.set_random_seed(3)
    generator = Generator()
    for weight in generator.weights:
        if len(weight.shape) == 1:
            weight.assign(0.05 * rng.standard_normal(weight.shape))
    image = rng.random((1, 20, 17, 3), np.float32)
    result = WholeImage(generator)(image, ("image",))["image"]
    expected = generator(image)["image"]
    assert np.abs(expected).max() > 1
    assert largest_difference(result, expected) < WINOGRAD


@pytest.mark.parametrize("filters", [6, 32])
def test_tiles_of_it_equal_the_generator(make_generator, filters, rng):
    generator = make_generator(filters=filters)
    image = rng.random((45, 38, 3), np.float32)
    result = joined(ExactTiling(TensorFlowStages(WholeImage(generator).computation), 20)(image))
    for name, expected in generator(image[None]).items():
        assert largest_difference(result[name], expected[0]) < (
            WINOGRAD if filters == 32 else PLAIN
        )


def test_only_what_is_wanted_is_computed(make_generator):
    run = WholeImage(make_generator(upsampler="pixel_shuffle"))
    run(np.zeros((1, 4, 4, 3), np.float32), ("image",))
    run(np.zeros((1, 4, 4, 3), np.float32), ("image", "gradient_map"))

    def convolutions(names):
        graph = run.traced[names].get_concrete_function().graph
        return sum(operation.type == "Conv2D" for operation in graph.get_operations())

    assert convolutions(("image", "gradient_map")) == convolutions(("image",)) + 1


def test_a_policy_of_16_bits_is_for_training_and_gpus(make_generator, rng):
    image = rng.random((1, 12, 10, 3), np.float32)
    results = [
        WholeImage(make_generator(dtype=dtype))(image, ("image",))["image"]
        for dtype in ("float32", "mixed_bfloat16")
    ]
    assert largest_difference(*results) == 0


@pytest.mark.parametrize("filters", [6, 32])
def test_bfloat16_is_near_where_it_is_asked_for(make_generator, filters, rng):
    skip_without_bfloat16()
    generator = make_generator(filters=filters, blocks=1, gradient_every=1, image_skip=True)
    image = rng.random((30, 33, 3), np.float32)
    exact = Upscaler(generator, engine="tensorflow").upscale(image)
    for tile in ("off", 16):
        near = Upscaler(generator, precision="bfloat16", tile=tile).upscale(image)
        assert 0 < largest_difference(near, exact) < 0.02 * np.abs(exact).max()


def test_a_precision_that_there_is_not_is_a_usage_error(make_generator):
    with pytest.raises(UsageError, match="a precision is float32 or bfloat16"):
        Upscaler(make_generator(), precision="int8")


def test_layers_as_they_are_give_the_same_tiles(make_generator, rng):
    generator = make_generator()
    image = rng.random((30, 33, 3), np.float32)
    plain = joined(ExactTiling(TensorFlowStages(KerasGenerator(generator)), 16)(image))
    for name, expected in generator(image[None]).items():
        assert largest_difference(plain[name], expected[0]) < 1e-5


def test_an_8_bit_picture_is_off_by_one_level_at_most(make_generator, rng):
    generator = make_generator(filters=32, image_skip=True)
    image = rng.integers(0, 256, (40, 50, 3), np.uint8)
    expected = np.asarray(generator(image[None].astype("float32") / 255)["image"][0])
    rounded = np.rint(expected.clip(0, 1) * 255)
    assert np.abs(Upscaler(generator, engine="tensorflow").upscale(image) - rounded).max() <= 1


def test_the_transforms_convolve(rng):
    results, kernels, inputs = transforms()
    signal, kernel = rng.random(8), rng.random(5)
    np.testing.assert_allclose(
        results @ ((kernels @ kernel) * (inputs @ signal)),
        np.correlate(signal, kernel, "valid"),
        rtol=1e-12,
    )


@pytest.mark.parametrize("size", [(1, 1), (3, 7), (8, 8), (70, 75)])
def test_winograds_convolution_is_a_convolution(size, rng):
    kernel = (rng.standard_normal((5, 5, 3, 4)) / 9).astype(np.float32)
    bias = rng.standard_normal(4).astype(np.float32)
    x = tf.constant(rng.standard_normal((1, *size, 3)), tf.float32)
    grid, convolution = Grid(*size), WinogradConvolution(kernel, bias, 0.2)
    source = convolution.source(grid.enter(x))
    rows = by_chunk(lambda index: convolution.tiles(source, index), grid.index(grid), 4)
    expected = tf.nn.leaky_relu(tf.nn.conv2d(x, kernel, 1, "SAME") + bias, 0.2)
    assert largest_difference(grid.leave(rows), expected) < WINOGRAD


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (70, 75)])
def test_rows_of_a_grid_are_the_image(size, rng):
    x = tf.constant(rng.random((1, *size, 3)), tf.float32)
    grid = Grid(*size)
    rows = grid.enter(x)
    assert largest_difference(grid.leave(rows), x) == 0
    assert largest_difference(grid.mean(rows), tf.reduce_mean(x, [1, 2])) < 1e-6
    gradient = grid.leave(grid.image_gradient(rows, 1e-6))
    assert largest_difference(gradient, image_gradient(x)) < 1e-6


@pytest.mark.parametrize("factor", [2, 3])
def test_sub_pixel_convolutions_are_convolutions_of_the_enlarged(factor, rng):
    x = tf.constant(rng.standard_normal((1, 6, 5, 3)), tf.float32)
    first, second = (rng.standard_normal((3, 3, n, m)) for n, m in ((3, 4), (4, 2)))
    bias = rng.standard_normal(4)
    enlarged = tf.repeat(tf.repeat(x, factor, 1), factor, 2)
    middle = tf.nn.leaky_relu(tf.nn.conv2d(enlarged, first, 1, "SAME") + bias, 0.2)
    expected = tf.nn.conv2d(middle, second, 1, "SAME")

    blocks = subpixel.blocks(
        x, kernels.enlarging_kernel(first, factor), np.tile(bias, factor**2), 0.2
    )
    assert largest_difference(subpixel.from_blocks(blocks, factor), middle) < 1e-5
    inside = tf.repeat(subpixel.inside(6, 5, factor), 4, axis=-1)
    closed = tf.nn.conv2d(blocks * inside, kernels.closing_kernel(second, factor), 1, "VALID")
    assert largest_difference(tf.nn.depth_to_space(closed, factor), expected) < 1e-4
