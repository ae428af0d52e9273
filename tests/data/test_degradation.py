import textwrap

import numpy as np
import pytest
import tensorflow as tf
from checks import python

from keras_dgggan.data import (
    Degradation,
    FolderSource,
    PairsSource,
    imresize,
    training_dataset,
)
from keras_dgggan.errors import UsageError

NOTHING = {"blur_probability": 0.0, "noise_probability": 0.0, "jpeg_probability": 0.0}
COMMON = {"seed": 7, "scale": 4, "lr_crop": 12, "batch_size": 4}


@pytest.fixture(scope="module")
def hr():
    import skimage.data

    return tf.constant(skimage.data.astronaut()[:192, 100:292])


@pytest.fixture
def images(tmp_path, write):
    for number in range(3):
        write(f"{number}.png", 56, 60)
    return FolderSource(tmp_path)


def degraded(hr, numbers, **settings):
    from keras_dgggan.data.degradation import degrader

    # To trace a graph takes longer than these few images; datasets below run it as one.
    degrade = degrader(Degradation(**settings), seed=5, scale=4)
    return [degrade(hr, tf.constant(number, tf.int64)).numpy() for number in numbers]


def away(hr, lr):
    """Mean difference from bicubic LR, in 8-bit steps."""
    return np.abs(lr.astype(float) - imresize(hr.numpy(), 0.25)).mean()


@pytest.mark.slow
def test_a_degraded_sample_is_the_same_wherever_one_starts(images):
    options = {**COMMON, "degradation": Degradation()}
    whole = list(training_dataset(images, **options).take(4))
    later = list(training_dataset(images, **options, start_batch=2).take(2))
    part = next(iter(training_dataset(images, **options, num_shards=2, shard=1)))
    for (lr, hr), (lr_again, hr_again) in zip(whole[2:], later, strict=True):
        assert np.array_equal(lr, lr_again) and np.array_equal(hr, hr_again)
    assert np.array_equal(part[0], whole[0][0][2:])


@pytest.mark.slow
def test_deterministic_runs_have_it():
    code = """
        import tensorflow as tf
        from keras_dgggan.data import Degradation
        from keras_dgggan.data.degradation import degrader
        tf.config.experimental.enable_op_determinism()
        degrade = degrader(Degradation(), seed=5, scale=4)
        print(degrade(tf.zeros([48, 48, 3], tf.uint8), tf.constant(0, tf.int64)).shape)
    """
    assert "(12, 12, 3)" in python(textwrap.dedent(code))


@pytest.mark.slow
def test_hr_crops_are_those_of_bicubic_training(images):
    lr, hr = next(iter(training_dataset(images, **COMMON, degradation=Degradation())))
    plain_lr, plain_hr = next(iter(training_dataset(images, **COMMON)))
    assert np.array_equal(hr, plain_hr) and lr.shape == plain_lr.shape
    assert not np.array_equal(lr, plain_lr)


def test_with_every_step_off_only_the_resize_is_left(hr):
    for lr in degraded(hr, range(6), **NOTHING):
        assert lr.shape == (48, 48, 3) and lr.dtype == np.uint8
        assert away(hr, lr) < 4


def test_each_step_takes_the_image_further_from_plain_lr(hr):
    plain = np.mean([away(hr, lr) for lr in degraded(hr, range(8), **NOTHING)])
    for step, settings in {
        "blur": {"blur": (4.0, 5.0)},
        "noise": {"noise": (0.2, 0.3)},
        "jpeg": {"jpeg": (5.0, 10.0)},
    }.items():
        options = {**NOTHING, f"{step}_probability": 1.0, **settings}
        assert np.mean([away(hr, lr) for lr in degraded(hr, range(8), **options)]) > plain + 1, step


def test_blur_does_not_darken_the_edge():
    flat = tf.constant(np.full((192, 192, 3), 200, np.uint8))
    options = {**NOTHING, "blur_probability": 1.0, "blur": (3.0, 3.0)}
    for lr in degraded(flat, range(6), **options):
        assert (lr == 200).all()


def test_noise_is_gray_or_coloured_as_told():
    flat = tf.constant(np.full((192, 192, 3), 128, np.uint8))
    options = {**NOTHING, "noise_probability": 1.0}
    for share, gray in ((1.0, True), (0.0, False)):
        for lr in degraded(flat, range(4), **options, gray_noise_probability=share):
            # Rounding to 8 bits may part equal noise by a level.
            apart = np.abs(lr[..., 0].astype(int) - lr[..., 1]).max()
            assert (apart <= 1) == gray


def test_the_order_of_the_steps_varies(hr):
    """Noise after the resize keeps its strength, noise before it is averaged away."""
    flat = tf.constant(np.full((192, 192, 3), 128, np.uint8))
    options = {**NOTHING, "noise_probability": 1.0, "noise": (0.1, 0.1)}
    strengths = [lr.std() for lr in degraded(flat, range(12), **options)]
    assert min(strengths) < 15 < 22 < max(strengths)


@pytest.mark.parametrize(
    "settings", [{"jpeg": (95.0, 40.0)}, {"noise_probability": 1.5}, {"blur": (-1.0, 2.0)}]
)
def test_a_range_that_is_none_is_named(settings):
    with pytest.raises(UsageError, match=f"degradation.{next(iter(settings))} is"):
        Degradation(**settings)


def test_images_with_lr_versions_are_not_degraded(tmp_path, write):
    write("hr/a.png")
    write("lr/a.png", 10, 13)
    source = PairsSource(lr=tmp_path / "lr", hr=tmp_path / "hr")
    with pytest.raises(UsageError, match="LR versions of their own"):
        training_dataset(source, **COMMON, degradation=Degradation())
