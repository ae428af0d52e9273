import numpy as np
import pytest
from checks import check_config_round_trip

from keras_dgggan.images.resize import imresize
from keras_dgggan.layers import Enlargement


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_bicubic_is_matlabs(scale, rng):
    image = rng.random([2, 5, 9, 3], "float32")
    found = np.asarray(Enlargement(scale)(image))
    expected = np.stack([imresize(x.astype("float64"), scale) for x in image])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_bilinear_keeps_a_slope_inside_and_constants_everywhere():
    slope = np.arange(8, dtype="float32")[None, None, :, None].repeat(4, 1)
    found = np.asarray(Enlargement(4, "bilinear")(slope))[0, 0, :, 0]
    np.testing.assert_allclose(np.diff(found[2:-2]), 0.25, atol=1e-6)
    np.testing.assert_array_equal(found[:2], 0)
    np.testing.assert_allclose(Enlargement(3, "bilinear")(np.ones([1, 1, 1, 2])), 1)


def test_config_round_trip(rng):
    check_config_round_trip(Enlargement(3, "bilinear"), rng.random([1, 4, 5, 3], "float32"))


@pytest.mark.parametrize("arguments, named", [((0,), "scale=0"), ((2, "lanczos"), "lanczos")])
def test_impossible_arguments_are_refused(arguments, named):
    with pytest.raises(ValueError, match=named):
        Enlargement(*arguments)
