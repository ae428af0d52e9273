"""Our messages against the official ones, field by field and byte by byte."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2, tensor_shape_pb2
from tensorflow.core.protobuf import meta_graph_pb2

from keras_dgggan.serving import protocol
from keras_dgggan.serving.tensors import from_tensor, to_tensor

apis = pytest.importorskip(
    "tensorflow_serving.apis", reason="tensorflow-serving-api is not installed"
)
from google.protobuf import any_pb2, wrappers_pb2  # noqa: E402
from tensorflow_serving.apis import (  # noqa: E402
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_pb2,
    predict_pb2,
    prediction_log_pb2,
    status_pb2,
)

OFFICIAL = {
    "Dim": tensor_shape_pb2.TensorShapeProto.Dim,
    "TensorShapeProto": tensor_shape_pb2.TensorShapeProto,
    "TensorProto": tensor_pb2.TensorProto,
    "TensorInfo": meta_graph_pb2.TensorInfo,
    "SignatureDef": meta_graph_pb2.SignatureDef,
    "SignatureDefMap": get_model_metadata_pb2.SignatureDefMap,
    "Int64Value": wrappers_pb2.Int64Value,
    "Any": any_pb2.Any,
    "ModelSpec": model_pb2.ModelSpec,
    "PredictRequest": predict_pb2.PredictRequest,
    "PredictResponse": predict_pb2.PredictResponse,
    "GetModelMetadataRequest": get_model_metadata_pb2.GetModelMetadataRequest,
    "GetModelMetadataResponse": get_model_metadata_pb2.GetModelMetadataResponse,
    "GetModelStatusRequest": get_model_status_pb2.GetModelStatusRequest,
    "GetModelStatusResponse": get_model_status_pb2.GetModelStatusResponse,
    "StatusProto": status_pb2.StatusProto,
    "ModelVersionStatus": get_model_status_pb2.ModelVersionStatus,
    "PredictLog": prediction_log_pb2.PredictLog,
    "PredictionLog": prediction_log_pb2.PredictionLog,
}


def fields(descriptor):
    """Number, repetition and type of each field; enumerations count as int32, as on the wire."""
    return {
        field.name: (
            field.number,
            field.is_repeated if hasattr(field, "is_repeated") else field.label == 3,
            field.TYPE_INT32 if field.type == field.TYPE_ENUM else field.type,
            fields(field.message_type)
            if field.message_type and field.message_type.GetOptions().map_entry
            else None,
        )
        for field in descriptor.fields
    }


@pytest.mark.parametrize("name", protocol._MESSAGES)
def test_every_field_has_the_official_number_and_type(name):
    ours = fields(protocol._CLASSES[name].DESCRIPTOR)
    official = fields(OFFICIAL[name].DESCRIPTOR)
    assert ours == {field: official[field] for field in ours}


def test_a_request_reads_the_same_on_the_other_side():
    request = protocol.PredictRequest(output_filter=["image"])
    request.model_spec.name = "dgggan"
    request.model_spec.version.value = 3
    request.model_spec.signature_name = "float"
    image = np.random.default_rng(0).random((1, 2, 3, 3), np.float32)
    request.inputs["image"].CopyFrom(to_tensor(image))
    theirs = predict_pb2.PredictRequest.FromString(request.SerializeToString())
    assert theirs.model_spec.name == "dgggan"
    assert theirs.model_spec.version.value == 3
    assert list(theirs.output_filter) == ["image"]
    np.testing.assert_array_equal(tf.make_ndarray(theirs.inputs["image"]), image)
    back = protocol.PredictRequest.FromString(theirs.SerializeToString())
    np.testing.assert_array_equal(from_tensor(back.inputs["image"]), image)


def test_version_and_label_exclude_each_other_on_the_wire_as_officially():
    spec = protocol.ModelSpec(name="dgggan", version_label="stable")
    theirs = model_pb2.ModelSpec.FromString(spec.SerializeToString())
    assert theirs.WhichOneof("version_choice") == "version_label"


def test_unknown_fields_of_newer_servers_are_passed_over():
    theirs = predict_pb2.PredictRequest()
    theirs.model_spec.name = "dgggan"
    raw = theirs.SerializeToString() + b"\xfa\x07\x03new"
    assert protocol.PredictRequest.FromString(raw).model_spec.name == "dgggan"


@pytest.mark.slow
def test_official_messages_can_be_imported_after_ours():
    # That they can be before is seen in this very process.
    code = "import keras_dgggan.serving, tensorflow_serving.apis.predict_pb2"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_client_starts_without_tensorflow_or_keras():
    code = (
        "import sys; from keras_dgggan.cli import main; "
        "import keras_dgggan.serving, keras_dgggan.serving.contract, keras_dgggan.images; "
        "import keras_dgggan.cli.client, keras_dgggan.cli.serve_check; "
        "heavy = {'tensorflow', 'keras', 'jax', 'scipy', 'skimage'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
