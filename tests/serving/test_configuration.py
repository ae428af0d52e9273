"""The files that start TF Serving, read by its own message definitions."""

import re
from pathlib import Path

import pytest
from google.protobuf import text_format

from keras_dgggan.presets import preset_names

FOLDER = Path(__file__).resolve().parents[2] / "saved_models"


def test_models_config_is_what_tf_serving_reads():
    definitions = pytest.importorskip(
        "tensorflow_serving.config.model_server_config_pb2",
        reason="tensorflow-serving-api is not installed",
    )
    text = (FOLDER / "models.config").read_text()
    config = text_format.Parse(text, definitions.ModelServerConfig())
    models = config.model_config_list.config
    assert [model.name for model in models] == preset_names()
    for model in models:
        assert model.base_path == f"/models/{model.name}"
        assert (FOLDER / model.name / "1" / "saved_model.pb").is_file()
        assert model.model_version_policy.latest.num_versions == 2
        assert dict(model.version_labels) == {"stable": 1}
    # The canary's line is right as well, once it is no comment any more.
    text = re.sub(r"# (version_labels)", r"\1", text)
    config = text_format.Parse(text, definitions.ModelServerConfig())
    labels = config.model_config_list.config[0].version_labels
    assert dict(labels) == {"stable": 1, "canary": 2}


def test_batching_never_pads_pictures():
    # The package of the API has no definition of this file.
    lines = (FOLDER / "batching.config").read_text().splitlines()
    settings = [line for line in lines if line and not line.startswith("#")]
    assert "pad_variable_length_inputs: false" in settings
    (largest,) = [line for line in settings if line.startswith("max_batch_size")]
    sizes = [int(line.split()[-1]) for line in settings if line.startswith("allowed_batch_sizes")]
    # TF Serving wants them rising, and the last to be the largest batch.
    assert sizes == sorted(set(sizes)) and f"value: {sizes[-1]} " in largest
