import numpy as np
import pytest
from click.testing import CliRunner
from test_import import NEW, state_of, write_safetensors

from keras_dgggan.cli import main
from keras_dgggan.networks import make_network
from keras_dgggan.pretrained.load import load_generator

SMALL = ["--network", "esrgan", "--set", "filters=4", "--set", "blocks=1", "--set", "growth=2"]


@pytest.fixture
def weights(tmp_path, rng):
    state = state_of(rng, NEW)
    write_safetensors(tmp_path / "w.safetensors", state)
    return tmp_path / "w.safetensors", state["conv_first.weight"].transpose(2, 3, 1, 0)


def run(*arguments):
    return CliRunner().invoke(main, ["import-weights", *(str(argument) for argument in arguments)])


def test_both_kinds_of_output_hold_the_weights(weights, tmp_path):
    source, first = weights
    for name in ("model.keras", "model.weights.h5"):
        result = run(*SMALL, source, "-o", tmp_path / name)
        assert result.exit_code == 0, result.output
    network = make_network("esrgan", filters=4, blocks=1, growth=2)
    network.load_weights(tmp_path / "model.weights.h5")
    for model in (network, load_generator(tmp_path / "model.keras")):
        np.testing.assert_array_equal(model.get_layer("head").kernel, first)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "model.keras",
        "model.weights.h5",
        "w.safetensors",
    ]


def test_network_and_sizes_are_read_from_the_file(weights, tmp_path):
    result = run(weights[0], "-o", tmp_path / "model.keras")
    assert result.exit_code == 0, result.output
    assert "esrgan(filters=4, blocks=1, growth=2, scale=4), 42 tensors" in result.output
    network = load_generator(tmp_path / "model.keras")
    np.testing.assert_array_equal(network.get_layer("head").kernel, weights[1])


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--network", "swinir"], "swinir"),
        (["--network", "esrgan", "--set", "depth=3"], "depth"),
        (["--network", "esrgan", "--set", "depth"], "KEY=VALUE"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(arguments, message, weights, tmp_path):
    result = run(*arguments, weights[0], "-o", tmp_path / "m.keras")
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "m.keras").exists()


def test_weights_that_do_not_fit_write_nothing(weights, tmp_path):
    result = run(*SMALL[:-1], "growth=3", weights[0], "-o", tmp_path / "m.keras")
    assert result.exit_code == 1
    assert "body.0.rdb1.conv1.weight" in result.output
    assert not (tmp_path / "m.keras").exists()


def test_an_existing_file_stays(weights, tmp_path):
    (tmp_path / "m.keras").write_text("mine")
    result = run(*SMALL, weights[0], "-o", tmp_path / "m.keras")
    assert result.exit_code == 2
    assert (tmp_path / "m.keras").read_text() == "mine"
