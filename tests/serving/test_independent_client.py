"""ovmsclient, which nobody here wrote, against the double."""

import importlib.util
import pickle
import subprocess
import sys

import numpy as np
import pytest
from serving_parts import MODEL

# In a process of its own: it registers TensorFlow's message names a second time.
CODE = """
import pickle, sys
from ovmsclient import make_grpc_client
target, model, image = pickle.load(sys.stdin.buffer)
client = make_grpc_client(target)
# Its default, version 0, means the newest to OpenVINO's server; TF Serving takes it literally.
answers = (
    client.get_model_status(model_name=model, model_version=1),
    client.get_model_metadata(model_name=model, model_version=1),
    client.predict(inputs={"image": image}, model_name=model, model_version=1),
)
assert "tensorflow" not in sys.modules
pickle.dump(answers, sys.stdout.buffer)
"""


@pytest.mark.skipif(
    importlib.util.find_spec("ovmsclient") is None,
    reason="ovmsclient is not installed: pip install --no-deps ovmsclient",
)
def test_it_gets_status_metadata_and_the_right_picture(double, generator, rng):
    image = rng.integers(0, 256, (2, 14, 11, 3), dtype=np.uint8)
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        input=pickle.dumps((double.target, MODEL, image)),
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()
    status, metadata, picture = pickle.loads(done.stdout)
    assert status == {1: {"state": "AVAILABLE", "error_code": 0, "error_message": ""}}
    assert metadata["inputs"] == {"image": {"shape": [-1, -1, -1, 3], "dtype": "DT_UINT8"}}
    assert metadata["outputs"] == {"image": {"shape": [-1, -1, -1, 3], "dtype": "DT_UINT8"}}
    expected = np.asarray(generator(image.astype(np.float32) / 255, training=False)["image"])
    levels = np.clip(expected, 0, 1) * 255
    assert picture.dtype == np.uint8
    assert np.abs(picture - levels).max() < 0.51
