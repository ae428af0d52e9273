"""NatSR's weights are a TensorFlow 1 checkpoint: its graph is made here by TensorFlow's own ops."""

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

from keras_dgggan.cli import main
from keras_dgggan.errors import UsageError, WeightsError
from keras_dgggan.importing.reading import read_state
from keras_dgggan.pretrained.load import load_generator

v1 = tf.compat.v1
FILTERS, DEPTH = 4, 2


def conv(x, filters, size, scope):
    with v1.variable_scope(f"{scope}/conv2d", reuse=v1.AUTO_REUSE):
        shape = [size, size, x.shape[-1], filters]
        spread = v1.random_normal_initializer(stddev=1 / np.sqrt(np.prod(shape[:3])), seed=3)
        kernel = v1.get_variable("kernel", shape, initializer=spread)
        bias = v1.get_variable("bias", [filters], initializer=v1.random_normal_initializer(seed=4))
    return tf.nn.conv2d(x, kernel, 1, "SAME") + bias


def block(x, number):
    features = [x]
    for i in range(DEPTH):
        y = conv(tf.concat(features, -1), FILTERS, 3, f"Block{number}/conv{i}")
        features.append(tf.nn.relu(y))
    y = conv(tf.concat(features, -1), FILTERS, 1, f"Block{number}/conv_fusion")
    return x + 0.1 * y


def pair(x, first):
    return x + block(block(x, first), first + 1)


def fractal(lr):
    with v1.variable_scope("GEN", reuse=v1.AUTO_REUSE):
        first = conv(lr, FILTERS, 3, "conv1")
        half = pair(pair(first, 0), 2) + first
        whole = pair(pair(half, 4), 6) + half + first
        x = first + conv(whole, FILTERS, 3, "conv2")
        for i in (1, 2):
            x = tf.nn.depth_to_space(conv(x, 4 * FILTERS, 3, f"conv_up{i}"), 2)
        return conv(x, 3, 3, "conv_out")


@pytest.fixture
def checkpoint(tmp_path, rng):
    """The file, an LR image and what the graph makes of it."""
    lr = rng.random([1, 7, 9, 3], "float32")
    with tf.Graph().as_default(), v1.Session() as session:
        image = fractal(tf.constant(lr))
        # What the authors' training saves beside the generator.
        v1.get_variable("DIS/conv1_1/kernel", [3, 3, 3, 4], initializer=v1.zeros_initializer())
        v1.get_variable("global_step", [], tf.int64, v1.zeros_initializer())
        session.run(v1.global_variables_initializer())
        v1.train.Saver().save(session, str(tmp_path / "NatSR"), write_meta_graph=False)
        return tmp_path / "NatSR.index", lr, session.run(image)


def arguments(source, output, *settings):
    return ["import-weights", "--network", "natsr", *settings, str(source), "-o", str(output)]


def test_the_checkpoint_becomes_a_model_of_the_same_images(checkpoint, tmp_path):
    source, lr, expected = checkpoint
    result = CliRunner().invoke(main, arguments(source, tmp_path / "natsr.keras"))
    assert result.exit_code == 0, result.output
    found = np.asarray(load_generator(tmp_path / "natsr.keras")(lr)["image"])
    assert found.shape == expected.shape and expected.std() > 0.01
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


def test_a_network_of_another_depth_names_the_variable(checkpoint, tmp_path):
    result = CliRunner().invoke(
        main, arguments(checkpoint[0], tmp_path / "natsr.keras", "--set", "depth=1")
    )
    assert result.exit_code == 1
    assert "GEN/Block" in result.output
    assert not (tmp_path / "natsr.keras").exists()


def test_a_checkpoint_without_its_data_is_refused(checkpoint):
    checkpoint[0].with_suffix(".data-00000-of-00001").unlink()
    with pytest.raises(WeightsError, match=r"NatSR\.index"):
        read_state(checkpoint[0])


def test_the_name_without_ending_is_no_file(checkpoint):
    with pytest.raises(UsageError, match="NatSR"):
        read_state(checkpoint[0].with_suffix(""))
