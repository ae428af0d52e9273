"""`imresize` against MATLAB's own LR images, Pillow's float resize and its properties."""

import doctest

import numpy as np
import pytest
from checks import assert_levels_agree
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import keras_dgggan
from keras_dgggan.images import resize
from keras_dgggan.images.resize import imresize

LR_SETS = [
    ("Set5", "LR_bicubic_x4", "symmetric", 5),
    ("Set14", "LR_bicubic_x4", "symmetric", 14),
    ("Set5", "LR_bicubic_x4_selfexsr", "replicate", 5),
    ("Set14", "LR_bicubic_x4_selfexsr", "replicate", 14),
    ("BSD100", "LR_bicubic_x4_selfexsr", "replicate", 100),
]


@pytest.mark.parametrize(("name", "folder", "border", "count"), LR_SETS)
def test_every_published_lr_image_is_reproduced_bit_for_bit(
    shared_data, name, folder, border, count
):
    paths = sorted((shared_data / name / folder).iterdir())
    assert len(paths) == count
    for path in paths:
        published = np.asarray(Image.open(path))
        picture = Image.open(shared_data / name / "HR" / path.name)
        hr = np.asarray(picture.convert("RGB" if published.ndim == 3 else "L"))
        hr = hr[: hr.shape[0] // 4 * 4, : hr.shape[1] // 4 * 4]
        np.testing.assert_array_equal(imresize(hr, 0.25, border=border), published, path.name)


@pytest.mark.parametrize("out_shape", [(20, 31), (13, 17), (64, 50), (97, 121), (40, 61)])
def test_interior_agrees_with_pillow_at_any_scale(rng, out_shape):
    image = rng.random((40, 61), np.float32)
    ours = imresize(image, None, output_shape=out_shape)
    pillow = np.asarray(
        Image.fromarray(image).resize(out_shape[::-1], Image.Resampling.BICUBIC), np.float32
    )
    # Pillow drops what lies outside of the picture where MATLAB mirrors.
    margin = [
        int(2 * max(out / size, 1)) + 1 for out, size in zip(out_shape, (40, 61), strict=True)
    ]
    inside = tuple(slice(m, -m) for m in margin)
    np.testing.assert_allclose(ours[inside], pillow[inside], atol=2e-6)


def test_border_modes_are_the_same_as_padding_by_hand(rng):
    image = rng.random((12, 20))
    for border, mode in (("symmetric", "symmetric"), ("replicate", "edge")):
        padded = imresize(np.pad(image, 8, mode=mode), 0.25)
        np.testing.assert_allclose(imresize(image, 0.25, border=border), padded[2:-2, 2:-2])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("scale", [0.25, 0.3, 2.5, 4])
def test_constant_images_stay_constant_in_every_dtype(dtype, scale):
    image = np.full((9, 14, 4), 200, dtype)
    out = imresize(image, scale)
    assert out.dtype == dtype
    np.testing.assert_allclose(out, 200, rtol=1e-3 if dtype == np.float16 else 1e-6)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 9), st.integers(1, 9), st.sampled_from([0.25, 1 / 3, 0.7, 1.0, 1.1, 2.0, 4.0])
)
def test_any_size_works_and_sizes_round_up(height, width, scale):
    out = imresize(np.zeros((height, width, 1), np.uint8), scale)
    expected = [-(-round(size * scale * 1e6) // 10**6) for size in (height, width)]
    assert out.shape == (*expected, 1)


def test_scale_one_is_the_identity(rng):
    image = rng.integers(0, 256, (7, 5, 3), np.uint8)
    np.testing.assert_array_equal(imresize(image, 1), image)


def test_transposing_commutes_only_up_to_the_rounding_between_the_passes(rng):
    image = rng.integers(0, 256, (32, 32), np.uint8)
    here = imresize(image, 0.25).astype(int)
    there = imresize(image.T, 0.25).T.astype(int)
    assert np.abs(here - there).max() <= 2
    exact = imresize(image.astype(float), 0.25)
    np.testing.assert_allclose(exact, imresize(image.T.astype(float), 0.25).T)


def test_channels_are_resized_one_by_one(rng):
    image = rng.integers(0, 65536, (10, 11, 4), np.uint16)
    out = imresize(image, (4.0, 2.0))
    assert out.shape == (40, 22, 4)
    for channel in range(4):
        assert_levels_agree(out[..., channel], imresize(image[..., channel], (4.0, 2.0)))


def test_overshoot_is_clipped_for_integers_and_kept_for_floats():
    edge = np.repeat([[0, 0, 0, 255, 255, 255]], 6, axis=0)
    assert imresize(edge.astype(np.uint8), 4).max() == 255
    assert imresize(edge / 255.0, 4).max() > 1.02


def test_views_and_read_only_images_are_accepted(rng):
    image = rng.integers(0, 256, (16, 24, 3), np.uint8)
    view = image[::-1, :, ::-1]
    view.flags.writeable = False
    np.testing.assert_array_equal(imresize(view, 0.5), imresize(view.copy(), 0.5))


@pytest.mark.parametrize(
    ("image", "arguments", "error"),
    [
        (np.zeros((4, 4), np.int32), {"scale": 2}, TypeError),
        (np.zeros((4, 4, 3, 1), np.uint8), {"scale": 2}, ValueError),
        (np.zeros((0, 4), np.uint8), {"scale": 2}, ValueError),
        (np.zeros((4, 4), np.uint8), {"scale": 0}, ValueError),
        (np.zeros((4, 4), np.uint8), {"scale": float("nan")}, ValueError),
        (np.zeros((4, 4), np.uint8), {"scale": None}, ValueError),
        (np.zeros((4, 4), np.uint8), {"scale": 2, "border": "wrap"}, ValueError),
        (np.zeros((4, 4), np.uint8), {"scale": 2, "output_shape": (0, 4)}, ValueError),
    ],
)
def test_what_cannot_be_resized_is_refused_with_the_value_received(image, arguments, error):
    with pytest.raises(error, match="Received"):
        imresize(image, **arguments)


def test_public_name_and_example():
    assert keras_dgggan.imresize is imresize
    assert doctest.testmod(resize).failed == 0
