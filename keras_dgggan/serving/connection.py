"""Calls to one model on one server, with retries, and with errors that say what is wrong."""

import os
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import grpc
import numpy as np

from keras_dgggan.errors import ServingError, UsageError
from keras_dgggan.serving import protocol
from keras_dgggan.serving.signatures import Signature, parse_signatures
from keras_dgggan.serving.tensors import from_tensor, to_tensor

Tls: TypeAlias = bool | str | os.PathLike[str] | grpc.ChannelCredentials
Tensor = np.ndarray | list[bytes]

# A server that stops cancels what is under way; the client itself cancels nothing.
_PASSING = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
    }
)
# What a server that batches says when pictures of two sizes met in one batch.
_MIXED_BATCH = "padding is turned off"
_STATES = {10: "START", 20: "LOADING", 30: "AVAILABLE", 40: "UNLOADING", 50: "END"}
# Replies to whole pictures pass gRPC's 4 MB; the server's own limit is far above (2 GB).
_OPTIONS = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
_LONGEST_PAUSE = 8.0


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


class Connection:
    """A channel to `target`, and the calls of TF Serving's protocol on it.

    Safe to use from several threads. Every method raises `ServingError` with one sentence.

    Args:
        target: The server's gRPC address, `"host:port"`.
        model: The model's name on the server.
        version: Ask for this version; without it and `label`, for the newest one.
        label: Ask for the version that carries this label, such as `"stable"`.
        tls: True for TLS by the system's authorities, a PEM file of authorities, or credentials
            of gRPC; False for none.
        timeout: Seconds that one call may take.
        retries: How often a call is repeated after a failure that passes: UNAVAILABLE,
            DEADLINE_EXCEEDED, CANCELLED (a server that stops), or a batch of pictures of
            different sizes.
        backoff: Seconds before the first repetition; doubled before each further one.
    """

    def __init__(
        self,
        target: str,
        model: str,
        *,
        version: int | None,
        label: str | None,
        tls: Tls,
        timeout: float,
        retries: int,
        backoff: float,
    ) -> None:
        if version is not None and label is not None:
            raise UsageError(
                f"a request asks for a version or for a label, not both: "
                f"version {version}, label {label!r}"
            )
        self.target, self.model, self.tls = target, model, tls
        self.version, self.label = version, label
        self.timeout, self.retries, self.backoff = timeout, retries, backoff
        self._channel = _open_channel(target, tls)
        self._predict = self._method(protocol.PREDICT, protocol.PredictResponse)
        self._metadata = self._method(
            protocol.GET_MODEL_METADATA, protocol.GetModelMetadataResponse
        )
        self._status = self._method(protocol.GET_MODEL_STATUS, protocol.GetModelStatusResponse)

    def predict(
        self, signature: str, inputs: dict[str, Tensor], *, only: Iterable[str] = ()
    ) -> Reply:
        """Run an endpoint; with `only`, ask for these outputs alone."""
        request = protocol.PredictRequest(
            model_spec=self._model_spec(signature), output_filter=only
        )
        for name, value in inputs.items():
            request.inputs[name].CopyFrom(to_tensor(value))
        response = self._call(self._predict, request)
        outputs = {name: from_tensor(tensor) for name, tensor in response.outputs.items()}
        return Reply(outputs, response.model_spec.version.value)

    def metadata(self) -> dict[str, Signature]:
        """Return the endpoints of the model by name."""
        request = protocol.GetModelMetadataRequest(
            model_spec=self._model_spec(), metadata_field=["signature_def"]
        )
        response = self._call(self._metadata, request)
        return parse_signatures(response.metadata["signature_def"].value)

    def status(self) -> list[VersionStatus]:
        """Return the state of every version of the model that the server knows."""
        try:
            return self._status_once()
        except grpc.RpcError as error:
            raise ServingError(self._sentence(error)) from error

    def close(self) -> None:
        self._channel.close()

    def _method(self, path: str, response: Any) -> Any:
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

    def _call(self, method: Any, request: Any) -> Any:
        for repetition in range(self.retries + 1):
            try:
                return method(request, timeout=self.timeout)
            except grpc.RpcError as error:
                if not _passes(error) or repetition == self.retries:
                    raise ServingError(self._sentence(error)) from error
            # The random part spreads clients that a restarting server has all cut off at once.
            pause = min(self.backoff * 2**repetition, _LONGEST_PAUSE)
            time.sleep(pause * random.uniform(0.5, 1.0))
        raise AssertionError("the last repetition returns or raises")

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
        code, details = error.code(), _first_line(error.details() or "")
        match code:
            case grpc.StatusCode.UNAVAILABLE if "queue" in details:
                return f"the server at {self.target} has more requests than it takes: {details}"
            case grpc.StatusCode.UNAVAILABLE:
                return f"no TF Serving can be reached at {self.target} (gRPC says: {details})"
            case grpc.StatusCode.DEADLINE_EXCEEDED:
                return f"the server at {self.target} did not answer within {self.timeout:g} s"
            case grpc.StatusCode.CANCELLED:
                return f"the server at {self.target} stopped while it was at work"
            case grpc.StatusCode.NOT_FOUND:
                return self._not_found(details)
            case grpc.StatusCode.UNIMPLEMENTED:
                return f"the server at {self.target} does not speak TF Serving's gRPC protocol"
            case grpc.StatusCode.RESOURCE_EXHAUSTED if "larger than max" in details:
                return (
                    f"a message is larger than the server at {self.target} or a proxy before it "
                    f"takes: ask for smaller tiles (gRPC says: {details})"
                )
            case grpc.StatusCode.INVALID_ARGUMENT:
                return f"the server at {self.target} refuses the request: {details}"
            case _:
                return f"the server at {self.target} failed with {code.name}: {details}"

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


def _open_channel(target: str, tls: Tls) -> grpc.Channel:
    if tls is False:
        return grpc.insecure_channel(target, options=_OPTIONS)
    if tls is True:
        credentials = grpc.ssl_channel_credentials()
    elif isinstance(tls, grpc.ChannelCredentials):
        credentials = tls
    else:
        credentials = grpc.ssl_channel_credentials(Path(tls).read_bytes())
    return grpc.secure_channel(target, credentials, options=_OPTIONS)


def _passes(error: grpc.RpcError) -> bool:
    """Whether the same request may succeed a little later."""
    return error.code() in _PASSING or _MIXED_BATCH in (error.details() or "")


def _first_line(details: str) -> str:
    """Return the line of an error that tells most: an assertion's text, else the first."""
    lines = [line.strip() for line in details.splitlines() if line.strip()]
    for line in lines:
        if "assertion failed:" in line:
            return line.partition("assertion failed:")[2].replace("] [", " ").strip(" []")
    return lines[0] if lines else "nothing more"
