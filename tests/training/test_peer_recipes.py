"""Recipes with the networks of other systems."""

import numpy as np
import pytest
import yaml
from rich.console import Console
from tiny_runs import GAN, write_recipe

from keras_dgggan.networks import RRDBNet, SRResNet
from keras_dgggan.pretrained.load import load_generator
from keras_dgggan.recipe import load_recipe
from keras_dgggan.training import train

PEERS = {
    "edsr": ({"kind": "edsr", "filters": 4, "blocks": 1}, {"gradient_branch": 0}),
    "esrgan": (
        {"kind": "esrgan", "filters": 4, "blocks": 1, "growth": 3},
        {**GAN, "gradient_branch": 0},
    ),
    "spsr": (
        {"kind": "spsr", "filters": 4, "blocks": 4, "growth": 3, "tap_every": 1},
        {"gradient_branch": 0.5},
    ),
}


def peer_recipe(folder, network, **changes):
    path = write_recipe(folder, **changes)
    # Not merged with the tiny generator's keys.
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), "network": network}))
    return load_recipe(path)


@pytest.mark.parametrize("kind", ["edsr", "esrgan", pytest.param("spsr", marks=pytest.mark.slow)])
def test_a_run_trains_and_leaves_a_model(kind, tmp_path, rng, eager):
    network, loss = PEERS[kind]
    recipe = peer_recipe(tmp_path, network, loss=loss, training={"steps": 2, "ema_decay": 0.9})
    result = train(recipe, tmp_path / "run", console=Console(quiet=True))
    assert result.step == 2
    model = load_generator(tmp_path / "run")
    assert type(model).__name__.lower() in (kind, "rrdbnet")
    image = rng.random([1, 5, 6, 3], "float32")
    found = load_generator(tmp_path / "run" / "checkpoints" / "step-00000002.npz")(image)["image"]
    np.testing.assert_allclose(found, model(image)["image"], atol=1e-6)


def test_a_run_starts_from_an_imported_model(tmp_path, eager):
    network, _ = PEERS["esrgan"]
    start = RRDBNet(filters=4, blocks=1, growth=3)
    start.save(tmp_path / "start.keras")
    recipe = peer_recipe(
        tmp_path,
        network,
        loss={"gradient_branch": 0},
        training={"steps": 1, "init_from": str(tmp_path / "start.keras")},
        optimizer={"learning_rate": 1e-9},
    )
    train(recipe, tmp_path / "run", console=Console(quiet=True))
    for a, b in zip(load_generator(tmp_path / "run").weights, start.weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_the_recipes_srresnet_is_the_modified_one(tmp_path):
    recipe = peer_recipe(tmp_path, {"kind": "srresnet"}, loss={"gradient_branch": 0})
    assert "modified" not in recipe.network.model_dump()
    assert SRResNet().modified
