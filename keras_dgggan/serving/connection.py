"""Calls to one model on one server, repeated where a failure passes."""

import random
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

import grpc
import numpy as np
from google.protobuf.message import DecodeError, Message

from keras_dgggan.errors import ServingError, UsageError
from keras_dgggan.serving import protocol
from keras_dgggan.serving.address import Tls, check_target, open_channel
from keras_dgggan.serving.failures import first_line, passes, sentence
from keras_dgggan.serving.signatures import Signature, Spec, parse_signatures
from keras_dgggan.serving.tensors import declared, from_tensor, to_tensor

Tensor = np.ndarray | list[bytes]

_STATES = {10: "START", 20: "LOADING", 30: "AVAILABLE", 40: "UNLOADING", 50: "END"}
_LONGEST_PAUSE = 8.0
# A server that has answered will come back from its restart; one that never has may not exist.
RETRY_FOR, RETRY_FIRST_FOR = 120.0, 5.0
_CLOSED = "the connection was closed during a call"


@dataclass(frozen=True)
class VersionStatus:
    """What a server says of one version of a model; `state` is AVAILABLE when it answers."""

    version: int
    state: str
    error: str = ""

    def __str__(self) -> str:
        return f"{self.version} {self.state}" + (f" ({self.error})" if self.error else "")


@dataclass(frozen=True)
class Reply:
    """The outputs of one call and the version of the model that computed them."""

    outputs: dict[str, Tensor]
    version: int


@dataclass(eq=False, repr=False)
class Connection:
    """A channel to `target`, and the calls of TF Serving's protocol on it.

    Safe to use from several threads. Every method raises `ServingError` with one sentence.

    The arguments are those of `Client`. A call is repeated after failures that pass: UNAVAILABLE,
    DEADLINE_EXCEEDED, CANCELLED (a server that stops), a model that is still loading, or a batch of
    pictures of different sizes.

    Raises:
        UsageError: `target` is no gRPC address, or version and label are both given.
    """

    target: str
    model: str
    _: KW_ONLY
    version: int | None = None
    label: str | None = None
    tls: Tls = False
    timeout: float = 300.0
    retry_for: float | None = None
    retries: int | None = None
    backoff: float = 0.5

    def __post_init__(self) -> None:
        if self.version is not None and self.label is not None:
            raise UsageError(
                f"a request asks for a version or for a label, not both: "
                f"version {self.version}, label {self.label!r}"
            )
        self._has_answered = False
        self._closed = threading.Event()
        self._channel = open_channel(check_target(self.target), self.tls)
        self._predict = self._method(protocol.PREDICT, protocol.PredictResponse)
        self._metadata = self._method(
            protocol.GET_MODEL_METADATA, protocol.GetModelMetadataResponse
        )
        self._status = self._method(protocol.GET_MODEL_STATUS, protocol.GetModelStatusResponse)

    def predict(
        self,
        signature: str,
        inputs: Mapping[str, Tensor],
        *,
        only: Iterable[str] = (),
        expect: Mapping[str, Spec] | None = None,
    ) -> Reply:
        """Run an endpoint.

        Args:
            signature: The endpoint's name.
            inputs: Arrays, or lists of byte strings, by name.
            only: Ask for these outputs alone; for all where it is empty.
            expect: What outputs have to be, compared with what the reply declares before
                anything is allocated for it.

        Raises:
            ServingError: The call fails, or the reply is not as expected.
        """
        request = protocol.PredictRequest(
            model_spec=self._model_spec(signature), output_filter=only
        )
        for name, value in inputs.items():
            request.inputs[name].CopyFrom(to_tensor(value))
        response = self._call(self._predict, request)
        answered = response.model_spec.version
        if self.version is not None and answered.value not in (0, self.version):
            raise ServingError(
                f"the server at {self.target} answered with version {answered.value} of model "
                f"{self.model!r} where {self.version} was asked for"
            )
        for name, spec in (expect or {}).items():
            received = declared(response.outputs[name]) if name in response.outputs else "nothing"
            if received != spec:
                raise ServingError(
                    f"the server at {self.target} answered {received} as {name!r} where {spec} "
                    "was expected"
                )
        outputs = {name: from_tensor(tensor) for name, tensor in response.outputs.items()}
        return Reply(outputs, answered.value)

    def metadata(self) -> dict[str, Signature]:
        """Return the endpoints of the model by name."""
        request = protocol.GetModelMetadataRequest(
            model_spec=self._model_spec(), metadata_field=["signature_def"]
        )
        response = self._call(self._metadata, request)
        try:
            return parse_signatures(response.metadata["signature_def"].value)
        except DecodeError as error:
            raise ServingError(
                f"the server at {self.target} describes model {self.model!r} by what are no "
                "signatures"
            ) from error

    def status(self) -> list[VersionStatus]:
        """Return the state of every version of the model that the server knows."""
        try:
            return self._status_once()
        except grpc.RpcError as error:
            raise ServingError(self._sentence(error)) from error

    def close(self) -> None:
        """End the calls under way and close the channel."""
        self._closed.set()
        self._channel.close()

    def _method(self, path: str, response: Any) -> grpc.UnaryUnaryMultiCallable:
        return self._channel.unary_unary(
            path,
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=response.FromString,
        )

    def _model_spec(self, signature: str = "") -> Any:
        spec = protocol.ModelSpec(name=self.model, signature_name=signature)
        if self.version is not None:
            spec.version.value = self.version
        if self.label is not None:
            spec.version_label = self.label
        return spec

    def _call(self, method: grpc.UnaryUnaryMultiCallable, request: Message) -> Any:
        first_failure: float | None = None
        repetition = 0
        while not self._closed.is_set():
            try:
                response = method(request, timeout=self.timeout)
            except grpc.RpcError as error:
                failure = error
            except ValueError:
                # What gRPC raises for a channel that another thread has just closed.
                if not self._closed.is_set():
                    raise
                break
            else:
                self._has_answered = True
                return response
            first_failure = first_failure or time.monotonic()
            # The random part spreads clients that a restarting server has all cut off at once.
            pause = min(self.backoff * 2 ** min(repetition, 16), _LONGEST_PAUSE)
            pause *= random.uniform(0.5, 1.0)
            ends = first_failure + self._retry_seconds()
            is_last = repetition == self.retries or time.monotonic() + pause > ends
            if is_last or not (passes(failure) or self._is_loading(failure)):
                raise ServingError(self._sentence(failure)) from failure
            self._closed.wait(pause)
            repetition += 1
        raise ServingError(_CLOSED)

    def _retry_seconds(self) -> float:
        if self.retry_for is not None:
            return self.retry_for
        return RETRY_FOR if self._has_answered else RETRY_FIRST_FOR

    def _is_loading(self, error: grpc.RpcError) -> bool:
        """Whether a model that is not found will be: after a restart it takes time to load."""
        if error.code() is not grpc.StatusCode.NOT_FOUND:
            return False
        try:
            states = {status.state for status in self._status_once()}
        except grpc.RpcError:
            return False
        return "AVAILABLE" not in states and bool(states & {"START", "LOADING"})

    def _status_once(self) -> list[VersionStatus]:
        request = protocol.GetModelStatusRequest(model_spec=protocol.ModelSpec(name=self.model))
        response = self._status(request, timeout=self.timeout)
        return [
            VersionStatus(
                entry.version,
                _STATES.get(entry.state, "UNKNOWN"),
                entry.status.error_message if entry.status.error_code else "",
            )
            for entry in response.model_version_status
        ]

    def _sentence(self, error: grpc.RpcError) -> str:
        if self._closed.is_set():
            return _CLOSED
        if error.code() is grpc.StatusCode.NOT_FOUND:
            return self._not_found(first_line(error.details() or ""))
        return sentence(error, self.target, timeout=self.timeout, tls=self.tls is not False)

    def _not_found(self, details: str) -> str:
        asked = f"model {self.model!r}"
        try:
            known = ", ".join(str(status) for status in self._status_once())
        except grpc.RpcError:
            known = ""
        if not known:
            return f"the server at {self.target} has no {asked} (it says: {details})"
        if self.version is not None:
            asked = f"version {self.version} of {asked}"
        elif self.label is not None:
            asked = f"label {self.label!r} of {asked}"
        return f"the server at {self.target} has no {asked} ready; versions it knows: {known}"
