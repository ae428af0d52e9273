"""The Keras metrics give the numbers of the pure functions."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_dgggan.metrics import PSNR, SSIM, psnr, ssim


@pytest.fixture
def batch(rng):
    hr = rng.random((3, 36, 44, 3), np.float32)
    noise = rng.normal(0, np.array([0.02, 0.1, 0.3])[:, None, None, None], hr.shape)
    return hr, (hr + noise).clip(-0.4, 1.4).astype(np.float32)


OPTIONS = [{}, {"channel": "rgb"}, {"y_rounding": "8bit"}, {"crop_border": 0}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize(("metric_class", "function"), [(PSNR, psnr), (SSIM, ssim)])
def test_batches_give_the_mean_of_the_images(batch, metric_class, function, options):
    hr, sr = batch
    metric = metric_class(**options)
    metric.update_state(hr[:2], sr[:2])
    metric.update_state(hr[2:], sr[2:])
    arguments = {"crop_border": 4, **options}
    expected = np.mean([function(a, b, **arguments) for a, b in zip(hr, sr, strict=True)])
    assert float(metric.result()) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("metric_class", [PSNR, SSIM])
def test_works_in_a_graph_of_unknown_sizes_and_starts_anew(batch, metric_class):
    metric = metric_class()
    spec = tf.TensorSpec((None, None, None, 3))
    update = tf.function(metric.update_state, input_signature=[spec, spec])
    update(*batch)
    first = float(metric.result())
    update(batch[0][:, :30], batch[1][:, :30])
    metric.reset_state()
    update(*batch)
    assert float(metric.result()) == pytest.approx(first, abs=1e-6)


@pytest.mark.parametrize("metric_class", [PSNR, SSIM])
def test_serialises_with_every_argument(metric_class):
    metric = metric_class(crop_border=2, channel="rgb", y_rounding="8bit", name="mine")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert type(again) is metric_class
    assert again.get_config() == metric.get_config()


def test_ssim_keeps_its_precision_in_flat_areas():
    hr = np.full((1, 32, 32, 3), 250 / 255, np.float32)
    metric = SSIM()
    metric.update_state(hr, hr - 1 / 255)
    expected = ssim(hr[0], hr[0] - 1 / 255, crop_border=4)
    assert float(metric.result()) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("options", [{"channel": "b"}, {"y_rounding": "no"}])
def test_unknown_conventions_are_refused(options):
    with pytest.raises(ValueError, match="Received"):
        PSNR(**options)


@pytest.mark.slow
def test_jax_gives_the_same_numbers(tmp_path, batch):
    np.savez(tmp_path / "batch.npz", hr=batch[0], sr=batch[1])
    program = (
        "import sys, numpy as np\n"
        "from keras_dgggan.metrics import PSNR, SSIM\n"
        "batch = np.load(sys.argv[1])\n"
        "for metric in (PSNR(), SSIM()):\n"
        "    metric.update_state(batch['hr'], batch['sr'])\n"
        "    print(float(metric.result()))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "batch.npz")],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = [float(line) for line in result.stdout.split()[-2:]]
    for function, value in zip((psnr, ssim), theirs, strict=True):
        ours = [function(hr, sr, crop_border=4) for hr, sr in zip(*batch, strict=True)]
        assert value == pytest.approx(np.mean(ours), rel=1e-5)
