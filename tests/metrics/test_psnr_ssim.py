"""PSNR and SSIM against scikit-image, published tables and their definitions."""

import math

import numpy as np
import pytest
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from skimage.util import img_as_ubyte

from keras_dgggan.metrics import _ssim, luma, psnr, ssim, to_8bit

FLOAT, EIGHT = {"y_rounding": "float"}, {"y_rounding": "8bit"}


def mean(metric, pairs, **arguments):
    return np.mean([metric(hr, sr, **arguments) for hr, sr in pairs])


@pytest.mark.parametrize(
    ("name", "y_rounding", "decibel", "similarity"),
    [
        ("Set5", "float", 28.431, 0.8113),
        ("Set14", "float", 25.997, 0.7031),
        ("BSD100", "float", 25.963, 0.6682),
        ("Set5", "8bit", 28.419, 0.8102),
        ("Set14", "8bit", 25.993, 0.7024),
        ("BSD100", "8bit", 25.958, 0.6674),
    ],
)
def test_bicubic_rows_are_those_of_published_tables(
    bicubic_pairs, name, y_rounding, decibel, similarity
):
    pairs = bicubic_pairs(name)
    options = {"crop_border": 4, "y_rounding": y_rounding}
    assert mean(psnr, pairs, **options) == pytest.approx(decibel, abs=0.0006)
    assert mean(ssim, pairs, **options) == pytest.approx(similarity, abs=0.00006)


def test_rounding_between_the_passes_too_costs_two_thousandths_of_a_decibel(bicubic_pairs):
    pairs = bicubic_pairs("Set5", "each pass")
    assert mean(psnr, pairs, crop_border=4) == pytest.approx(28.429, abs=0.0006)
    assert mean(ssim, pairs, crop_border=4) == pytest.approx(0.8111, abs=0.00006)


def test_the_later_ssim_program_gives_spsr_figures(bicubic_pairs):
    pairs = bicubic_pairs("Set5")
    value = mean(ssim, pairs, crop_border=4, y_rounding="8bit", downsample=True)
    assert value == pytest.approx(0.8245, abs=0.00006)


def test_full_range_luma_is_another_number(bicubic_pairs):
    def full_range(image):
        return (image / 255 @ np.array([0.299, 0.587, 0.114]))[4:-4, 4:-4]

    values = [
        -10 * np.log10(np.mean((full_range(hr) - full_range(sr)) ** 2))
        for hr, sr in bicubic_pairs("Set5")
    ]
    assert np.mean(values) == pytest.approx(27.11, abs=0.005)


def test_rgb_missing_antialiasing_and_missing_crop_are_other_numbers(bicubic_pairs):
    pairs = bicubic_pairs("Set5")
    assert mean(psnr, pairs, crop_border=4, channel="rgb") == pytest.approx(26.70, abs=0.005)
    assert mean(psnr, pairs, crop_border=0) == pytest.approx(28.44, abs=0.005)
    aliased = bicubic_pairs("Set5", antialias=False)
    assert mean(psnr, aliased, crop_border=4) == pytest.approx(28.00, abs=0.005)


@pytest.mark.parametrize("channel", ["y", "rgb"])
def test_agrees_with_scikit_image(bicubic_pairs, channel):
    hr, sr = bicubic_pairs("Set5")[-1]
    a, b = (
        luma(x) if channel == "y" else x.astype(float) for x in (hr[4:-4, 4:-4], sr[4:-4, 4:-4])
    )
    theirs = structural_similarity(
        a,
        b,
        data_range=255,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        channel_axis=2 if channel == "rgb" else None,
    )
    assert ssim(hr, sr, crop_border=4, channel=channel) == pytest.approx(theirs, abs=1e-6)
    theirs = peak_signal_noise_ratio(a, b, data_range=255)
    assert psnr(hr, sr, crop_border=4, channel=channel) == pytest.approx(theirs, abs=1e-9)


def test_luma_and_8_bits_are_those_of_scikit_image(rng):
    image = rng.random((30, 40, 3))
    np.testing.assert_array_equal(to_8bit(image), img_as_ubyte(image))
    theirs = rgb2ycbcr(img_as_ubyte(image))[..., 0]
    np.testing.assert_allclose(luma(image), theirs, atol=1e-9)


def test_equal_images_are_perfect_and_order_does_not_matter(rng):
    a, b = rng.integers(0, 256, (2, 40, 30, 3), np.uint8)
    assert psnr(a, a, crop_border=4) == math.inf
    assert ssim(a, a, crop_border=4) == 1
    assert psnr(a, b, crop_border=2) == psnr(b, a, crop_border=2)
    assert ssim(a, b, crop_border=2) == pytest.approx(ssim(b, a, crop_border=2), abs=1e-12)


def test_float_images_count_as_the_file_they_would_be_saved_to(rng):
    sr = rng.normal(0.5, 0.2, (30, 30, 3)).clip(-0.5, 1.5)
    hr = rng.integers(0, 256, (30, 30, 3), np.uint8)
    saved = np.round(sr.clip(0, 1) * 255).astype(np.uint8)
    assert psnr(hr / 255, sr, crop_border=0) == psnr(hr, saved, crop_border=0)
    np.testing.assert_array_equal(to_8bit(sr), saved)


def test_luma_of_matlab_primaries():
    # rgb2ycbcr(uint8(...)) in MATLAB: black, white, red, green, blue.
    colours = np.array([[[0] * 3, [255] * 3, [255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    np.testing.assert_array_equal(luma(colours, "8bit"), [[16, 235, 81, 145, 41]])
    np.testing.assert_allclose(luma(colours), [[16, 235, 81.481, 144.553, 40.966]])


def test_gray_images_are_their_own_luma(rng):
    hr, sr = rng.integers(0, 256, (2, 20, 20), np.uint8)
    by_hand = 10 * np.log10(255**2 / np.mean((hr.astype(float) - sr) ** 2))
    assert psnr(hr, sr, crop_border=0) == pytest.approx(by_hand)
    rgb = [np.repeat(x[..., None], 3, axis=2) for x in (hr, sr)]
    assert ssim(hr, sr, crop_border=0) == pytest.approx(ssim(*rgb, crop_border=0, channel="rgb"))


def test_even_box_of_the_later_ssim_program_leans_right_and_down():
    plane = np.arange(16.0).reshape(4, 4)[..., None]
    reduced = _ssim._box_reduce(plane, 2)[..., 0]
    np.testing.assert_array_equal(reduced, [[2.5, 4.5], [10.5, 12.5]])
    # Rows of 3 around rows 0 and 3, columns likewise, mirrored: 0 0 1 and 2 3 3.
    np.testing.assert_allclose(_ssim._box_reduce(plane, 3)[..., 0], [[5 / 3, 4], [11, 40 / 3]])


@pytest.mark.parametrize("metric", [psnr, ssim])
@pytest.mark.parametrize(
    ("hr", "sr", "arguments", "error"),
    [
        (np.zeros((20, 20, 3), np.uint8), np.zeros((20, 21, 3), np.uint8), {}, ValueError),
        (np.zeros((20, 20, 4), np.uint8), np.zeros((20, 20, 4), np.uint8), {}, ValueError),
        (np.zeros((20, 20, 3), np.int64), np.zeros((20, 20, 3), np.int64), {}, TypeError),
        (np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8, 3), np.uint8), {}, ValueError),
        (np.zeros((20, 20, 3)), np.zeros((20, 20, 3)), {"channel": "b"}, ValueError),
        (np.zeros((20, 20, 3)), np.zeros((20, 20, 3)), {"y_rounding": "no"}, ValueError),
    ],
)
def test_what_cannot_be_measured_is_refused_with_the_value_received(
    metric, hr, sr, arguments, error
):
    with pytest.raises(error, match="Received"):
        metric(hr, sr, crop_border=4, **arguments)
