import keras
import numpy as np
import pytest
from checks import check_config_round_trip, skip_without_bfloat16

from keras_dgggan.errors import UsageError, WeightsError
from keras_dgggan.networks import vgg16_features, vgg19_features
from keras_dgggan.networks.vgg import VGGFeatures, conv_names, vgg_input


@pytest.fixture(scope="module")
def vgg19_file(tmp_path_factory):
    keras.utils.set_random_seed(0)
    path = tmp_path_factory.mktemp("vgg") / "vgg19.weights.h5"
    model = keras.applications.VGG19(weights=None, include_top=False)
    model.save_weights(path)
    return path, model


def test_the_caffe_convention_is_keras_preprocess_input(rng):
    image = rng.random([2, 5, 4, 3], "float32")
    expected = keras.applications.vgg19.preprocess_input(image * 255)
    np.testing.assert_allclose(vgg_input(image, "caffe"), expected, atol=1e-4)


def test_the_torch_convention_has_the_mean_and_deviation_of_imagenet():
    image = np.array([[[[0.485, 0.456, 0.406]], [[0.485 + 0.229, 0.456, 0.406 - 0.225]]]], "f4")
    expected = np.array([[[[0, 0, 0]], [[1, 0, -1]]]])
    np.testing.assert_allclose(vgg_input(image, "torch"), expected, atol=1e-6)


def test_vgg19_from_a_keras_file_gives_keras_features_before_the_relu(vgg19_file, rng):
    path, application = vgg19_file
    image = rng.random([1, 32, 32, 3], "float32")
    features = np.asarray(vgg19_features(weights=path)(image))
    expected = keras.Model(application.input, application.get_layer("block5_conv4").output)
    after_relu = np.asarray(expected(keras.applications.vgg19.preprocess_input(image * 255)))
    np.testing.assert_allclose(np.maximum(features, 0), after_relu, rtol=1e-3, atol=1e-4)
    assert features.min() < 0
    assert features.shape == (1, 2, 2, 512)


def test_an_earlier_layer_can_be_read(vgg19_file, rng):
    image = rng.random([1, 16, 16, 3], "float32")
    assert vgg19_features("block2_conv2", vgg19_file[0])(image).shape == (1, 8, 8, 128)


def test_several_layers_are_read_in_the_order_given(vgg19_file, rng):
    image = rng.random([1, 16, 16, 3], "float32")
    names = ["block3_conv1", "block1_conv2"]
    features = vgg19_features(names, vgg19_file[0])(image)
    assert [each.shape for each in features] == [(1, 4, 4, 256), (1, 16, 16, 64)]
    for name, each in zip(names, features, strict=True):
        alone = vgg19_features(name, vgg19_file[0])(image)
        np.testing.assert_allclose(each, alone, rtol=1e-4, atol=1e-5)


def test_unit_features_are_features_over_their_root_mean_square(vgg19_file, rng):
    image = rng.random([1, 16, 16, 3], "float32")
    plain = np.asarray(vgg19_features("block2_conv2", vgg19_file[0])(image))
    unit = vgg19_features("block2_conv2", vgg19_file[0], unit=True)(image)
    expected = plain / np.sqrt((plain**2).mean(axis=-1, keepdims=True))
    np.testing.assert_allclose(unit, expected, rtol=1e-3, atol=1e-4)


def test_vgg16_from_an_npz_agrees_with_its_convolutions(shared_weights, rng):
    path = shared_weights / "vgg16_imagenet" / "vgg16_conv_float16_lpips_vgg_v01.npz"
    image = rng.random([1, 8, 8, 3], "float32")
    features = vgg16_features("block1_conv2", path)
    with np.load(path) as arrays:
        x = keras.ops.conv(
            vgg_input(image, "torch"), arrays["conv1_1/kernel"].astype("f4"), padding="same"
        )
        x = keras.ops.relu(x + arrays["conv1_1/bias"])
        x = keras.ops.conv(x, arrays["conv1_2/kernel"].astype("f4"), padding="same")
        expected = x + arrays["conv1_2/bias"]
    np.testing.assert_allclose(features(image), expected, rtol=1e-3, atol=1e-3)


def test_the_whole_vgg16_reads_an_npz_and_is_not_trained(shared_weights, rng):
    path = shared_weights / "vgg16_imagenet" / "vgg16_conv_float16_lpips_vgg_v01.npz"
    features = vgg16_features(weights=path)
    assert features.trainable_variables == []
    assert features(rng.random([1, 32, 32, 3], "float32")).shape == (1, 2, 2, 512)


def test_convolutions_in_bfloat16_change_features_by_a_few_per_cent(shared_weights, rng):
    skip_without_bfloat16()
    path = shared_weights / "vgg16_imagenet" / "vgg16_conv_float16_lpips_vgg_v01.npz"
    image = rng.random([1, 32, 32, 3], "float32")
    exact = np.asarray(vgg16_features("block3_conv3", path)(image))
    network = vgg16_features("block3_conv3", path, dtype="mixed_bfloat16")
    rough = np.asarray(keras.ops.cast(network(image), "float32"))
    assert network.layers[-1].compute_dtype == "bfloat16"
    assert 0 < np.linalg.norm(rough - exact) / np.linalg.norm(exact) < 0.03


def test_config_round_trip(rng):
    model = VGGFeatures("vgg16", "block2_conv1", "torch")
    check_config_round_trip(model, rng.random([1, 8, 8, 3], "float32"))


def test_vgg19_has_16_convolutions_and_vgg16_13():
    assert len(conv_names("vgg19")) == 16
    assert len(conv_names("vgg16")) == 13


def test_config_round_trip_with_several_layers_of_unit_features(rng):
    model = VGGFeatures("vgg16", ["block1_conv2", "block2_conv1"], "torch", unit=True)
    again = VGGFeatures.from_config(model.get_config())
    again.set_weights(model.get_weights())
    image = rng.random([1, 8, 8, 3], "float32")
    for first, second in zip(model(image), again(image), strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)


def test_missing_and_misfitting_weights_are_named(tmp_path):
    with pytest.raises(WeightsError, match=r"no vgg19 weights at .*nowhere\.h5"):
        vgg19_features(weights=tmp_path / "nowhere.h5")
    np.savez(tmp_path / "other.npz", a=np.zeros(1))
    with pytest.raises(WeightsError, match=r"other\.npz.*conv1_1/kernel"):
        vgg16_features(weights=tmp_path / "other.npz")
    (tmp_path / "text.h5").write_text("no weights")
    with pytest.raises(WeightsError, match=r"text\.h5"):
        vgg19_features(weights=tmp_path / "text.h5")
    with pytest.raises(UsageError, match="no layer 'block9_conv1'"):
        vgg16_features("block9_conv1")
