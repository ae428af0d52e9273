"""Servers to test against: a real TF Serving where there is one, and the protocol double."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import pytest
from serving_parts import MODEL, NO_DOUBLE, free_port, plain_network, small_generator

from keras_dgggan.errors import ServingError
from keras_dgggan.export import export_saved_model
from keras_dgggan.serving import Client

NOT_TESTED = (
    "real TF Serving not tested: TFS_ENDPOINT is not set, and there is no tensorflow_model_server "
    "on PATH"
)


@dataclass(frozen=True)
class Endpoint:
    target: str
    model: str


@pytest.fixture(scope="session")
def generator() -> keras.Model:
    return small_generator()


@pytest.fixture(scope="session")
def model_folder(generator: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved_models") / MODEL
    export_saved_model(generator, folder)
    return folder


@pytest.fixture(scope="session")
def plain_versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with versions 1 and 2 of a model that takes little time."""
    folder = tmp_path_factory.mktemp("plain") / MODEL
    for seed in (1, 2):
        export_saved_model(plain_network(seed), folder)
    return folder


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., Any]]:
    """Start a protocol double for the rest of the session: `serve(folder, **options)`."""
    pytest.importorskip("tensorflow_serving", reason=NO_DOUBLE)
    from protocol_double import Double

    with ExitStack() as stack:
        yield lambda folder, **options: stack.enter_context(Double(folder, **options))


@pytest.fixture(scope="session")
def double(serve: Callable[..., Any], model_folder: Path) -> Any:
    return serve(model_folder)


@pytest.fixture
def client(double: Any) -> Iterator[Client]:
    with Client(double.target, MODEL, tile=48, overlap=12) as client:
        yield client


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key and a self-signed certificate for loopback."""
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
               "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
               "-keyout", "key.pem", "-out", "cert.pem"]  # fmt: skip
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed: TLS not tested")
    return folder


@pytest.fixture(
    scope="session",
    params=[
        # Few machines have one: among the slow tests it says so.
        pytest.param("tf_serving", marks=pytest.mark.slow),
        "double_content",
        "double_typed",
    ],
)
def endpoint(request: pytest.FixtureRequest, model_folder: Path) -> Iterator[Endpoint]:
    """A real server named by TFS_ENDPOINT (and TFS_MODEL), else one that is started, or a double.

    The double answers in each of the two encodings of tensors.
    """
    if request.param != "tf_serving":
        serve = request.getfixturevalue("serve")
        double = serve(model_folder, encoding=request.param.removeprefix("double_"))
        yield Endpoint(double.target, MODEL)
    elif target := os.environ.get("TFS_ENDPOINT"):
        yield Endpoint(target, os.environ.get("TFS_MODEL", "dgggan"))
    elif program := shutil.which("tensorflow_model_server"):
        yield from _tf_serving(program, model_folder)
    else:
        pytest.skip(NOT_TESTED)


def _tf_serving(program: str, folder: Path) -> Iterator[Endpoint]:
    port = free_port()
    server = subprocess.Popen(
        [program, f"--port={port}", f"--model_name={MODEL}", f"--model_base_path={folder}"]
    )
    try:
        endpoint = Endpoint(f"127.0.0.1:{port}", MODEL)
        wait_until_available(endpoint, seconds=120)
        yield endpoint
    finally:
        server.terminate()
        server.wait(30)


def wait_until_available(endpoint: Endpoint, *, seconds: float) -> None:
    end = time.monotonic() + seconds
    with Client(endpoint.target, endpoint.model) as client:
        while True:
            try:
                if any(status.state == "AVAILABLE" for status in client.status()):
                    return
            except ServingError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.1)
