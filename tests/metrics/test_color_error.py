"""The low-frequency colour error and the perceptual index's formula."""

import numpy as np
import pytest

from keras_dgggan.metrics import color_error, perceptual_index


def test_a_tint_is_measured_in_levels_whatever_the_texture(rng):
    hr = rng.integers(20, 230, (64, 80, 3), np.uint8)
    tinted = hr + np.array([6, 0, 0], np.uint8)
    assert color_error(hr, tinted, crop_border=4) == pytest.approx(2)
    assert color_error(hr, hr, crop_border=4) == 0


def test_detail_averages_out_and_a_drift_does_not(rng):
    hr = np.full((256, 256, 3), 128, np.uint8)
    noise = rng.integers(-20, 21, hr.shape)
    assert color_error(hr, (hr + noise).astype(np.uint8), crop_border=0) < 1
    assert color_error(hr, hr + 20, crop_border=0) == 20


def test_agrees_with_box_means_by_the_definition(rng):
    hr, sr = rng.random((2, 50, 37, 3))
    a, b = (np.round(x * 255)[2:-2, 2:-2] for x in (hr, sr))
    errors = [
        abs(a[y : y + 16, x : x + 16, c].mean() - b[y : y + 16, x : x + 16, c].mean())
        for y in (0, 16)
        for x in (0, 16)
        for c in range(3)
    ]
    assert color_error(hr, sr, crop_border=2) == pytest.approx(np.mean(errors))


def test_bicubic_enlargement_hardly_drifts(bicubic_pairs):
    values = [color_error(hr, sr, crop_border=4) for hr, sr in bicubic_pairs("Set5")]
    assert np.mean(values) == pytest.approx(0.3786, abs=0.0001)


def test_images_smaller_than_a_box_are_refused():
    with pytest.raises(ValueError, match="Received: 15 x 20"):
        color_error(np.zeros((15, 20, 3)), np.zeros((15, 20, 3)), crop_border=0)


def test_perceptual_index_is_the_challenge_formula():
    assert perceptual_index(ma=10, niqe=0) == 0
    assert perceptual_index(ma=0, niqe=6) == 8
