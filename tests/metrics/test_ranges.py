"""No metric gives a number for what is no image in [0, 1] or of 8 bits."""

import numpy as np
import pytest
import tensorflow as tf

from keras_dgggan.metrics import (
    LPIPS,
    PSNR,
    SSIM,
    color_error,
    lpips,
    luma,
    niqe,
    psnr,
    ssim,
    to_8bit,
)

HR = np.random.default_rng(0).random((1, 200, 204, 3), np.float32)


def with_value(value):
    image = HR.copy()
    image[0, 7, 9, 1] = value
    return image


WRONG = {
    "0 to 255": (HR * 255, r"divide by 255\. Received: values from 0.* to 25"),
    "-1 to 1": (HR * 2 - 1, r"\(x \+ 1\) / 2\. Received: values from -1 to 1"),
    "16 bits": (HR * 65535, "clip what lies beyond.* to 6\\.55"),
    "NaN": (with_value(np.nan), "finite. Received: 1 of 122400 values are NaN"),
    "infinite": (with_value(-np.inf), "finite. Received: 1 of"),
    "all NaN": (HR * np.nan, "122400 of 122400"),
}
FULL_REFERENCE = {
    "psnr": lambda hr, sr: psnr(hr, sr, crop_border=4),
    "ssim": lambda hr, sr: ssim(hr, sr, crop_border=4),
    "color_error": lambda hr, sr: color_error(hr, sr, crop_border=4),
}


@pytest.fixture(params=["psnr", "ssim", "color_error", "lpips"])
def metric(request):
    if request.param == "lpips":
        weights = request.getfixturevalue("shared_weights")
        return lambda hr, sr: lpips(hr, sr, weights=weights)
    return FULL_REFERENCE[request.param]


@pytest.mark.parametrize("wrong", WRONG)
def test_the_image_of_another_range_is_named_with_what_was_seen(metric, wrong):
    image, message = WRONG[wrong]
    for name, pair in (("HR", (image[0], HR[0])), ("SR", (HR[0], image[0]))):
        with pytest.raises(ValueError, match=f"^{name} must be .*{message}"):
            metric(*pair)


@pytest.mark.parametrize("function", [niqe, luma, to_8bit])
@pytest.mark.parametrize("wrong", WRONG)
def test_functions_of_one_image_refuse_other_ranges_too(function, wrong):
    image, message = WRONG[wrong]
    with pytest.raises(ValueError, match=f"^the image must be .*{message}"):
        function(image[0])


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, bool, np.complex64, object])
def test_other_dtypes_are_named(metric, dtype):
    levels = np.zeros((40, 40, 3), np.uint8)
    with pytest.raises(TypeError, match=f"^SR must be uint8.*Received: {np.dtype(dtype)}"):
        metric(levels, levels.astype(dtype))


@pytest.mark.parametrize("shape", [(40, 40, 4), (40, 40, 1), (1, 40, 40, 3), (40,), (3, 40, 40)])
def test_other_layouts_are_named(metric, shape):
    with pytest.raises(ValueError, match=r"^HR must be RGB .*Received: shape \(\d"):
        metric(np.zeros(shape, np.uint8), np.zeros(shape, np.uint8))


def test_gray_beside_rgb_is_refused(metric):
    with pytest.raises(ValueError, match=r"differ in shape. Received: HR \(40, 40\), SR"):
        metric(np.zeros((40, 40), np.uint8), np.zeros((40, 40, 3), np.uint8))


def test_each_of_a_pair_is_read_by_its_own_dtype(metric):
    levels = to_8bit(HR[0])
    for hr in (levels, levels / 255, (levels / 255).astype(np.float16)):
        assert metric(hr, levels) == metric(levels, levels)


def test_a_negative_crop_is_refused(metric):
    for function in (psnr, ssim, color_error):
        with pytest.raises(ValueError, match="crop_border=-1"):
            function(HR[0], HR[0], crop_border=-1)


@pytest.fixture(params=["PSNR", "SSIM", "LPIPS"])
def keras_metric(request):
    if request.param == "LPIPS":
        return LPIPS(weights=request.getfixturevalue("shared_weights"))
    return {"PSNR": PSNR, "SSIM": SSIM}[request.param]()


HR_BATCH = HR[:, :48, :48]


def test_keras_metrics_refuse_other_ranges_and_are_nan_where_compiled(keras_metric):
    spec = tf.TensorSpec((None, None, None, 3))
    compiled = tf.function(keras_metric.update_state, input_signature=[spec, spec])
    for wrong, (image, _) in WRONG.items():
        image = image[:, 7:55, 9:57]
        for name, pair in (("HR", (image, HR_BATCH)), ("SR", (HR_BATCH, image))):
            # An untrained network may put out such values.
            if (wrong, name) == ("-1 to 1", "SR"):
                continue
            with pytest.raises(ValueError, match=f"^{name} must be"):
                keras_metric.update_state(*pair)
            keras_metric.reset_state()
            compiled(*pair)
            assert np.isnan(float(keras_metric.result())), (wrong, name)


def test_keras_metrics_clip_what_an_untrained_network_puts_out(keras_metric):
    keras_metric.update_state(HR_BATCH, HR_BATCH * 8 - 4)
    first = float(keras_metric.result())
    keras_metric.reset_state()
    keras_metric.update_state(HR_BATCH, (HR_BATCH * 8 - 4).clip(0, 1))
    assert float(keras_metric.result()) == pytest.approx(first, rel=1e-5)


def test_keras_metrics_take_levels_of_8_bits(keras_metric):
    levels = to_8bit(HR[0])[None, :48, :48]
    noisy = to_8bit(HR[0] * 0.9)[None, :48, :48]
    keras_metric.update_state(levels / np.float32(255), noisy / np.float32(255))
    expected = float(keras_metric.result())
    keras_metric.reset_state()
    keras_metric.update_state(levels, noisy)
    assert float(keras_metric.result()) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("hr", "sr", "error", "message"),
    [
        (HR_BATCH[0], HR_BATCH[0], ValueError, "HR must be a batch"),
        (HR_BATCH, HR_BATCH[..., :1], ValueError, "SR must be a batch"),
        (HR_BATCH, HR_BATCH[:, 1:], ValueError, "differ in shape"),
        (HR_BATCH, np.zeros(HR_BATCH.shape, np.int32), TypeError, "SR must be uint8"),
    ],
)
def test_keras_metrics_name_other_layouts_and_dtypes(keras_metric, hr, sr, error, message):
    with pytest.raises(error, match=message):
        keras_metric.update_state(hr, sr)


def test_a_negative_crop_of_a_keras_metric_is_refused():
    with pytest.raises(ValueError, match="crop_border"):
        PSNR(crop_border=-1)
