import numpy as np
import pytest

from keras_dgggan.errors import WeightsError
from keras_dgggan.networks import Generator, make_network
from keras_dgggan.pretrained.load import load_generator
from keras_dgggan.pretrained.weights_file import load_weights_file, save_weights_file


@pytest.mark.parametrize(
    "network",
    [
        lambda: make_network("edsr", filters=4, blocks=1, scale=3),
        lambda: make_network("srcnn", filters=(4, 3)),
        lambda: Generator(filters=4, blocks=1, se_reduction=2),
    ],
)
def test_a_file_is_a_model_by_itself(network, tmp_path, rng):
    saved = network()
    save_weights_file(saved, tmp_path / "m.weights.h5")
    loaded = load_generator(tmp_path / "m.weights.h5")
    assert type(loaded) is type(saved) and loaded.get_config() == saved.get_config()
    for a, b in zip(loaded.get_weights(), saved.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    x = rng.random([1, 5, 6, 3], "float32")
    np.testing.assert_allclose(loaded(x)["image"], saved(x)["image"], rtol=1e-5, atol=1e-6)
    assert [path.name for path in tmp_path.iterdir()] == ["m.weights.h5"]


def test_keras_reads_the_weights_as_ever(tmp_path):
    saved, other = (make_network("edsr", filters=4, blocks=1) for _ in range(2))
    save_weights_file(saved, tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    for a, b in zip(saved.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_alone_are_refused_with_the_way_out(tmp_path):
    make_network("edsr", filters=4, blocks=1).save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(WeightsError, match=r"does not say of which network.*load_weights"):
        load_weights_file(tmp_path / "m.weights.h5")


@pytest.mark.parametrize("content", [b"", b"no file of this kind"])
def test_a_broken_file_is_named(content, tmp_path):
    (tmp_path / "m.weights.h5").write_bytes(content)
    with pytest.raises(WeightsError, match=r"m\.weights\.h5"):
        load_generator(tmp_path / "m.weights.h5")


def test_a_failure_leaves_the_old_file(tmp_path, monkeypatch):
    network = make_network("edsr", filters=4, blocks=1)
    save_weights_file(network, tmp_path / "m.weights.h5")
    before = (tmp_path / "m.weights.h5").read_bytes()
    monkeypatch.setattr(network, "get_config", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        save_weights_file(network, tmp_path / "m.weights.h5")
    assert (tmp_path / "m.weights.h5").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["m.weights.h5"]
