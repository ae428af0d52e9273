"""Pictures before and after."""

import io

import numpy as np
import pytest
from PIL import Image

from keras_dgggan import Upscaler, imresize
from keras_dgggan.errors import UsageError
from keras_dgggan.inference.comparison import Comparison


def test_an_upscaler_shows_a_picture_of_any_kind_before_and_after(tmp_path, rng):
    upscaler = Upscaler("dgggan_x4_light", engine="onnxruntime")
    pixels = rng.integers(0, 256, (9, 7, 3), np.uint8)
    picture = Image.fromarray(pixels)
    picture.save(tmp_path / "a.png")
    for image in (pixels, picture, tmp_path / "a.png"):
        comparison = upscaler.compare(image)
        np.testing.assert_array_equal(comparison.after, upscaler.upscale(pixels))
        np.testing.assert_array_equal(comparison.before, imresize(pixels, 4))
    assert repr(comparison) == "Comparison(28x36 pixels, the bicubic before dgggan_x4_light)"
    shown = Image.open(io.BytesIO(comparison._repr_png_()))
    assert shown.format == "PNG" and shown.size == comparison.figure().size
    with pytest.raises(ValueError, match="channels"):
        upscaler.compare([pixels, pixels])


def test_depth_and_transparency_are_shown_as_on_a_white_page():
    small = np.zeros((4, 4, 2), np.uint16)
    large = np.zeros((8, 8, 2), np.uint16)
    large[..., 1] = 65535
    comparison = Comparison.of(small, large, "opaque black")
    assert comparison.before.shape == comparison.after.shape == (8, 8, 3)
    assert comparison.before.min() == 255 and comparison.after.max() == 0


def test_the_figure_shows_where_the_two_differ_or_what_is_asked_for():
    before = np.zeros((400, 600, 3), np.uint8)
    after = before.copy()
    after[300:310, 500:510] = 255
    comparison = Comparison(before, after, "model")
    # The crop of the model, at the right, is drawn at twice its size.
    crop = np.asarray(comparison.figure().crop((750, 29, 1038, 317)))
    assert np.count_nonzero(crop == 255) == 3 * 20 * 20
    elsewhere = np.asarray(comparison.figure((0, 0, 144, 144)).crop((750, 29, 1038, 317)))
    assert not elsewhere.any()
    for crop in [(500, 0, 101, 5), (-1, 0, 5, 5), (0, 0, 0, 5)]:
        with pytest.raises(UsageError, match="does not lie in a picture of 600x400 pixels"):
            comparison.figure(crop)
