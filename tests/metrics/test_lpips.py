"""LPIPS against published figures, and where its weights come from."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dgggan.errors import WeightsError
from keras_dgggan.metrics import LPIPS, lpips
from keras_dgggan.metrics._lpips import LPIPSNetwork
from keras_dgggan.metrics.weights import load_convolutions, weights_folder


def test_alexnet_gives_spsr_figure_for_bicubic_set5(bicubic_pairs, shared_weights):
    pairs = bicubic_pairs("Set5")
    values = [lpips(hr, sr, weights=shared_weights) for hr, sr in pairs]
    assert np.mean(values) == pytest.approx(0.3407, abs=0.00006)


@pytest.mark.parametrize("network", ["alex", "vgg"])
def test_zero_for_equal_images_and_symmetric(rng, shared_weights, network):
    a, b = rng.integers(0, 256, (2, 40, 52, 3), np.uint8)
    options = {"network": network, "weights": shared_weights}
    assert lpips(a, a, **options) == 0
    assert lpips(a, b, **options) == pytest.approx(lpips(b, a, **options), rel=1e-5)
    mild = (0.9 * a + 0.1 * b).round().astype(np.uint8)
    assert 0 < lpips(a, mild, **options) < lpips(a, b, **options)


def test_vgg_orders_distortions_as_alexnet_does(bicubic_pairs, shared_weights):
    hr, sr = bicubic_pairs("Set5")[-1]
    near = ((hr.astype(int) + sr) // 2).astype(np.uint8)
    for network in ("alex", "vgg"):
        values = [lpips(hr, x, network=network, weights=shared_weights) for x in (near, sr)]
        assert values[0] < values[1]


def test_features_are_unit_normalised_as_in_the_paper(shared_weights, rng):
    # One layer by hand: the first, of AlexNet, at one pixel.
    network = LPIPSNetwork("alex", shared_weights)
    weights = load_convolutions("alex", shared_weights)
    image = rng.random((1, 32, 32, 3), np.float32)
    normed = (image * 2 - 1 - [-0.030, -0.088, -0.188]) / [0.458, 0.448, 0.450]
    patch = np.pad(normed[0], ((2, 2), (2, 2), (0, 0)))[4:15, 8:19]
    by_hand = np.einsum("hwc,hwco->o", patch, weights["conv1/kernel"]) + weights["conv1/bias"]
    ours = np.asarray(network._features(image)[0])[0, 1, 2]
    np.testing.assert_allclose(ours, by_hand.clip(0), atol=1e-4)


def test_keras_metric_is_the_mean_of_the_images_in_a_graph(rng, shared_weights):
    hr = rng.random((3, 40, 40, 3), np.float32)
    sr = (hr + rng.normal(0, 0.1, hr.shape)).astype(np.float32)
    metric = LPIPS(weights=shared_weights)
    spec = tf.TensorSpec((None, None, None, 3))
    update = tf.function(metric.update_state, input_signature=[spec, spec])
    update(hr[:2], sr[:2])
    update(hr[2:], sr[2:])
    expected = [lpips(a, b, weights=shared_weights) for a, b in zip(hr, sr, strict=True)]
    assert float(metric.result()) == pytest.approx(np.mean(expected), rel=1e-5)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert again.get_config() == metric.get_config()


def test_metric_adds_no_weights_to_a_model_that_holds_it(shared_weights):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.judge = LPIPS(weights=shared_weights)
    model.build((None, 1))
    assert model.count_params() == 2
    assert len(model.judge.variables) == 2  # total and count


def test_missing_weights_are_one_sentence_that_says_what_to_do(tmp_path):
    with pytest.raises(WeightsError, match="metric-weights") as caught:
        LPIPSNetwork("vgg", tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_weights_of_another_network_are_refused(tmp_path):
    (tmp_path / "lpips_alexnet").mkdir()
    np.savez(tmp_path / "lpips_alexnet" / "x.npz", other=np.zeros(1))
    with pytest.raises(WeightsError, match="conv1/kernel"):
        LPIPSNetwork("alex", tmp_path)


def test_folder_comes_from_the_option_then_the_environment_then_the_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_DGGGAN_WEIGHTS", raising=False)
    monkeypatch.delenv("KERAS_DGGGAN_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert weights_folder() == tmp_path / "keras-dgggan" / "weights"
    monkeypatch.setenv("KERAS_DGGGAN_CACHE", str(tmp_path / "chosen"))
    assert weights_folder() == tmp_path / "chosen" / "weights"
    monkeypatch.setenv("KERAS_DGGGAN_WEIGHTS", "elsewhere")
    assert str(weights_folder()) == "elsewhere"
    assert str(weights_folder("here")) == "here"


def test_small_and_unequal_images_are_refused(shared_weights):
    small, other = np.zeros((30, 40, 3), np.uint8), np.zeros((40, 40, 3), np.uint8)
    with pytest.raises(ValueError, match="30 x 40"):
        lpips(small, small, weights=shared_weights)
    with pytest.raises(ValueError, match="differ in shape"):
        lpips(small, other, weights=shared_weights)
    with pytest.raises(ValueError, match="network='vgg19'"):
        lpips(other, other, network="vgg19", weights=shared_weights)
