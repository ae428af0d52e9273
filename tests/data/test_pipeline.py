import textwrap
import zlib
from collections import Counter

import numpy as np
import pytest
import tensorflow as tf
from checks import python
from PIL import Image

from keras_dgggan.data import (
    FolderSource,
    PairsSource,
    batch_names,
    data_error,
    imresize,
    training_dataset,
    validation_pairs,
)
from keras_dgggan.data.cropping import ImageCache, cut_pair
from keras_dgggan.errors import DataError, UsageError

COMMON = {"seed": 7, "scale": 4, "lr_crop": 6, "batch_size": 4}


@pytest.fixture
def images(tmp_path, write):
    """Seven images of two sizes."""
    for number in range(7):
        write(f"{number}.png", 40 + number, 53)
    return FolderSource(tmp_path)


def batches(source, count, **options):
    dataset = training_dataset(source, **{**COMMON, **options})
    return [(lr.numpy(), hr.numpy()) for lr, hr in dataset.take(count)]


def assert_equal(some, others):
    for a, b in zip(some, others, strict=True):
        assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_batches_are_8_bit_crops(images):
    lr, hr = batches(images, 1)[0]
    assert lr.shape == (4, 6, 6, 3) and hr.shape == (4, 24, 24, 3)
    assert lr.dtype == hr.dtype == np.uint8


def test_a_batch_is_the_same_wherever_one_starts(images):
    assert_equal(batches(images, 6)[4:], batches(images, 2, start_batch=4))


def test_neither_cache_nor_repetition_changes_a_sample(images):
    first = batches(images, 5)
    assert_equal(first, batches(images, 5))
    assert_equal(first, batches(images, 5, cache_bytes=0))
    assert_equal(first, batches(images, 5, cache_bytes=20_000))


def test_another_seed_gives_other_samples(images):
    assert not np.array_equal(batches(images, 1)[0][1], batches(images, 1, seed=8)[0][1])


def test_every_image_appears_once_an_epoch_in_an_order_of_its_own(images):
    batches = [batch_names(images, seed=3, batch_size=4, batch=batch) for batch in range(7)]
    names = [name for batch in batches for name in batch]
    epochs = [tuple(names[start : start + 7]) for start in range(0, 28, 7)]
    for epoch in epochs:
        assert Counter(epoch) == Counter(images.names)
    assert len(set(epochs)) > 1


def test_a_single_image_is_enough(tmp_path, write):
    write("a.png")
    source = FolderSource(tmp_path)
    assert batch_names(source, seed=1, batch_size=3, batch=5) == [str(tmp_path / "a.png")] * 3


def test_names_are_those_of_the_images_that_were_cut(tmp_path, write):
    """Images of one gray value each tell which one a crop is from."""
    for value in range(10, 60, 10):
        Image.new("RGB", (40, 40), (value,) * 3).save(tmp_path / f"{value}.png")
    source = FolderSource(tmp_path)
    for batch, (_, hr) in enumerate(batches(source, 3)):
        names = batch_names(source, seed=7, batch_size=4, batch=batch)
        assert [int(name.rsplit("/", 1)[-1][:-4]) for name in names] == list(hr[:, 0, 0, 0])


@pytest.mark.parametrize("shards", [2, 4])
def test_shards_make_up_the_whole_batch(images, shards):
    parts = [batches(images, 3, num_shards=shards, shard=shard) for shard in range(shards)]
    joined = [
        tuple(map(np.concatenate, zip(*batch, strict=True))) for batch in zip(*parts, strict=True)
    ]
    assert_equal(joined, batches(images, 3))


def test_a_batch_that_cannot_be_shared_is_refused(images):
    with pytest.raises(UsageError, match="batch of 4 cannot be shared by 3 workers"):
        training_dataset(images, **COMMON, num_shards=3)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_an_lr_crop_is_the_crop_of_the_whole_lr_image(images, scale):
    cache = ImageCache(images, scale=scale, budget=0)
    draws = np.random.default_rng(0).integers(0, 2**32, (30, 3), np.uint32)
    for index, draw in enumerate(draws):
        sample = cache.load(index % 7)
        lr, hr = cut_pair(sample, draw, scale=scale, lr_crop=6, augment=False)
        whole = imresize(sample.hr, 1 / scale)
        top = int(draw[0]) % (whole.shape[0] - 5)
        left = int(draw[1]) % (whole.shape[1] - 5)
        assert np.array_equal(lr, whole[top : top + 6, left : left + 6])
        part = sample.hr[top * scale : (top + 6) * scale, left * scale : (left + 6) * scale]
        assert np.array_equal(hr, part)


def test_crops_reach_every_edge(images):
    sample = ImageCache(images, scale=4, budget=0).load(0)
    corner = np.array([4, 7, 0], np.uint32)
    _, hr = cut_pair(sample, corner, scale=4, lr_crop=6, augment=False)
    assert np.array_equal(hr, sample.hr[-24:, -24:])


def test_pairs_are_turned_alike_in_eight_ways(tmp_path, write):
    hr = write("hr/a.png", 24, 24)
    (tmp_path / "lr").mkdir()
    Image.fromarray(hr[::4, ::4]).save(tmp_path / "lr" / "a.png")
    source = PairsSource(lr=tmp_path / "lr", hr=tmp_path / "hr")
    seen = set()
    for lr, hr in batches(source, 12):
        for one_lr, one_hr in zip(lr, hr, strict=True):
            # Which pixel of a 4 x 4 block a turned image keeps is the corner that turned there.
            corners = [one_hr[a::4, b::4] for a in (0, 3) for b in (0, 3)]
            assert any(np.array_equal(one_lr, corner) for corner in corners)
            seen.add(one_lr.tobytes())
    assert len(seen) == 8


def test_without_augmentation_nothing_is_turned(tmp_path, write):
    hr = write("a.png", 24, 24)
    _, crops = batches(FolderSource(tmp_path), 1, augment=False)[0]
    assert all(np.array_equal(crop, hr) for crop in crops)


def test_an_image_deleted_while_training_is_named(images, tmp_path):
    dataset = iter(training_dataset(images, **COMMON, cache_bytes=0))
    next(dataset)
    (tmp_path / "3.png").unlink()
    with pytest.raises(tf.errors.OpError) as caught:
        for _ in range(20):
            next(dataset)
    error = data_error(caught.value)
    assert isinstance(error, DataError)
    assert "3.png" in str(error) and len(str(error).splitlines()) == 1


def test_other_errors_are_not_about_data():
    assert data_error(ValueError("DataError: no")) is None
    assert data_error(tf.errors.InvalidArgumentError(None, None, "shapes differ")) is None


@pytest.mark.slow
def test_a_process_ends_while_batches_are_being_made(images, tmp_path):
    """TensorFlow's threads inside Python would keep the interpreter from ending."""
    code = f"""
        from keras_dgggan.data import FolderSource, training_dataset
        source = FolderSource({str(tmp_path)!r})
        batches = iter(training_dataset(
            source, seed=1, scale=4, lr_crop=6, batch_size=64, cache_bytes=0))
        next(batches)
        print("done")
    """
    assert "done" in python(textwrap.dedent(code), fresh=True)


def test_deterministic_operations_leave_samples_as_they_are(images, tmp_path):
    code = f"""
        import zlib
        import tensorflow as tf
        from keras_dgggan.data import FolderSource, training_dataset
        tf.config.experimental.enable_op_determinism()
        source = FolderSource({str(tmp_path)!r})
        dataset = training_dataset(source, seed=7, scale=4, lr_crop=6, batch_size=4)
        for lr, hr in dataset.take(3):
            print(zlib.crc32(lr.numpy().tobytes() + hr.numpy().tobytes()))
    """
    sums = [str(zlib.crc32(lr.tobytes() + hr.tobytes())) for lr, hr in batches(images, 3)]
    assert python(textwrap.dedent(code)).split() == sums


def test_validation_pairs_are_whole_and_aligned(images):
    pairs = list(validation_pairs(images, scale=4, limit=5))
    assert [name for name, _, _ in pairs] == ["0", "1", "2", "3", "4"]
    for _, lr, hr in pairs:
        assert hr.shape[:2] == (lr.shape[0] * 4, lr.shape[1] * 4)
        assert np.array_equal(lr, imresize(hr, 0.25))


def test_validation_names_are_unique(tmp_path, write):
    write("one/a.png")
    write("two/a.png")
    source = FolderSource([tmp_path / "one", tmp_path / "two"])
    assert [name for name, _, _ in validation_pairs(source, scale=4)] == ["a", "a_2"]
