"""What version 0.1.0 wrote loads, computes what it did there, and its run goes on."""

import tarfile
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from rich.console import Console

from keras_dgggan.gan import DGGGAN
from keras_dgggan.gan.checkpoint import load_checkpoint
from keras_dgggan.pretrained.load import load_generator, load_model
from keras_dgggan.recipe import load_recipe
from keras_dgggan.training import train

ARCHIVE = Path(__file__).parent / "artefacts_0_1_0.tar.xz"


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("artefacts")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def expected(artefacts):
    """LR and the outputs that 0.1.0 got for it, as `kind/output`."""
    with np.load(artefacts / "outputs.npz") as arrays:
        return dict(arrays)


def assert_same(outputs, expected, kind):
    names = {key.partition("/")[2] for key in expected if key.startswith(f"{kind}/")}
    assert set(outputs) == names == {"image", "gradient_map"}
    for name in names:
        # Every other pixel in both directions is stored.
        computed = np.asarray(outputs[name])[:, ::2, ::2]
        np.testing.assert_allclose(computed, expected[f"{kind}/{name}"], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("generator", "generator.keras"),
        ("dgggan", "dgggan.keras"),
        ("run", "run"),
        ("checkpoint", "run/checkpoints/step-00000002.npz"),
    ],
)
def test_a_model_computes_what_it_did(artefacts, expected, kind, path):
    generator = load_generator(artefacts / path)
    assert_same(generator(expected["lr"]), expected, kind)


def test_a_saved_model_computes_what_it_did(artefacts, expected):
    path = artefacts / "run" / "saved_model"
    assert load_model(path).scale == 4
    signature = tf.saved_model.load(str(path / "1")).signatures["float"]
    assert_same(signature(image=tf.constant(expected["lr"])), expected, "saved_model")


def test_a_training_model_trains_on_with_its_optimizers(artefacts, rng):
    model = keras.saving.load_model(artefacts / "dgggan.keras")
    assert isinstance(model, DGGGAN)
    assert int(model.step) == int(model.image_critic_optimizer.iterations) == 1
    hr = rng.random([2, 16, 16, 3], "float32")
    model.train_step((tf.constant(hr[:, ::4, ::4]), tf.constant(hr)))
    assert int(model.step) == 2 and not model.nonfinite()


def test_a_run_goes_on(artefacts, monkeypatch):
    monkeypatch.chdir(artefacts)
    tf.config.run_functions_eagerly(True)
    try:
        recipe = load_recipe("recipe.yaml", ["training.steps=3", "export=false"])
        console = Console(quiet=True)
        run = train(recipe, "run", must_resume=True, allow_changes=True, console=console).run_dir
    finally:
        tf.config.run_functions_eagerly(False)
    last = load_checkpoint(run / "checkpoints" / "step-00000003.npz")
    assert last.batches == 3 and last.meta["best_step"] == 3
    assert load_checkpoint(run / "checkpoints" / "best.npz").batches == 3
    rows = (run / "validation.csv").read_text().splitlines()
    assert [row.partition(",")[0] for row in rows if ",mean," in row] == ["1", "2", "3"]
