import keras
import numpy as np
import pytest
from click.testing import CliRunner

from keras_dgggan.cli import main
from keras_dgggan.errors import UsageError
from keras_dgggan.networks import Generator
from keras_dgggan.pretrained.interpolation import interpolate


@pytest.fixture(scope="module")
def pair() -> tuple[Generator, Generator]:
    models = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        models.append(Generator(filters=4, blocks=1, name=f"model_{seed}"))
    return models[0], models[1]


@pytest.mark.parametrize("alpha", [0, 0.25, 1])
def test_every_weight_lies_between(pair, alpha):
    first, second = pair
    between = interpolate(first, second, alpha=alpha)
    for a, b, c in zip(first.weights, second.weights, between.weights, strict=True):
        expected = (1 - alpha) * np.asarray(a) + alpha * np.asarray(b)
        np.testing.assert_allclose(np.asarray(c), expected, atol=1e-7)


def test_different_architectures_are_refused_by_what_differs(pair):
    with pytest.raises(UsageError, match=r"differ in blocks \(1 and 2\)"):
        interpolate(pair[0], Generator(filters=4, blocks=2), alpha=0.5)


def test_alpha_out_of_range_is_refused(pair):
    with pytest.raises(UsageError, match=r"Received: 1\.5"):
        interpolate(*pair, alpha=1.5)


def test_the_command_writes_a_model_that_loads(pair, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, model in zip("ab", pair, strict=True):
        model.save(f"{name}.keras")
    arguments = ["interpolate", "a.keras", "b.keras", "--alpha", "0.5", "-o"]
    done = CliRunner().invoke(main, [*arguments, "sub/c.keras"])
    assert done.exit_code == 0, done.output
    loaded = keras.saving.load_model("sub/c.keras", compile=False)
    expected = interpolate(*pair, alpha=0.5)
    for a, b in zip(loaded.weights, expected.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))
    again = CliRunner().invoke(main, [*arguments, "sub/c.keras"])
    assert (again.exit_code, "exists already" in again.stderr) == (2, True)
    wrong = CliRunner().invoke(main, [*arguments, "c.h5"])
    assert (wrong.exit_code, "must end in .keras" in wrong.stderr) == (2, True)
