"""Each step against somebody else's code, and the whole as a function of seed and number."""

import io

import numpy as np
import pytest
import scipy.ndimage
import scipy.special
import skimage.data
from PIL import Image

from keras_dgggan.data import FolderSource, PhotoDegradation, imresize, training_dataset
from keras_dgggan.data.blur_kernels import convolve, gaussian_kernel, sinc_kernel
from keras_dgggan.data.photo_degradation import (
    blur,
    compression,
    degrade,
    degraded_crop,
    jpeg,
    noise,
    resize,
    sample_generator,
    webp,
)
from keras_dgggan.recipe.degradation import BlurSection, CompressionSection, NoiseSection

COMMON = {"seed": 7, "scale": 4, "lr_crop": 12, "batch_size": 4}
EVERYTHING = {
    "blur": {"probability": 0.7, "generalized": 0.3, "sinc": 0.3},
    "resize": {"probability": 0.7, "kernels": ("area", "bilinear", "bicubic", "lanczos")},
    "noise": {"probability": 0.7, "poisson": 0.5},
    "compression": {"probability": 0.7, "webp": 0.3},
}
STRONG = PhotoDegradation(
    first=EVERYTHING,
    second={**EVERYTHING, "probability": 0.5},
    last={"compression": {"probability": 1.0, "webp": 0.2}},
)


@pytest.fixture(scope="module")
def photo():
    return skimage.data.astronaut()[:200, 100:320]


@pytest.fixture
def images(tmp_path, write):
    for number in range(3):
        write(f"{number}.png", 56, 60)
    return FolderSource(tmp_path)


def draw(number=0):
    return sample_generator(seed=5, number=number)


# === Blur ===


@pytest.mark.parametrize("sigma", [0.4, 1.3, 3.0])
def test_a_gaussian_blur_is_scipys(photo, sigma):
    image = photo.astype(np.float32)
    ours = convolve(image, gaussian_kernel((sigma, sigma)))
    theirs = scipy.ndimage.gaussian_filter(image, (sigma, sigma, 0), mode="reflect", truncate=8)
    # Ours ends at three standard deviations or ten pixels.
    assert np.abs(ours - theirs).max() < 2.5 and np.abs(ours - theirs).mean() < 0.1


def test_a_turned_kernel_has_the_covariance_it_was_asked_for():
    kernel = gaussian_kernel((2.5, 1.0), angle=0.6).astype(float)
    steps = np.arange(len(kernel)) - len(kernel) // 2
    y, x = np.meshgrid(steps, steps, indexing="ij")
    turn = np.array([[np.cos(0.6), -np.sin(0.6)], [np.sin(0.6), np.cos(0.6)]])
    wanted = turn @ np.diag([2.5**2, 1.0]) @ turn.T
    found = np.array([[(kernel * a * b).sum() for b in (x, y)] for a in (x, y)])
    np.testing.assert_allclose(found, wanted, rtol=0.06, atol=0.06)


def test_the_exponent_makes_a_kernel_peaked_or_flat():
    def kurtosis(exponent, sigma):
        kernel = gaussian_kernel((sigma, sigma), exponent=exponent).astype(float)
        x = np.arange(len(kernel)) - len(kernel) // 2
        row = kernel.sum(axis=0)
        return (row * x**4).sum() / (row * x**2).sum() ** 2

    assert kurtosis(1.0, 0.8) > kurtosis(2.0, 0.8) + 0.4
    assert kurtosis(6.0, 2.5) < kurtosis(2.0, 2.5) - 0.5


def test_convolution_is_scipys_for_any_kernel(photo, rng):
    kernel = rng.random((7, 7)).astype(np.float32)
    image = photo.astype(np.float32) / 255
    ours = convolve(image, kernel)
    theirs = scipy.ndimage.convolve(image, kernel[..., None], mode="reflect")
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("cutoff", [0.35, 0.6, 0.9])
def test_sinc_lets_low_frequencies_pass_and_stops_high_ones(cutoff):
    kernel = sinc_kernel(cutoff)
    gain = np.abs(np.fft.fft2(kernel, (128, 128)))
    frequency = np.hypot(*np.meshgrid(*[np.abs(np.fft.fftfreq(128)) * 2] * 2))
    assert abs(gain[frequency < cutoff - 0.12] - 1).max() < 0.15
    assert gain[(frequency > cutoff + 0.12)].max() < 0.15
    middle = gain[np.abs(frequency - cutoff) < 0.01]
    assert abs(middle.mean() - 0.5) < 0.1


def test_sinc_has_the_values_of_its_formula():
    y, x = np.mgrid[-10:11, -10:11]
    radius, omega = np.hypot(y, x), 0.7 * np.pi
    with np.errstate(invalid="ignore", divide="ignore"):
        wanted = omega * scipy.special.j1(omega * radius) / (2 * np.pi * radius)
    wanted[10, 10] = omega**2 / (4 * np.pi)
    np.testing.assert_allclose(sinc_kernel(0.7), wanted / wanted.sum(), atol=1e-6)


def test_blur_leaves_a_flat_image_flat():
    flat = np.full((60, 70, 3), 200, np.uint8)
    for number in range(8):
        section = BlurSection(probability=1.0, generalized=0.5, sinc=0.3)
        assert (blur(flat, section, draw(number)) == 200).all()


# === Noise ===


def noisy(level=128, shape=(300, 300, 3), **settings):
    image = np.full(shape, level, np.uint8)
    made = noise(image, NoiseSection(probability=1.0, **settings), draw())
    return made.astype(float) - level


def test_gaussian_noise_has_the_strength_asked_for():
    difference = noisy(gaussian=(0.04, 0.04), gray=0.0)
    assert abs(difference.mean()) < 0.1 and abs(difference.std() - 0.04 * 255) < 0.1
    channels = np.corrcoef(difference.reshape(-1, 3).T)
    assert np.abs(channels - np.eye(3)).max() < 0.02


@pytest.mark.parametrize("level", [40, 160])
def test_poisson_noise_grows_with_the_root_of_brightness(level):
    difference = noisy(level, poisson=1.0, photons=(500, 500), gray=0.0)
    assert abs(difference.mean()) < 0.1
    assert abs(difference.std() - np.sqrt(level * 255 / 500)) < 0.1


@pytest.mark.parametrize("poisson", [0.0, 1.0])
def test_gray_noise_is_the_same_in_all_channels(poisson):
    gray, coloured = noisy(poisson=poisson, gray=1.0), noisy(poisson=poisson, gray=0.0)
    assert (gray[..., 0] == gray[..., 2]).all() and gray.std() > 0.5
    assert (coloured[..., 0] != coloured[..., 2]).any()


# === Files ===


@pytest.mark.parametrize("quality", [30, 75, 95])
@pytest.mark.parametrize("full_chroma, subsampling", [(False, "4:2:0"), (True, "4:4:4")])
def test_jpeg_is_pillows_file_of_that_quality(photo, quality, full_chroma, subsampling):
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=quality, subsampling=subsampling)
    theirs = np.asarray(Image.open(file)).astype(int)
    assert np.abs(jpeg(photo, quality, full_chroma=full_chroma) - theirs).max() <= 2


def test_lower_quality_is_further_from_the_image(photo):
    for through in (jpeg, webp):
        away = [np.abs(through(photo, q).astype(int) - photo).mean() for q in (95, 60, 20)]
        assert away[0] < away[1] < away[2] and away[2] > 2


def test_the_grid_of_blocks_takes_every_phase(photo):
    """Where the blocks of a strongly compressed crop end, found by the steps between columns."""
    ramp = np.repeat(np.linspace(40, 215, 800)[None], 400, axis=0)
    ramp = np.repeat(ramp[..., None], 3, axis=-1).astype(np.uint8)
    settings = PhotoDegradation(last={"compression": {"probability": 1.0, "quality": (5, 5)}})
    phases = set()
    for number in range(60):
        place = {"scale": 4, "top": 30, "left": 60, "size": 64}
        lr = degraded_crop(ramp, settings, draw(number), **place).astype(int)
        steps = np.abs(np.diff(lr.mean(axis=(0, 2))))
        phases.add(int(np.argmax([steps[phase::8].mean() for phase in range(8)])))
    assert phases == set(range(8))


# === The whole ===


def test_with_every_step_off_bicubic_is_left(photo):
    lr = degrade(photo, PhotoDegradation(), draw(), scale=4)
    away = np.abs(lr.astype(int) - imresize(photo, 0.25))
    assert lr.dtype == np.uint8 and np.mean(away) < 0.3 and np.percentile(away, 99) <= 2


def test_a_crop_lies_where_the_same_crop_of_bicubic_lr_does(photo):
    """To a fraction of a pixel, for every symmetry and at the image's edges."""
    whole = imresize(photo, 0.25)
    for symmetry in range(8):
        for top, left in [(0, 0), (50 - 24, 55 - 24), (13, 20)]:
            place = {"scale": 4, "top": top, "left": left, "size": 24, "symmetry": symmetry}
            lr = degraded_crop(photo, PhotoDegradation(), draw(symmetry), **place)
            part = whole[top : top + 24, left : left + 24]
            part = np.rot90(part[:, ::-1] if symmetry >= 4 else part, symmetry % 4)
            assert np.percentile(np.abs(lr.astype(int) - part), 98) <= 2


def test_resizes_within_the_rounds_move_nothing(photo):
    settings = PhotoDegradation(
        first={"resize": {"probability": 1.0, "factor": (0.6, 1.3), "kernels": ("bicubic",)}}
    )
    plain = imresize(photo, 0.25).astype(float)
    for number in range(6):
        lr = degrade(photo, settings, draw(number), scale=4).astype(float)
        centred = {
            shift: np.abs(np.roll(lr, shift, (0, 1)) - plain)[4:-4, 4:-4].mean()
            for shift in [(0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)]
        }
        assert min(centred, key=centred.get) == (0, 0)


@pytest.mark.parametrize("kernel", ["area", "bilinear", "bicubic", "lanczos"])
def test_resizes_keep_the_mean(photo, kernel):
    small = resize(photo, (50, 55), kernel)
    assert small.shape == (50, 55, 3) and abs(small.mean() - photo.mean()) < 0.5


def test_a_sample_is_a_function_of_seed_and_number(photo):
    first = [degrade(photo, STRONG, draw(n), scale=4) for n in range(6)]
    again = [degrade(photo, STRONG, draw(n), scale=4) for n in reversed(range(6))][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert len({lr.tobytes() for lr in first}) == 6
    other = degrade(photo, STRONG, sample_generator(seed=6, number=0), scale=4)
    assert not np.array_equal(first[0], other)


def test_batches_are_the_same_wherever_one_starts(images):
    options = {**COMMON, "degradation": STRONG}
    whole = list(training_dataset(images, **options).take(4))
    later = list(training_dataset(images, **options, start_batch=2).take(2))
    part = next(iter(training_dataset(images, **options, num_shards=2, shard=1)))
    for (lr, hr), (lr_again, hr_again) in zip(whole[2:], later, strict=True):
        assert np.array_equal(lr, lr_again) and np.array_equal(hr, hr_again)
    assert np.array_equal(part[0], whole[0][0][2:])


def test_hr_crops_are_those_of_bicubic_training(images):
    lr, hr = next(iter(training_dataset(images, **COMMON, degradation=STRONG)))
    plain_lr, plain_hr = next(iter(training_dataset(images, **COMMON)))
    assert np.array_equal(hr, plain_hr) and lr.shape == plain_lr.shape
    assert not np.array_equal(lr, plain_lr)


def test_a_step_of_probability_one_half_is_taken_by_half_of_the_samples(photo):
    section = CompressionSection(probability=0.5, quality=(30, 30))
    taken = [compression(photo, section, draw(n)) is not photo for n in range(200)]
    assert 75 < sum(taken) < 125
