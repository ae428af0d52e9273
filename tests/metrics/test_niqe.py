"""NIQE against figures of MATLAB."""

import numpy as np
import pytest

from keras_dgggan.metrics import _niqe, niqe


# 5.7296 is MATLAB's own figure for baboon.
@pytest.mark.parametrize(
    ("name", "crop_border", "value", "tolerance"),
    [
        ("baboon", 0, 5.7296, 0.0002),
        ("baboon", 4, 5.990, 0.005),
        ("barbara", 0, 4.584, 0.001),
        ("barbara", 4, 4.656, 0.001),
    ],
)
def test_photographs_have_their_published_values(hr_images, name, crop_border, value, tolerance):
    image = hr_images("Set14")[name]
    assert niqe(image, crop_border=crop_border) == pytest.approx(value, abs=tolerance)


def test_blur_is_less_natural_than_the_photograph(bicubic_pairs):
    for hr, sr in bicubic_pairs("Set5")[:3]:
        assert niqe(sr) > niqe(hr)


def test_mirroring_changes_little_and_shifting_colour_planes_by_a_level_little(hr_images):
    image = hr_images("Set14")["barbara"][:576, :672]
    assert niqe(image[:, ::-1]) == pytest.approx(niqe(image), abs=0.1)
    assert niqe(image.clip(1, 254) - 1) == pytest.approx(niqe(image.clip(1, 254)), abs=0.05)


def test_float_gray_and_uint8_agree(hr_images):
    bridge = hr_images("Set14")["bridge"]
    assert bridge.ndim == 2
    assert niqe(bridge / 255) == niqe(bridge)


def test_flat_blocks_are_passed_over(hr_images):
    image = hr_images("Set14")["baboon"].copy()
    image[:96, :96] = 100
    assert np.isfinite(niqe(image))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((95, 400, 3), np.uint8), "Received: 95 x 400 pixels"),
        (np.zeros((191, 191, 3), np.uint8), "two blocks of 96 x 96.*Received: 191 x 191 pixels"),
        (np.full((200, 200, 3), 7, np.uint8), "Received: 4 blocks, of which 0 have any"),
    ],
    ids=["small", "one block", "flat"],
)
def test_images_without_blocks_to_measure_are_refused_with_the_reason(image, message):
    with pytest.raises(ValueError, match=message):
        niqe(image)


def test_one_block_with_texture_is_too_small_rather_than_flat(hr_images):
    with pytest.raises(ValueError, match="Received: 96 x 191 pixels"):
        niqe(hr_images("Set14")["baboon"][:96, :191])


def test_a_border_that_leaves_nothing_is_refused():
    for border in (-4, 100):
        with pytest.raises(ValueError, match=f"crop_border={border}"):
            niqe(np.zeros((200, 200), np.uint8), crop_border=border)


def test_nearest_shape_is_that_of_the_whole_table(rng):
    blocks = rng.standard_normal((5, 24, 24)) * rng.random((5, 1, 1))
    shape, *_ = _niqe._asymmetric_gaussian(blocks)
    # By the definition, over the whole table.
    values = blocks.reshape(5, -1)
    for i in range(5):
        left, right = (
            np.sqrt(np.mean(v**2)) for v in (values[i][values[i] < 0], values[i][values[i] > 0])
        )
        g = left / right
        target = np.mean(np.abs(values[i])) ** 2 / np.mean(values[i] ** 2)
        target *= (g**3 + 1) * (g + 1) / (g**2 + 1) ** 2
        table = _niqe._ratio_of_shapes()
        assert shape[i] == _niqe._SHAPES[np.argmin((table - target) ** 2)]
