"""A Keras model from LR to SR that this package does not know, wherever a model is taken."""

import keras
import numpy as np
import pytest
from click.testing import CliRunner
from keras import layers

from keras_dgggan import Upscaler
from keras_dgggan.cli import main
from keras_dgggan.errors import UsageError
from keras_dgggan.networks import Generator
from keras_dgggan.networks.base import WrappedNetwork, as_network
from keras_dgggan.networks.complexity import count_network, uncounted_layers
from keras_dgggan.networks.receptive_field import receptive_field


@keras.saving.register_keras_serializable(package="tests")
class Shift(layers.Layer):
    """One whose receptive field nobody knows."""

    def call(self, x):
        return keras.ops.roll(x, 1, axis=1)


@keras.saving.register_keras_serializable(package="tests")
class Subclassed(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(3, 3, padding="same")
        self.enlarge = layers.UpSampling2D(2)

    def call(self, x):
        return self.enlarge(self.conv(x))


def functional(*middle, scale=2, **options):
    lr = keras.Input((None, None, 3))
    x = layers.Conv2D(3, 3, padding="same", name="conv1")(lr)
    for layer in middle:
        x = layer(x)
    x = x * 0.5 + lr
    sr = layers.UpSampling2D(scale)(x)
    return keras.Model(lr, {"image": sr}, name="own", **options)


def body():
    return keras.Sequential([layers.Conv2D(3, 5, padding="same"), layers.ReLU()], name="body")


# a model; LR pixels that it is known to look at; layers of which nothing is known
MODELS = {
    "depthwise": (lambda: functional(layers.DepthwiseConv2D(3, padding="same")), 2, ()),
    "normalised": (lambda: functional(layers.LayerNormalization()), 1, ()),
    "in a sequence": (lambda: functional(body()), 3, ()),
    "dilated": (lambda: functional(layers.Conv2D(3, 3, padding="same", dilation_rate=2)), 3, ()),
    "a layer of its own": (lambda: functional(Shift(name="shift")), None, ("shift",)),
    "normalised over the image": (lambda: functional(layers.GroupNormalization(1)), None, ()),
}


@pytest.mark.parametrize("name", MODELS)
def test_what_is_known_of_it_is_said_and_what_is_not_is_named(name):
    make, radius, unknown = MODELS[name]
    network = as_network(make())
    info = network.info
    assert (info.scale, info.receptive_radius, info.unknown_layers) == (2, radius, unknown)
    assert uncounted_layers(network) == unknown
    assert count_network(network, 8, 8).params == network.count_params()


def test_a_layer_of_a_users_own_may_state_its_field_and_cost():
    from keras_dgggan.layers.properties import Count, ReceptiveField

    class Known(Shift):
        def receptive_field(self):
            return ReceptiveField(1)

        def cost(self, shape):
            return Count(flops=5)

    network = as_network(functional(Known()))
    assert network.info.receptive_radius == 2
    assert uncounted_layers(network) == ()


def test_a_network_on_a_coarser_grid_than_lr_has_no_tiles_that_agree():
    lr = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, strides=2, padding="same")(lr)
    x = layers.Conv2DTranspose(3, 4, strides=2, padding="same")(x)
    network = as_network(keras.Model(lr, {"image": layers.UpSampling2D(2)(x)}))
    field = receptive_field(network)
    assert (field.radius, field.size_multiple) == (None, 2)
    assert network.info.minimum_size == 2


def test_a_layer_that_is_called_twice_is_held_once_and_costs_twice():
    conv = layers.Conv2D(3, 3, padding="same", use_bias=False)
    once, twice = (count_network(as_network(functional(*[conv] * n)), 4, 4) for n in (1, 2))
    assert once.params == twice.params
    assert twice.macs - once.macs == 27 * 3 * 16
    assert as_network(functional(conv, conv)).info.receptive_radius == 3


@pytest.mark.parametrize(
    "make", [MODELS["depthwise"][0], MODELS["a layer of its own"][0], Subclassed]
)
def test_an_upscaler_gives_what_the_model_gives_whole_and_in_tiles(make, rng):
    model = make()
    image = rng.random([40, 52, 3], "float32")
    expected = model(image[None])
    expected = np.asarray(expected["image"] if isinstance(expected, dict) else expected)[0]
    np.testing.assert_allclose(Upscaler(model).upscale(image), expected, atol=1e-5)
    tiled = Upscaler(model, tile=16)
    assert tiled.tiles_exactly == as_network(model).info.local
    found = tiled.upscale(image)
    assert found.shape == expected.shape
    if tiled.tiles_exactly:
        np.testing.assert_allclose(found, expected, atol=1e-5)
    else:
        # A row is shifted out of each tile and into it.
        assert np.abs(found - expected).mean() < 0.1


@keras.saving.register_keras_serializable(package="tests")
class Halved(Generator):
    def call(self, *args, **kwargs):
        outputs = super().call(*args, **kwargs)
        return {**outputs, "image": outputs["image"] * 0.5}


def test_what_a_subclass_of_generator_computes_is_not_taken_for_the_generators(rng, tmp_path):
    from keras_dgggan.export import export_onnx

    model = Halved(filters=4, blocks=1)
    image = rng.random([20, 24, 3], "float32")
    expected = np.asarray(model(image[None])["image"])[0]
    np.testing.assert_allclose(Upscaler(model).upscale(image), expected, atol=1e-5)
    model.save(tmp_path / "halved.keras")
    found = Upscaler(tmp_path / "halved.keras").upscale(image)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert export_onnx(model, tmp_path / "halved.onnx") < 1e-4


def test_its_file_goes_through_the_commands(tmp_path):
    path = tmp_path / "own.keras"
    functional(layers.DepthwiseConv2D(3, padding="same"), Shift(name="shift")).save(path)
    result = CliRunner().invoke(main, ["info", "--model", str(path), "--lr-size", "8"])
    assert result.exit_code == 0, result.output
    assert "not of this package" in result.output
    assert "nothing is known of shift" in result.output
    result = CliRunner().invoke(main, ["export", str(path), "-o", str(tmp_path / "served")])
    assert result.exit_code == 0, result.output


def test_a_layer_that_the_command_has_not_imported_is_named(tmp_path, monkeypatch):
    path = tmp_path / "own.keras"
    functional(Shift(name="shift")).save(path)
    monkeypatch.delitem(keras.saving.get_custom_objects(), "tests>Shift")
    result = CliRunner().invoke(main, ["info", "--model", str(path)])
    assert result.exit_code == 1
    assert "holds 'Shift', which is neither of Keras nor of this package" in result.output


def test_it_is_saved_and_loaded_as_it_is(tmp_path, rng):
    network = WrappedNetwork(functional(layers.DepthwiseConv2D(3, padding="same")))
    network.save(tmp_path / "wrapped.keras")
    loaded = keras.saving.load_model(tmp_path / "wrapped.keras")
    x = rng.random([1, 5, 6, 3], "float32")
    np.testing.assert_allclose(loaded(x)["image"], network(x)["image"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    "model, named",
    [
        (lambda: keras.Sequential([keras.Input((8, 8, 3)), layers.ReLU()]), r"\(8, 8, 3\)"),
        (lambda: keras.Sequential([keras.Input((None, None, 3)), layers.Flatten()]), "gives"),
        (
            lambda: keras.Sequential([keras.Input((None, None, 3)), layers.Conv2D(1, 1)]),
            "64, 64, 1",
        ),
    ],
)
def test_a_model_of_something_else_is_refused_with_what_it_takes_and_gives(model, named):
    with pytest.raises(UsageError, match=f"the file .*{named}.*is wanted"):
        as_network(model(), "the file")
