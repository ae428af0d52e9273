"""Saved networks in a fresh process under a backend: one process for all of them."""

import numpy as np
import pytest
from checks import python, randomise
from small_networks import SMALL, kind_of

from keras_dgggan.networks import Critic, Generator, make_network

GENERATORS = {
    "generator": {},
    "light generator": {"upsampler": "pixel_shuffle", "image_skip": True},
}
# Together they have every kind of layer; to compile a network takes seconds there.
UNDER_JAX = [*GENERATORS, "critic", "srcnn", "srresnet published", "dbpn", "rcan", "sftgan"]

_LOAD_ALL = """
import pathlib, numpy as np, keras, keras_dgggan
folder = pathlib.Path({folder!r})
for path in folder.glob("*.keras"):
    call = keras.saving.load_model(path)
    if keras.backend.backend() == "jax":
        import jax
        call = jax.jit(call)
    x = np.load(folder / "x.npy")
    outputs = call(x[:, :16, :16] if path.stem == "critic" else x[:1, :5, :6])
    outputs = outputs if isinstance(outputs, dict) else {{"score": outputs}}
    np.savez(path.with_suffix(".npz"), **{{k: np.asarray(v) for k, v in outputs.items()}})
"""


def made(name):
    if name == "critic":
        return Critic(16, filters=2)
    if name in GENERATORS:
        return Generator(filters=4, blocks=2, gradient_every=2, se_reduction=2, **GENERATORS[name])
    return make_network(kind_of(name), **SMALL[name])


@pytest.mark.slow
@pytest.mark.parametrize(
    "backend, names", [("tensorflow", [*GENERATORS, "critic", *SMALL]), ("jax", UNDER_JAX)]
)
def test_saved_networks_give_the_same_in_a_fresh_process(backend, names, rng, tmp_path):
    x = rng.random([2, 16, 16, 3], "float32")
    np.save(tmp_path / "x.npy", x)
    expected = {}
    for name in names:
        network = made(name)
        randomise(network)
        network.save(tmp_path / f"{name}.keras")
        if name == "critic":
            expected[name] = {"score": network(x)}
        else:
            expected[name] = network(x[:1, :5, :6])
    python(_LOAD_ALL.format(folder=str(tmp_path)), backend=backend)
    for name, outputs in expected.items():
        with np.load(tmp_path / f"{name}.npz") as found:
            assert {*found.files} == {*outputs}
            for key, value in outputs.items():
                value = np.asarray(value)
                tolerance = 2e-5 * np.abs(value).max()
                np.testing.assert_allclose(found[key], value, atol=tolerance, err_msg=name)
