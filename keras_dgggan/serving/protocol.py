"""The messages of TF Serving's gRPC protocol, as far as this project speaks it.

Why own definitions: the official `tensorflow-serving-api` requires all of TensorFlow, and the
packages without it are unmaintained or bring generated code that fits few protobuf releases.
The descriptors are built when this module is imported, by the protobuf library that is there,
so there is no generated code to go stale (4.25 to 7.x work). Their full names are of this
project and their descriptor pool is their own, so TensorFlow and `tensorflow-serving-api`, which
register the official messages, may be imported beside them. The wire carries numbers, not names.

Field numbers and types are those of TensorFlow's `core/framework/{tensor,tensor_shape}.proto` and
`core/protobuf/meta_graph.proto`, and of TF Serving's `apis/*.proto`. Fields left out here are
skipped when received.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PREDICT = "/tensorflow.serving.PredictionService/Predict"
GET_MODEL_METADATA = "/tensorflow.serving.PredictionService/GetModelMetadata"
GET_MODEL_STATUS = "/tensorflow.serving.ModelService/GetModelStatus"

_PACKAGE = "keras_dgggan.serving"
_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "bool": _Field.TYPE_BOOL,
    "bytes": _Field.TYPE_BYTES,
    "double": _Field.TYPE_DOUBLE,
    "float": _Field.TYPE_FLOAT,
    # Enumerations are read as their numbers, which is how they travel.
    "int32": _Field.TYPE_INT32,
    "int64": _Field.TYPE_INT64,
    "string": _Field.TYPE_STRING,
}

# message: {field: (number, type)}; `[]T` repeats T, `map T` maps strings to T.
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "Dim": {"size": (1, "int64"), "name": (2, "string")},
    "TensorShapeProto": {"dim": (2, "[]Dim"), "unknown_rank": (3, "bool")},
    "TensorProto": {
        "dtype": (1, "int32"),
        "tensor_shape": (2, "TensorShapeProto"),
        "tensor_content": (4, "bytes"),
        "float_val": (5, "[]float"),
        "double_val": (6, "[]double"),
        "int_val": (7, "[]int32"),
        "string_val": (8, "[]bytes"),
        "int64_val": (10, "[]int64"),
    },
    "TensorInfo": {
        "name": (1, "string"),
        "dtype": (2, "int32"),
        "tensor_shape": (3, "TensorShapeProto"),
    },
    "SignatureDef": {
        "inputs": (1, "map TensorInfo"),
        "outputs": (2, "map TensorInfo"),
        "method_name": (3, "string"),
    },
    "SignatureDefMap": {"signature_def": (1, "map SignatureDef")},
    "Int64Value": {"value": (1, "int64")},
    "Any": {"type_url": (1, "string"), "value": (2, "bytes")},
    "ModelSpec": {
        "name": (1, "string"),
        "version": (2, "Int64Value"),
        "signature_name": (3, "string"),
        "version_label": (4, "string"),
    },
    "PredictRequest": {
        "model_spec": (1, "ModelSpec"),
        "inputs": (2, "map TensorProto"),
        "output_filter": (3, "[]string"),
    },
    "PredictResponse": {"outputs": (1, "map TensorProto"), "model_spec": (2, "ModelSpec")},
    "GetModelMetadataRequest": {
        "model_spec": (1, "ModelSpec"),
        "metadata_field": (2, "[]string"),
    },
    "GetModelMetadataResponse": {"model_spec": (1, "ModelSpec"), "metadata": (2, "map Any")},
    "GetModelStatusRequest": {"model_spec": (1, "ModelSpec")},
    "StatusProto": {"error_code": (1, "int32"), "error_message": (2, "string")},
    "ModelVersionStatus": {
        "version": (1, "int64"),
        "state": (2, "int32"),
        "status": (3, "StatusProto"),
    },
    "GetModelStatusResponse": {"model_version_status": (1, "[]ModelVersionStatus")},
    "PredictLog": {"request": (1, "PredictRequest"), "response": (2, "PredictResponse")},
    # What a warm-up file is made of.
    "PredictionLog": {"predict_log": (6, "PredictLog")},
}


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="keras_dgggan/serving/protocol.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, type_) in fields.items():
            if type_.startswith("map "):
                entry = _map_entry(message, field)
                _add_field(entry, "key", 1, "string")
                _add_field(entry, "value", 2, type_.removeprefix("map "))
                _add_field(message, field, number, f"[]{name}.{entry.name}")
            else:
                _add_field(message, field, number, type_)
    return file


def _map_entry(
    message: descriptor_pb2.DescriptorProto, field: str
) -> descriptor_pb2.DescriptorProto:
    # protobuf finds a map's entry type by this spelling of the field's name.
    entry = message.nested_type.add(name=field.title().replace("_", "") + "Entry")
    entry.options.map_entry = True
    return entry


def _add_field(message: descriptor_pb2.DescriptorProto, name: str, number: int, type_: str) -> None:
    element = type_.removeprefix("[]")
    field = message.field.add(
        name=name,
        number=number,
        label=_Field.LABEL_OPTIONAL if element == type_ else _Field.LABEL_REPEATED,
    )
    if element in _SCALARS:
        field.type = _SCALARS[element]
    else:
        field.type = _Field.TYPE_MESSAGE
        field.type_name = f".{_PACKAGE}.{element}"


def _classes() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(_file().SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _MESSAGES
    }


_CLASSES = _classes()

TensorProto: Any = _CLASSES["TensorProto"]
SignatureDefMap: Any = _CLASSES["SignatureDefMap"]
ModelSpec: Any = _CLASSES["ModelSpec"]
PredictRequest: Any = _CLASSES["PredictRequest"]
PredictResponse: Any = _CLASSES["PredictResponse"]
GetModelMetadataRequest: Any = _CLASSES["GetModelMetadataRequest"]
GetModelMetadataResponse: Any = _CLASSES["GetModelMetadataResponse"]
GetModelStatusRequest: Any = _CLASSES["GetModelStatusRequest"]
GetModelStatusResponse: Any = _CLASSES["GetModelStatusResponse"]
PredictionLog: Any = _CLASSES["PredictionLog"]
