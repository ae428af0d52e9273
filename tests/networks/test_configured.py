"""What a network is made with is what its config says, also across files and versions."""

import inspect
import json
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_dgggan.networks import NETWORKS, Critic, SuperResolver
from keras_dgggan.networks.configured import OF_KERAS, ConfiguredModel
from keras_dgggan.networks.vgg import VGGFeatures

OLD = Path(__file__).parent / "of_0_1_0"
LINES = [json.loads(line) for line in (OLD / "networks.jsonl").read_text().splitlines()]
CLASSES = [entry.network for entry in NETWORKS.values()] + [Critic, VGGFeatures]


@keras.saving.register_keras_serializable(package="tests")
class Tail(SuperResolver):
    """Of a reader's own, with an argument of every kind."""

    def __init__(self, filters: int = 8, sizes=(3, 3), *, scale: int = 2, **kwargs) -> None:
        lr = keras.Input((None, None, 3))
        policy = kwargs.pop("dtype", None)
        x = keras.layers.Conv2D(filters, sizes[0], padding="same", dtype=policy)(lr)
        x = keras.layers.Conv2D(3, sizes[1], padding="same", dtype="float32")(x)
        super().__init__(lr, {"image": keras.layers.UpSampling2D(scale)(x)}, **kwargs)


@keras.saving.register_keras_serializable(package="tests")
class WideTail(Tail):
    """An extension of it, which makes one argument and hands the others on."""

    def __init__(self, width: int = 1, **kwargs) -> None:
        super().__init__(8 * width, **kwargs)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["class"])
def test_configs_of_version_0_1_0_make_the_same_network(line):
    config = line["config"]
    registered = f"keras_dgggan>{line['class']}"
    cls = keras.saving.get_registered_object(registered)
    network = cls.from_config(config)
    found = {name: value for name, value in network.get_config().items() if name in config}
    assert json.loads(json.dumps(found)) == config
    names = [layer.name for layer in network.layers]
    for name, parameter in inspect.signature(cls).parameters.items():
        # What was added later has its default.
        expected = config.get(name, parameter.default)
        assert name == "kwargs" or expected == _plain(getattr(network, name))
    # Weights are saved in the order of layers.
    assert [name for name in names if not name.startswith(("leaky_re_lu", "flatten"))] == (
        line["layers"]
    )


def test_configs_of_version_0_1_0_are_of_every_network():
    newer = {"Compact", "SPAN"}
    assert {line["class"] for line in LINES} == {cls.__name__ for cls in CLASSES} - newer


@pytest.mark.parametrize("name", ["srcnn", "edsr"])
def test_keras_files_of_version_0_1_0_give_the_same_images(name):
    network = keras.saving.load_model(OLD / f"{name}.keras")
    x = np.random.default_rng(1).random([1, 5, 6, 3], "float32")
    with np.load(OLD / f"{name}.npz") as expected:
        atol = 1e-5 * np.abs(expected["image"]).max()
        np.testing.assert_allclose(network(x)["image"], expected["image"], atol=atol)


def _plain(value):
    return list(value) if isinstance(value, list | tuple) else value


@pytest.mark.parametrize(
    "make, arguments",
    [
        (lambda: Tail(4, [5, 1], scale=3), {"filters": 4, "sizes": [5, 1], "scale": 3}),
        (lambda: Tail(), {"filters": 8, "sizes": [3, 3], "scale": 2}),
        (lambda: WideTail(2, scale=3), {"width": 2, "scale": 3}),
    ],
)
def test_given_values_survive_a_file_of_a_network_of_a_users_own(make, arguments, tmp_path, rng):
    network = make()
    network.save(tmp_path / "own.keras")
    loaded = keras.saving.load_model(tmp_path / "own.keras")
    assert type(loaded) is type(network)
    assert loaded.arguments == network.arguments == arguments
    x = rng.random([1, 4, 5, 3], "float32")
    np.testing.assert_allclose(loaded(x)["image"], network(x)["image"], rtol=1e-5, atol=1e-5)


def test_name_policy_and_trainable_are_keras_own():
    network = Tail(name="mine", dtype="mixed_bfloat16", trainable=False)
    copy = Tail.from_config(network.get_config())
    assert copy.name == "mine" and not copy.trainable
    assert copy.layers[1].compute_dtype == "bfloat16"
    assert not set(network.arguments) & set(OF_KERAS)


def test_the_global_policy_is_the_one_at_the_making():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        network = Critic(16, filters=1)
        features = VGGFeatures("vgg16", "block1_conv1", "torch")
    finally:
        keras.config.set_dtype_policy("float32")
    assert network.get_config()["dtype"]["config"] == {"name": "mixed_float16"}
    assert features.get_config()["dtype"]["config"] == {"name": "float32"}


def test_an_argument_that_is_not_there_is_an_error():
    with pytest.raises(TypeError, match="filter"):
        Tail(filter=3)
    assert issubclass(Critic, ConfiguredModel)
