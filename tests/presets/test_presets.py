"""The models that come with the package do what their cards say."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from checks import python

from keras_dgggan import imresize
from keras_dgggan.errors import UsageError
from keras_dgggan.evaluation.benchmark_sets import find_benchmark_set
from keras_dgggan.evaluation.methods import ModelMethod
from keras_dgggan.evaluation.run import evaluate
from keras_dgggan.inference import Upscaler
from keras_dgggan.metrics import psnr
from keras_dgggan.metrics.measures import Protocol
from keras_dgggan.networks import network_of
from keras_dgggan.presets import DEFAULT_PRESET, PHOTO_PRESET, preset_card, preset_names
from keras_dgggan.pretrained.load import load_generator, load_model
from keras_dgggan.recipe import load_recipe, shipped_recipes

PSNR_MODEL, GAN_MODEL = "dgggan_x4_light", "dgggan_x4_light_gan"
SAVED_MODELS = Path(__file__).resolve().parents[2] / "saved_models"


def drawing() -> np.ndarray:
    """Discs, bars and stripes with soft edges, uint8 [192, 192, 3]: no photograph is needed."""
    y, x = np.mgrid[0:192, 0:192].astype(np.float64)
    image = np.stack([0.3 + 0.3 * x / 192, 0.5 - 0.2 * y / 192, np.full_like(x, 0.4)], -1)
    colours = np.random.default_rng(5).random((8, 3))
    for i, colour in enumerate(colours):
        radius = np.hypot(x - 30 - 43 * (i % 4), y - 40 - 105 * (i // 4))
        disc = np.clip(14 + 3 * (i % 3) - radius + 0.5, 0, 1)
        image += disc[..., None] * (colour - image)
    bars = np.clip(4 - np.abs((x + 0.6 * y) % 32 - 16) + 0.5, 0, 1) * (np.abs(y - 96) < 20)
    image += bars[..., None] * (np.array([0.9, 0.85, 0.2]) - image)
    return np.floor(image.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def test_three_models_come_with_the_package():
    assert set(preset_names()) >= {PSNR_MODEL, GAN_MODEL, PHOTO_PRESET}
    assert DEFAULT_PRESET in preset_names()


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_float32_within_its_size_and_as_its_recipe_says(name):
    generator = load_generator(name)
    assert {weight.dtype for weight in generator.weights} == {"float32"}
    assert {layer.compute_dtype for layer in generator.layers} == {"float32"}
    assert len(generator.trainable_weights) == len(generator.weights)
    assert generator.count_params() <= 1e6
    made = network_of(load_recipe(shipped_recipes()[name], check_paths=False).network)
    ours, theirs = generator.get_config(), made.get_config()
    for key in ("name", "dtype"):
        del ours[key], theirs[key]
    assert ours == theirs


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_has_a_card_of_its_training_results_limits_and_terms(name):
    card = preset_card(name)
    assert card.startswith(f"# {name}: ")
    for heading in ("Network", "Training", "Results", "Limits", "Terms"):
        assert f"## {heading}\n" in card
    parameters = f"{load_generator(name).count_params():,}"
    assert parameters in card and "CC BY-SA 4.0" in card


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_what_saved_models_holds_for_tf_serving(name, rng):
    lr = rng.random((1, 20, 28, 3), dtype=np.float32)
    served = tf.saved_model.load(SAVED_MODELS / name / "1").signatures["float"](tf.constant(lr))
    expected = load_generator(name)(lr)
    for output in ("image", "gradient_map"):
        np.testing.assert_allclose(served[output], expected[output], atol=1e-5)


def test_an_unknown_preset_has_no_card():
    with pytest.raises(UsageError, match=f"no preset 'x'.*{GAN_MODEL}"):
        preset_card("x")


def test_without_a_name_the_default_preset_is_loaded():
    expected = load_generator(DEFAULT_PRESET).get_weights()
    for a, b in zip(load_model(None).get_weights(), expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("name", "expected"), [(PSNR_MODEL, 34.99), (GAN_MODEL, 34.52)])
def test_a_preset_beats_bicubic_on_a_drawing_as_measured(name, expected):
    hr = drawing()
    lr = imresize(hr, 0.25)
    sr = Upscaler(name).upscale(lr)
    assert psnr(hr, sr, crop_border=4) == pytest.approx(expected, abs=0.05)
    assert psnr(hr, sr, crop_border=4) > psnr(hr, imresize(lr, 4), crop_border=4) + 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (PSNR_MODEL, {"psnr": 31.024, "ssim": 0.8777, "lpips": 0.1811, "color": 0.261}),
        (GAN_MODEL, {"psnr": 29.072, "ssim": 0.8443, "lpips": 0.1197, "color": 0.623}),
        (PHOTO_PRESET, {"psnr": 27.595, "ssim": 0.7883, "lpips": 0.1640, "color": 1.216}),
    ],
)
def test_set5_gives_the_numbers_of_the_results_page(name, expected, shared_data, shared_weights):
    protocol = Protocol(4, 4, weights=shared_weights)
    found = evaluate(
        find_benchmark_set(shared_data / "Set5", 4), [ModelMethod(name)], [*expected], protocol
    )
    means = found.means(name)
    for measure, value in expected.items():
        assert means[measure] == pytest.approx(value, abs=0.01 if measure == "psnr" else 0.001)


@pytest.mark.slow
def test_jax_gives_the_images_of_tensorflow(tmp_path, rng):
    lr = rng.random((1, 20, 28, 3), dtype=np.float32)
    np.save(tmp_path / "lr.npy", lr)
    python(
        "import pathlib, numpy as np, keras\n"
        "from keras_dgggan.pretrained.load import load_generator\n"
        "assert keras.backend.backend() == 'jax'\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        f"for name in {[PSNR_MODEL, GAN_MODEL]}:\n"
        "    sr = load_generator(name)(np.load(folder / 'lr.npy'))['image']\n"
        "    np.save(folder / f'{name}.npy', np.asarray(sr))\n",
        backend="jax",
    )
    for name in (PSNR_MODEL, GAN_MODEL):
        ours = keras.ops.convert_to_numpy(load_generator(name)(lr)["image"])
        np.testing.assert_allclose(np.load(tmp_path / f"{name}.npy"), ours, atol=1e-4)
