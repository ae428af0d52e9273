"""Counts against TensorFlow's profiler, Keras and arithmetic by hand."""

import pytest
import tensorflow as tf

from keras_dgggan.networks import Generator
from keras_dgggan.networks.complexity import Count, count_network, count_parts

NETWORKS = {
    "small": {"filters": 8, "blocks": 3},
    "no gradient branch": {"filters": 8, "blocks": 2, "gradient_branch": False},
    "no SE": {"filters": 8, "blocks": 2, "se": False},
    "light": {"filters": 8, "blocks": 1, "upsampler": "pixel_shuffle", "image_skip": True},
    "scale 3": {"filters": 8, "blocks": 1, "scale": 3},
}


def profiled_flops(generator, height, width) -> dict[str, int]:
    """FLOPs by kind of operation, by TensorFlow's own profiler."""
    spec = tf.TensorSpec((1, height, width, 3))
    function = tf.function(generator).get_concrete_function(spec)
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    root = tf.compat.v1.profiler.profile(function.graph, cmd="op", options=options)
    flops = {}
    while root.children:
        root = root.children[0]
        flops[root.name] = root.float_ops
    return flops


@pytest.mark.parametrize("options", NETWORKS.values(), ids=NETWORKS)
def test_convolutions_cost_what_tensorflow_says(options):
    generator = Generator(**options)
    profiled = profiled_flops(generator, 20, 28)
    counted = count_network(generator, 20, 28)
    assert 2 * counted.macs == profiled["Conv2D"] + profiled.get("MatMul", 0)


@pytest.mark.parametrize("options", NETWORKS.values(), ids=NETWORKS)
def test_parts_add_up_to_the_parameters_of_keras(options):
    generator = Generator(**options)
    parts = count_parts(generator, 8, 8).values()
    assert sum(part.params for part in parts) == generator.count_params()


def test_the_full_generator_by_hand():
    counts = count_parts(Generator(), 48, 48)
    assert sum(count.params for count in counts.values()) == 14_619_478
    lr, hr, c = 48 * 48, 192 * 192, 64
    block = (9 + 25) * c * c + (9 + 25) * 2 * c * 2 * c + 4 * c * c
    se_and_gate = c * c * lr + 2 * c * c // 16
    assert counts["image branch: blocks"].macs == 10 * (block * lr + se_and_gate)
    assert counts["upsampling of the image branch"].macs == 9 * c * c * (hr // 4 + hr)
    assert counts["outputs"].macs == 2 * 9 * c * 3 * hr


@pytest.mark.slow
def test_se_costs_less_than_a_hundredth():
    networks = (Generator(se=se) for se in (True, False))
    with_se, without = (count_network(network, 48, 48).macs for network in networks)
    assert 0.99 * with_se < without < with_se


def test_everything_but_the_gates_grows_with_the_area():
    generator = Generator(filters=8, blocks=2, se=False)
    small, large = (count_network(generator, n, n) for n in (16, 32))
    assert (large.macs, large.flops) == (4 * small.macs, 4 * small.flops)
    assert large.params == small.params


def test_flops_are_two_per_mac_and_a_little():
    count = count_network(Generator(), 32, 32)
    assert 2 * count.macs < count.flops < 2.02 * count.macs


def test_counts_add():
    assert Count(1, 2, 5) + Count(1, 1, 2) == Count(2, 3, 7)
