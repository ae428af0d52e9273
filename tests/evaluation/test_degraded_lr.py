"""LR made on the fly, against files that somebody else's programs made."""

import numpy as np
import pytest

from keras_dgggan.errors import UsageError
from keras_dgggan.evaluation.benchmark_sets import find_test_set
from keras_dgggan.evaluation.degraded_lr import degraded_lr
from keras_dgggan.evaluation.methods import Bicubic, read_sample
from keras_dgggan.evaluation.run import evaluate
from keras_dgggan.images.resize import imresize
from keras_dgggan.metrics.measures import Protocol


@pytest.fixture
def hr():
    import skimage.data

    return skimage.data.astronaut()[:128, 100:260]


@pytest.mark.parametrize("quality", [75, 50])
def test_jpeg_lr_is_that_of_the_degraded_sets(shared_data, quality):
    folder = shared_data / "Set14"
    given = find_test_set(folder, 4, lr=f"LR_jpeg{quality}_x4")
    made = find_test_set(folder, 4, degradation=degraded_lr(f"jpeg:{quality}"))
    for there, here in zip(given.images, made.images, strict=True):
        ours = read_sample(here, 4, made.degradation).lr.astype(int)
        assert np.abs(ours - read_sample(there, 4).lr).max() <= 2, here.name


def test_steps_come_in_the_order_given_and_blur_before_the_resize(hr):
    plain = imresize(hr, 0.25).astype(float)
    blurred = degraded_lr("blur:2")(hr, "x", scale=4).astype(float)
    assert np.abs(np.diff(blurred, axis=0)).mean() < 0.9 * np.abs(np.diff(plain, axis=0)).mean()
    noisy = degraded_lr("noise:8")(hr, "x", scale=4)
    assert abs((noisy - plain)[plain.clip(30, 220) == plain].std() - 8) < 0.6
    one, other = (
        degraded_lr(text)(hr, "x", scale=4) for text in ("noise:8+jpeg:30", "jpeg:30+noise:8")
    )
    smooth, rough = (np.abs(np.diff(lr.astype(float), axis=1)).mean() for lr in (one, other))
    assert smooth < rough


def test_draws_follow_from_the_name_alone(hr):
    make = degraded_lr("noise:8")
    assert np.array_equal(make(hr, "a", scale=4), make(hr, "a", scale=4))
    assert not np.array_equal(make(hr, "a", scale=4), make(hr, "b", scale=4))


def test_gray_images_stay_gray(hr):
    lr = degraded_lr("noise:2+jpeg:60+webp:80")(hr[..., 1], "x", scale=4)
    assert lr.shape == (32, 40) and lr.dtype == np.uint8


def test_a_recipe_gives_its_own_degradation(hr):
    lr = degraded_lr("realworld_x4")(hr, "x", scale=4)
    assert lr.shape == (32, 40, 3) and np.abs(lr - imresize(hr, 0.25).astype(float)).mean() > 2


@pytest.mark.parametrize(
    "text, message",
    [
        ("jpg:75", "no degradation 'jpg:75'"),
        ("jpeg:0", "jpeg:0 should have a whole number from 1 to 100"),
        ("jpeg:75.5", "jpeg:75.5 should have a whole number"),
        ("blur:x", "blur:x should have a number from 0 to 5"),
        ("noise:nan", "noise:nan should have a number"),
        ("sepia", "no degradation 'sepia'"),
        ("psnr_x4", "'psnr_x4' has no data.degradation of kind photo"),
        ("jpeg:75+", "no degradation ''"),
    ],
)
def test_what_is_no_degradation_is_named(text, message):
    with pytest.raises(UsageError, match=message):
        degraded_lr(text)


def test_it_is_measured_as_said(small_set):
    with pytest.raises(UsageError, match="give one of the two"):
        find_test_set(small_set, 4, lr="HR", degradation=degraded_lr("jpeg:50"))
    means = {}
    for text in ("jpeg:95", "jpeg:20"):
        test_set = find_test_set(small_set, 4, degradation=degraded_lr(text))
        result = evaluate(test_set, [Bicubic()], ["psnr-rgb"], Protocol(4, 0))
        assert result.lr == f"LR from HR by {text}"
        means[text] = result.means("bicubic")["psnr-rgb"]
    assert means["jpeg:20"] < means["jpeg:95"]
