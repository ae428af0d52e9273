"""Finding HR, LR and ready SR files, and reading them for measuring."""

import numpy as np
import pytest
from PIL import Image

from keras_dgggan.errors import DataError, UsageError
from keras_dgggan.evaluation.benchmark_sets import find_benchmark_set
from keras_dgggan.evaluation.methods import (
    Bicubic,
    ReadyImages,
    read_pixels,
    read_sample,
    short_name,
)
from keras_dgggan.images.resize import imresize


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def test_a_set_is_named_by_the_folder_above_hr(small_set):
    by_owner, by_hr = find_benchmark_set(small_set, 4), find_benchmark_set(small_set / "HR", 4)
    assert by_owner.name == by_hr.name == "Mixed"
    assert by_owner.images == by_hr.images
    assert [image.name for image in by_owner.images] == [
        "alpha",
        "colour",
        "deep",
        "gray odd",
        "jpeg",
        "palette",
        "webp",
    ]


def test_a_folder_of_hr_alone_is_a_set(tmp_path, rng):
    save(tmp_path / "plain" / "a.png", rng.integers(0, 256, (8, 8, 3), np.uint8))
    assert find_benchmark_set(tmp_path / "plain", 4).name == "plain"


def test_gray_stays_gray_and_every_mode_becomes_8_bits(small_set):
    shapes = {p.stem: read_pixels(p).shape for p in (small_set / "HR").glob("*.[pjwJ]*")}
    assert shapes["gray odd"] == (61, 75)
    assert shapes["deep"] == (64, 64)
    for name in ("colour", "alpha", "palette", "jpeg", "webp"):
        assert shapes[name][2] == 3
    assert read_pixels(small_set / "HR" / "deep.png").dtype == np.uint8


def test_lr_is_matlabs_of_hr_cropped_to_multiples(small_set):
    for image in find_benchmark_set(small_set, 4).images:
        sample = read_sample(image, 4)
        assert sample.hr.shape[0] == 4 * sample.lr.shape[0]
        assert sample.hr.shape[1] == 4 * sample.lr.shape[1]
        np.testing.assert_array_equal(sample.lr, imresize(sample.hr, 0.25))


def test_lr_files_of_the_published_sets_equal_those_that_are_made(shared_data):
    made = find_benchmark_set(shared_data / "Set14", 4)
    given = find_benchmark_set(shared_data / "Set14", 4, lr="LR_bicubic_x4")
    assert given.lr_folder.name == "LR_bicubic_x4"
    for image, pair in zip(made.images, given.images, strict=True):
        lr, from_file = read_sample(image, 4).lr, read_sample(pair, 4).lr
        # bridge is gray, and its LR is stored as RGB.
        np.testing.assert_array_equal(lr, from_file, image.name)


def test_lr_subfolder_is_taken_by_itself_and_names_may_carry_the_scale(tmp_path, rng):
    hr = rng.integers(0, 256, (16, 16, 3), np.uint8)
    save(tmp_path / "HR" / "a.png", hr)
    save(tmp_path / "LR" / "ax4.png", imresize(hr, 0.25))
    (image,) = find_benchmark_set(tmp_path, 4).images
    assert image.lr == tmp_path / "LR" / "ax4.png"
    assert read_sample(image, 4).lr_is_given


def test_lr_of_another_size_is_named(tmp_path, rng):
    save(tmp_path / "HR" / "a.png", rng.integers(0, 256, (16, 16, 3), np.uint8))
    save(tmp_path / "LR" / "a.png", rng.integers(0, 256, (5, 4, 3), np.uint8))
    (image,) = find_benchmark_set(tmp_path, 4).images
    with pytest.raises(DataError, match=r"a\.png' is 4x5.*needs 4x4"):
        read_sample(image, 4)


def test_hr_images_without_partner_are_all_named_at_once(tmp_path, rng):
    for name in ("a", "b", "c"):
        save(tmp_path / "HR" / f"{name}.png", rng.integers(0, 256, (8, 8, 3), np.uint8))
    save(tmp_path / "LR" / "b.png", rng.integers(0, 256, (2, 2, 3), np.uint8))
    with pytest.raises(DataError) as caught:
        find_benchmark_set(tmp_path, 4)
    assert [line[0] for line in str(caught.value).splitlines()] == ["a", "c"]


def test_folders_that_are_no_test_sets(tmp_path):
    with pytest.raises(UsageError, match="nowhere"):
        find_benchmark_set(tmp_path / "nowhere", 4)
    with pytest.raises(UsageError, match="no images"):
        find_benchmark_set(tmp_path, 4)
    save(tmp_path / "HR" / "a.png", np.zeros((8, 8), np.uint8))
    with pytest.raises(UsageError, match="LR images"):
        find_benchmark_set(tmp_path, 4, lr="missing")


def test_two_files_of_one_name_are_refused(tmp_path, rng):
    pixels = rng.integers(0, 256, (8, 8, 3), np.uint8)
    save(tmp_path / "a.png", pixels)
    save(tmp_path / "a.jpg", pixels)
    with pytest.raises(DataError, match="two images by one name"):
        find_benchmark_set(tmp_path, 4)


def test_an_image_smaller_than_the_scale_is_named(tmp_path, rng):
    save(tmp_path / "a.png", rng.integers(0, 256, (3, 30, 3), np.uint8))
    with pytest.raises(DataError, match="30x3"):
        read_sample(find_benchmark_set(tmp_path, 4).images[0], 4)


@pytest.mark.parametrize("name", ["a.png", "a_x4_SPSR.png", "ax4.png"])
@pytest.mark.parametrize("inside", ["", "set"])
def test_ready_images_are_found_by_name(tmp_path, rng, name, inside):
    hr = rng.integers(0, 256, (18, 17, 3), np.uint8)
    save(tmp_path / "set" / "a.png", hr)
    save(tmp_path / "set" / "ab.png", hr)
    save(tmp_path / "SPSR" / inside / name, hr)
    save(tmp_path / "SPSR" / inside / "ab.png", hr)
    benchmark_set = find_benchmark_set(tmp_path / "set", 4)
    method = ReadyImages(tmp_path / "SPSR")
    method.open_set(benchmark_set, 4)
    sample = read_sample(benchmark_set.images[0], 4)
    # Made from the whole HR: cropped as HR is.
    np.testing.assert_array_equal(method(sample), hr[:16, :16])


def test_ready_images_of_another_size_are_named(tmp_path, rng):
    save(tmp_path / "set" / "a.png", rng.integers(0, 256, (16, 16, 3), np.uint8))
    save(tmp_path / "sr" / "a.png", rng.integers(0, 256, (32, 16, 3), np.uint8))
    benchmark_set = find_benchmark_set(tmp_path / "set", 4)
    method = ReadyImages(tmp_path / "sr")
    method.open_set(benchmark_set, 4)
    with pytest.raises(DataError, match="16x32"):
        method(read_sample(benchmark_set.images[0], 4))


def test_bicubic_enlarges_a_given_lr(tmp_path, rng):
    hr = rng.integers(0, 256, (16, 16), np.uint8)
    save(tmp_path / "HR" / "a.png", hr)
    save(tmp_path / "LR" / "a.png", np.full((4, 4), 77, np.uint8))
    (image,) = find_benchmark_set(tmp_path, 4).images
    np.testing.assert_array_equal(Bicubic()(read_sample(image, 4)), np.full((16, 16), 77))


def test_short_names():
    assert short_name("runs/psnr_x4") == "psnr_x4"
    assert short_name("exports/tiny/0001") == "tiny"
    assert short_name("a/b.keras") == "b"
