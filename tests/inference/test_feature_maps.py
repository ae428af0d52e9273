import numpy as np
import pytest

pytest.importorskip("tensorflow")

from keras_dgggan.inference.feature_maps import FeatureMap
from keras_dgggan.inference.tiling.exact import add_gated, sums


@pytest.mark.parametrize("size", [(1, 1, 3), (5, 7, 6), (40, 30, 16)])
def test_tensorflow_reads_what_numpy_writes_without_a_copy(size, rng):
    features = FeatureMap(*size)
    for _ in range(2):
        features.pixels[:] = rng.random(size, np.float32)
        expected = features.pixels.reshape(-1, size[2])
        np.testing.assert_array_equal(np.asarray(features.rows)[:-2], expected)
    assert (np.asarray(features.rows)[-2:] == [[0], [1]]).all()


def test_features_are_added_with_their_gate(rng):
    features, gate = rng.random((37, 5, 6), np.float32), rng.random(6, np.float32)
    for used, expected in ((gate, 1 + features * gate), (None, 1 + features)):
        place = np.ones((37, 5, 6), np.float32)
        add_gated(place, features, used)
        np.testing.assert_allclose(place, expected, rtol=1e-6)


def test_sums_of_many_pixels_are_exact_to_float_rounding(rng):
    features = rng.random((300, 200, 4), np.float32)
    np.testing.assert_allclose(sums(features), features.sum((0, 1), np.float64), rtol=1e-6)
