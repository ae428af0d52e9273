"""A stand-in for a model server: the official servicer classes over a loaded SavedModel.

It speaks TF Serving's gRPC protocol and follows its version policy (poll the folder, load the
newest version, then drop the one before), but it is not TF Serving: it does no batching and runs
the graph through TensorFlow's Python. Run as a program it serves until it is ended:

    python protocol_double.py FOLDER --port 8500 [--encoding content|typed]
"""

import argparse
import functools
import os
import sys
import threading
import time
from concurrent import futures
from pathlib import Path
from types import TracebackType
from typing import Any, Self

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import grpc
import numpy as np
import tensorflow as tf
from google.protobuf import any_pb2
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

AVAILABLE = get_model_status_pb2.ModelVersionStatus.AVAILABLE
END = get_model_status_pb2.ModelVersionStatus.END


class Refused(Exception):
    """A request to be answered with a status other than OK."""

    def __init__(self, code: grpc.StatusCode, details: str) -> None:
        super().__init__(details)
        self.code, self.details = code, details


@functools.cache
def load(folder: str) -> Any:
    """A version never changes, and loading takes seconds: doubles share what is loaded."""
    return tf.saved_model.load(folder)


class Version:
    """One loaded version and the signatures that its file declares."""

    def __init__(self, folder: Path) -> None:
        file = (folder / "saved_model.pb").read_bytes()
        (graph,) = saved_model_pb2.SavedModel.FromString(file).meta_graphs
        self.number = int(folder.name)
        self.definitions = graph.signature_def
        self.model = load(str(folder))


class Models:
    """The versions of one model below a folder, the newest of which is served."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.labels: dict[str, int] = {}
        self.seen_broken: list[str] = []
        self._folder = folder
        self._versions: dict[int, Version] = {}
        self._ended: set[int] = set()
        self.poll()

    def poll(self) -> None:
        numbers = [int(p.name) for p in self._folder.iterdir() if p.name.isdecimal()]
        newest = max(numbers, default=None)
        if newest is None or newest in self._versions:
            return
        try:
            version = Version(self._folder / str(newest))
        except Exception as error:
            self.seen_broken.append(f"{newest}: {error}")
            return
        before, self._versions = self._versions, {newest: version}
        self._ended |= set(before)

    def choose(self, spec: Any) -> Version:
        if spec.name != self.name:
            raise Refused(
                grpc.StatusCode.NOT_FOUND,
                f"Servable not found for request: Latest({spec.name})",
            )
        versions = self._versions
        wanted = max(versions)
        if spec.version_label:
            if spec.version_label not in self.labels:
                raise Refused(
                    grpc.StatusCode.INVALID_ARGUMENT,
                    f"Unrecognized servable version label: {spec.version_label}",
                )
            wanted = self.labels[spec.version_label]
        elif spec.HasField("version"):
            wanted = spec.version.value
        if wanted not in versions:
            raise Refused(
                grpc.StatusCode.NOT_FOUND,
                f"Servable not found for request: Specific({spec.name}, {wanted})",
            )
        return versions[wanted]

    def states(self, spec: Any) -> list[tuple[int, int]]:
        if spec.name != self.name:
            raise Refused(
                grpc.StatusCode.NOT_FOUND,
                f"Could not find any versions of model {spec.name}",
            )
        states = dict.fromkeys(self._ended, END) | dict.fromkeys(self._versions, AVAILABLE)
        if spec.HasField("version"):
            wanted = spec.version.value
            if wanted not in states:
                raise Refused(
                    grpc.StatusCode.NOT_FOUND,
                    f"Could not find version {wanted} of model {spec.name}",
                )
            return [(wanted, states[wanted])]
        return sorted(states.items(), reverse=True)


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, models: Models, encoding: str) -> None:
        self._models, self._encoding = models, encoding

    def Predict(self, request: Any, context: grpc.ServicerContext) -> Any:
        return _answered(context, lambda: self._predict(request))

    def GetModelMetadata(self, request: Any, context: grpc.ServicerContext) -> Any:
        return _answered(context, lambda: self._metadata(request))

    def _predict(self, request: Any) -> Any:
        version = self._models.choose(request.model_spec)
        name = request.model_spec.signature_name or "serving_default"
        if name not in version.definitions:
            raise Refused(
                grpc.StatusCode.FAILED_PRECONDITION,
                f'Serving signature key "{name}" not found.',
            )
        declared = version.definitions[name]
        if set(request.inputs) != set(declared.inputs):
            raise Refused(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"input names {sorted(request.inputs)} are not {sorted(declared.inputs)}",
            )
        inputs = {key: self._input(declared.inputs[key], t) for key, t in request.inputs.items()}
        outputs = version.model.signatures[name](**inputs)
        response = predict_pb2.PredictResponse()
        response.model_spec.name = self._models.name
        response.model_spec.version.value = version.number
        response.model_spec.signature_name = name
        for key in request.output_filter or outputs:
            if key not in outputs:
                raise Refused(
                    grpc.StatusCode.INVALID_ARGUMENT, f"output tensor alias not found: {key}"
                )
            response.outputs[key].CopyFrom(self._output(outputs[key].numpy()))
        return response

    def _input(self, declared: Any, tensor: Any) -> Any:
        value = tf.make_ndarray(tensor)
        shape = tf.TensorShape(declared.tensor_shape)
        if tensor.dtype != declared.dtype or not shape.is_compatible_with(value.shape):
            raise Refused(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"input of type {tensor.dtype} and shape {value.shape} where type "
                f"{declared.dtype} and shape {shape} are expected",
            )
        return tf.constant(value)

    def _output(self, value: np.ndarray) -> Any:
        if self._encoding == "content" or value.dtype == object:
            return tf.make_tensor_proto(value)
        tensor = tf.make_tensor_proto(np.zeros(0, value.dtype))
        tensor.tensor_content = b""
        tensor.tensor_shape.CopyFrom(tf.TensorShape(value.shape).as_proto())
        fields = {"uint8": tensor.int_val, "int64": tensor.int64_val, "float32": tensor.float_val}
        field = fields[value.dtype.name]
        field.extend(value.ravel().tolist())
        return tensor

    def _metadata(self, request: Any) -> Any:
        version = self._models.choose(request.model_spec)
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        response.model_spec.name = self._models.name
        response.model_spec.version.value = version.number
        definitions = get_model_metadata_pb2.SignatureDefMap()
        for key, definition in version.definitions.items():
            definitions.signature_def[key].CopyFrom(definition)
        packed = any_pb2.Any()
        packed.Pack(definitions)
        response.metadata["signature_def"].CopyFrom(packed)
        return response


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, models: Models) -> None:
        self._models = models

    def GetModelStatus(self, request: Any, context: grpc.ServicerContext) -> Any:
        return _answered(context, lambda: self._status(request))

    def _status(self, request: Any) -> Any:
        response = get_model_status_pb2.GetModelStatusResponse()
        for number, state in self._models.states(request.model_spec):
            response.model_version_status.add(version=number, state=state)
        return response


class Double:
    """The stand-in, bound to loopback; use as a context manager.

    Args:
        folder: A model's folder with numbered versions.
        port: The port; 0 takes a free one.
        encoding: `"content"` answers in `tensor_content`, `"typed"` in typed fields, as TF
            Serving does by default.
        options: gRPC server options; none are gRPC's defaults, 4 MB a request among them.
        credentials: For TLS.
        poll: Seconds between looks at the folder.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        encoding: str = "content",
        options: list[tuple[str, Any]] | None = None,
        credentials: grpc.ServerCredentials | None = None,
        poll: float = 0.02,
    ) -> None:
        self.models = Models(folder)
        self._server = grpc.server(futures.ThreadPoolExecutor(16), options=options)
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            PredictionService(self.models, encoding), self._server
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(
            ModelService(self.models), self._server
        )
        address = f"127.0.0.1:{port}"
        bound = (
            self._server.add_secure_port(address, credentials)
            if credentials
            else self._server.add_insecure_port(address)
        )
        self.target = f"127.0.0.1:{bound}"
        self._poll, self._ended = poll, threading.Event()
        self._poller = threading.Thread(target=self._keep_polling, daemon=True)

    def __enter__(self) -> Self:
        self._server.start()
        self._poller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._server.stop(None).wait()
        self._poller.join()

    def _keep_polling(self) -> None:
        while not self._ended.wait(self._poll):
            self.models.poll()


def _answered(context: grpc.ServicerContext, answer: Any) -> Any:
    try:
        return answer()
    except Refused as refused:
        context.abort(refused.code, refused.details)
    except tf.errors.InvalidArgumentError as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve a SavedModel as TF Serving would.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--encoding", choices=["content", "typed"], default="content")
    options = parser.parse_args()
    with Double(options.folder, port=options.port, encoding=options.encoding) as double:
        print(double.target, flush=True)
        # Ends with the program that started it, even one that was killed.
        while sys.stdin.readline():
            time.sleep(0.01)


if __name__ == "__main__":
    main()
