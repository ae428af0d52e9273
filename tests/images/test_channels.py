import subprocess
import sys

import numpy as np
import pytest

from keras_dgggan.errors import DggganError
from keras_dgggan.images.channels import (
    extended,
    output_size,
    outscaled,
    runs_of,
    upscale_picture,
)
from keras_dgggan.images.resize import imresize


def nearest(rgb: np.ndarray) -> np.ndarray:
    return rgb.repeat(2, axis=0).repeat(2, axis=1)


def in_bands(rgb: np.ndarray):
    result = nearest(rgb)
    yield from (result[i : i + 3] for i in range(0, len(result), 3))


def picture(rng, channels: int, dtype) -> np.ndarray:
    shape = (5, 7, channels) if channels else (5, 7)
    if dtype in (np.uint8, np.uint16):
        return rng.integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)
    return rng.random(shape).astype(dtype)


@pytest.mark.parametrize("model", [nearest, in_bands])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4])
def test_layout_and_values_survive_an_identity_like_model(rng, model, channels, dtype):
    pixels = picture(rng, channels, dtype)
    if channels in (2, 4):  # opaque: what alpha does to colours is tested below
        pixels[..., -1] = np.iinfo(dtype).max if dtype in (np.uint8, np.uint16) else 1
    result = upscale_picture(pixels, model, 2)
    assert result.dtype == pixels.dtype
    expected = nearest(pixels)
    if dtype in (np.uint8, np.uint16):
        np.testing.assert_array_equal(result, expected)
    else:
        np.testing.assert_allclose(result, expected, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [2, 4])
def test_colours_under_any_even_alpha_come_back(rng, channels, dtype):
    pixels = picture(rng, channels, dtype)
    pixels[..., -1] = 0.4 if dtype == np.float32 else 100
    result = upscale_picture(pixels, in_bands, 2)
    tolerance = 1e-5 if dtype == np.float32 else 0
    np.testing.assert_allclose(result, nearest(pixels), atol=tolerance)


def test_integers_are_rounded_not_truncated():
    def slightly_darker(rgb):
        return nearest(rgb) - 0.4 / 255

    pixels = np.full((2, 2, 3), 100, np.uint8)
    assert (upscale_picture(pixels, slightly_darker, 2) == 100).all()


def test_integers_are_clipped_not_wrapped():
    pixels = np.array([[[0, 255, 128]]], np.uint8)
    brighter = upscale_picture(pixels, lambda rgb: nearest(rgb) + 0.5, 2)
    assert brighter[0, 0].tolist() == [128, 255, 255]
    darker = upscale_picture(pixels, lambda rgb: nearest(rgb) - 1.0, 2)
    assert darker.max() == 0


def test_alpha_is_upscaled_by_the_model_as_a_gray_image(rng):
    def model(rgb):
        return nearest(rgb) * np.float32([0.5, 0.75, 1.0])

    pixels = picture(rng, 4, np.uint16)
    result = upscale_picture(pixels, model, 2)
    np.testing.assert_array_equal(result[..., 3], upscale_picture(pixels[..., 3], model, 2))


def test_alpha_may_have_a_model_of_its_own_which_runs_after_that_of_the_colours(rng):
    calls = []

    def model(name):
        return lambda rgb: calls.append(name) or nearest(rgb)

    pixels = picture(rng, 2, np.uint8)
    upscale_picture(pixels, model("colours"), 2, alpha_model=model("alpha"))
    assert calls == ["colours", "alpha"] and runs_of(pixels) == 2
    pixels[..., 1] = 90
    assert (upscale_picture(pixels, model("colours"), 2)[..., 1] == 90).all()
    assert calls[2:] == ["colours"] and runs_of(pixels) == 1


def test_what_is_opaque_or_hidden_all_around_stays_so_whatever_a_model_makes_of_it():
    pixels = np.zeros((12, 24, 4), np.uint8)
    pixels[:, 12:, 3] = 255
    noise = np.random.default_rng(0).normal(0, 0.05, (24, 48, 3))
    alpha = upscale_picture(pixels, lambda rgb: nearest(rgb) + noise, 2)[..., 3]
    assert (alpha[:, :18] == 0).all() and (alpha[:, 30:] == 255).all()
    assert len(np.unique(alpha[:, 20:28])) > 2


def test_visible_colours_reach_the_model_as_they_are_and_hidden_ones_as_their_neighbours(rng):
    pixels = picture(rng, 4, np.uint8)
    pixels[..., 3] = 254
    pixels[1:4, 2:5, 3] = 0
    seen = []
    upscale_picture(pixels, lambda rgb: seen.append(rgb) or nearest(rgb), 2)
    visible = pixels[..., 3] > 0
    np.testing.assert_array_equal(seen[0][visible], pixels[visible][:, :3] / np.float32(255))
    around = np.delete(pixels[0:3, 1:4, :3].reshape(9, 3), [4, 5, 7, 8], axis=0) / 255
    np.testing.assert_allclose(seen[0][1, 2], around.mean(axis=0), atol=1e-6)
    assert np.ptp(seen[0][~visible], axis=0).max() < np.ptp(pixels[..., :3]) / 255


def test_one_pixel_of_alpha_below_opaque_changes_no_colour(rng):
    pixels = picture(rng, 4, np.uint8)
    pixels[..., 3] = 255
    before = upscale_picture(pixels, nearest, 2)
    pixels[2, 3, 3] = 254
    after = upscale_picture(pixels, nearest, 2)
    np.testing.assert_array_equal(after[..., :3], before[..., :3])


@pytest.mark.parametrize("seed", range(5))
def test_hidden_colours_lie_between_visible_ones_and_far_ones_are_reached(seed):
    rng = np.random.default_rng(seed)
    colours = rng.random((30, 41, 3)).astype(np.float32)
    visible = rng.random((30, 41)) < [0.001, 0.01, 0.1, 0.5, 0.99][seed]
    visible[3, 4] = True
    filled = extended(colours, visible)
    np.testing.assert_array_equal(filled[visible], colours[visible])
    assert filled.min() >= colours[visible].min() and filled.max() <= colours[visible].max()


def test_where_nothing_is_visible_colours_stay_as_they_are(rng):
    pixels = picture(rng, 4, np.uint8)
    pixels[..., 3] = 0
    np.testing.assert_array_equal(upscale_picture(pixels, nearest, 2), nearest(pixels))


def test_colours_hidden_under_alpha_zero_do_not_fringe():
    # A red disc of soft edge whose hidden surroundings are pure green.
    y, x = np.mgrid[:24, :24]
    alpha = (8 - np.hypot(y - 11.5, x - 11.5)).clip(0, 1)
    pixels = np.zeros((24, 24, 4), np.uint8)
    pixels[..., 0] = np.where(alpha > 0, 255, 0)
    pixels[..., 1] = np.where(alpha > 0, 0, 255)
    pixels[..., 3] = np.rint(alpha * 255)

    def bicubic(rgb):
        return imresize(rgb, 4)

    result = upscale_picture(pixels, bicubic, 4)
    assert result[..., 1].max() == 0
    visible = result[..., 3] > 8
    assert result[visible][:, 0].min() > 245


@pytest.mark.parametrize("sharpness", [0.0, 0.5, 1.0])
def test_no_rim_shines_or_darkens_along_an_edge_however_sharp_the_model_is(sharpness):
    # A disc of one colour with a soft edge: everything visible must be that colour.
    y, x = np.mgrid[:24, :24]
    alpha = (8 - np.hypot(y - 11.5, x - 11.5)).clip(0, 1)
    pixels = np.zeros((24, 24, 4), np.float32)
    pixels[..., :3] = (0.6, 0.5, 0.2)
    pixels[..., 3] = alpha

    def model(rgb):
        smooth = imresize(rgb, 4)
        return smooth + sharpness * (smooth - imresize(imresize(smooth, 0.25), 4))

    result = upscale_picture(pixels, model, 4)
    visible = result[..., 3] > 0.02
    np.testing.assert_allclose(
        result[visible][:, :3], [[0.6, 0.5, 0.2]] * visible.sum(), atol=0.006
    )


def test_a_float_image_above_one_comes_back_in_its_own_range(rng):
    pixels = (rng.random((4, 4, 3)) * 300).astype(np.float32)
    np.testing.assert_allclose(upscale_picture(pixels, nearest, 2), nearest(pixels), rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("light", [50.0, 6e4, -300.0])
def test_a_light_in_a_float_image_changes_its_surroundings_alone(rng, dtype, light):
    pixels = rng.random((20, 20, 3)).astype(dtype)
    before = upscale_picture(pixels, nearest, 2)
    pixels[10, 10] = light
    after = upscale_picture(pixels, nearest, 2)
    far = np.ones((40, 40), bool)
    far[15:27, 15:27] = False
    np.testing.assert_array_equal(after[far], before[far])
    # No dark ring around a light, no bright one around a hole.
    sign = np.sign(light)
    assert (sign * (after - before)[~far] >= -1).all()
    assert abs(after[20, 20, 0]) > abs(light) / 2


def test_a_hot_pixel_does_not_darken_what_has_a_range_of_its_own(rng):
    pixels = rng.random((40, 40, 1)).astype(np.float32) * 4000
    seen = []
    pixels[3, 3] = 1e6
    upscale_picture(pixels, lambda rgb: seen.append(rgb) or nearest(rgb), 2)
    assert 0.4 < seen[0].mean() < 0.6


def test_floats_of_any_size_come_back(rng):
    pixels = rng.random((4, 4, 3)) * 1e300
    np.testing.assert_allclose(upscale_picture(pixels, nearest, 2), nearest(pixels), rtol=1e-5)


def test_outscale_is_the_model_and_then_the_exact_resize(rng):
    pixels = picture(rng, 3, np.uint8)
    result = upscale_picture(pixels, outscaled(nearest, 1.5), 1.5)
    assert result.shape == (*output_size(5, 7, 1.5), 3) == (8, 11, 3)
    expected = imresize(nearest(pixels / 255), None, output_shape=(8, 11)) * 255
    np.testing.assert_allclose(result, expected.clip(0, 255), atol=0.51)


def test_hidden_lights_of_a_float_image_are_not_seen(rng):
    pixels = rng.random((12, 12, 4)).astype(np.float32)
    pixels[3:6, 3:6, 3] = 0
    before = upscale_picture(pixels, nearest, 2)
    pixels[4, 4, :3] = 1e9
    np.testing.assert_array_equal(upscale_picture(pixels, nearest, 2), before)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((2, 2, 5), np.uint8), np.zeros(3, np.uint8), np.zeros((0, 2, 4), np.uint8)],
)
def test_other_shapes_are_refused(pixels):
    with pytest.raises(ValueError, match=r"1 to 4 channels .* Received: shape"):
        upscale_picture(pixels, nearest, 2)


def test_other_dtypes_and_non_finite_values_are_refused():
    with pytest.raises(ValueError, match="Received: int32"):
        upscale_picture(np.zeros((2, 2), np.int32), nearest, 2)
    with pytest.raises(ValueError, match="finite values only"):
        upscale_picture(np.full((2, 2), np.nan), nearest, 2)


def test_a_broken_model_is_named_and_not_written_as_black():
    pixels = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(DggganError, match="NaN or infinite"):
        upscale_picture(pixels, lambda rgb: nearest(rgb) * np.nan, 2)
    with pytest.raises(DggganError, match=r"shape \(2, 2, 3\)"):
        upscale_picture(pixels, lambda rgb: rgb, 2)
    with pytest.raises(DggganError, match="3 rows where 4"):
        upscale_picture(pixels, lambda rgb: nearest(rgb)[:3], 2)


def test_the_composition_imports_neither_tensorflow_nor_keras():
    code = (
        "import sys, keras_dgggan.images.channels, keras_dgggan.images.blended;"
        "print([m for m in ('tensorflow', 'keras') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
