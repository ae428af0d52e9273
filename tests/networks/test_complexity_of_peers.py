import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "networks"))
from small_networks import SMALL, VARIANTS, kind_of

from keras_dgggan.evaluation.paper import ESRGAN_MACS_PER_LR_PIXEL
from keras_dgggan.networks import DBPN, SRCNN, Generator, NatSR, RRDBNet, make_network
from keras_dgggan.networks.complexity import Count, count_network, count_parts


@pytest.mark.slow
def test_esrgan_costs_what_its_layers_add_up_to():
    count = count_network(RRDBNet(), 48, 40)
    assert count.params == 16_697_987
    assert count.macs == ESRGAN_MACS_PER_LR_PIXEL * 48 * 40


def test_natsr_costs_the_papers_number_at_lr_48():
    """Table 5 gives 12.5 G."""
    assert round(count_network(NatSR(), 48, 48).macs / 1e9, 1) == 12.5


def test_srcnn_costs_its_weights_for_each_pixel_and_the_enlargement():
    weights = 81 * 64 + 25 * 64 * 32 + 25 * 32
    assert count_network(SRCNN(), 6, 5).macs == (weights + 25 * 3) * 30 * 16


def test_a_transposed_convolution_costs_what_the_convolution_back_costs():
    count = count_network(DBPN(filters=2, head_filters=2, stages=2), 3, 4)
    by_hand = 27 * 2 + 2 * 2  # heads
    by_hand += (3 + 3 + 3) * 64 * 2 * 2  # three units of three projections
    by_hand += 16 * 9 * 4 * 3  # the last, of two stages' HR features
    assert count.macs == by_hand * 12


@pytest.mark.parametrize("kind", ["vdsr", "srresnet", "msrn", "sftgan"])
def test_parameters_are_all_counted(kind):
    network = make_network(kind)
    assert count_network(network, 8, 8).params == network.count_params()


def test_our_generator_costs_the_sum_of_its_parts():
    generator = Generator(filters=8, blocks=3, se_reduction=2)
    assert count_network(generator, 9, 7) == sum(count_parts(generator, 9, 7).values(), Count())


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_parts_of_every_network_add_up(variant):
    network = make_network(kind_of(variant), **SMALL[variant])
    parts = count_parts(network, 6, 5)
    assert len(parts) >= 2
    assert sum(parts.values(), Count()) == count_network(network, 6, 5)
