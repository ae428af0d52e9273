"""Large pictures, many clients, servers that die, versions that change."""

import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import numpy as np
import pytest
from checks import assert_levels_agree
from serving_parts import MODEL, NO_DOUBLE, free_port, plain_network

from keras_dgggan.errors import ServingError
from keras_dgggan.export import export_saved_model
from keras_dgggan.serving import Client

PROGRAM = Path(__file__).with_name("protocol_double.py")


@pytest.mark.slow
def test_a_large_picture_passes_a_server_with_default_limits(serve, plain_versions, rng):
    double = serve(plain_versions)
    small = rng.integers(0, 256, (150, 200, 3), dtype=np.uint8)
    image = small.repeat(10, axis=0).repeat(10, axis=1)
    with Client(double.target, MODEL, tile=192) as client:
        result = client.upscale(image)
        corner = client.upscale(image[:192, :192])
    assert result.shape == (6000, 8000, 3)
    # The part of the first tile that no other overlaps.
    assert_levels_agree(result[:576, :576], corner[:576, :576])


def test_sixteen_clients_at_a_time_each_get_their_own_answer(double):
    images = [
        np.random.default_rng(seed).integers(0, 256, (12 + seed % 4, 20, 3), dtype=np.uint8)
        for seed in range(16)
    ]
    with Client(double.target, MODEL) as client:
        expected = [client.upscale(image) for image in images]

    def ask(index: int) -> int:
        with Client(double.target, MODEL) as client:
            for turn in range(6):
                at = (index + turn) % len(images)
                assert_levels_agree(client.upscale(images[at]), expected[at])
        return 6

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(ask, range(16))) == 96


def test_bad_requests_among_good_ones_disturb_nobody(double, rng):
    image = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    with Client(double.target, MODEL) as client:
        expected = client.upscale(image)

        def ask(index: int) -> None:
            if index % 2:
                with pytest.raises(ServingError, match="refuses the request"):
                    client.connection.predict("encoded", {"image_bytes": [b"garbage"]})
            else:
                assert_levels_agree(client.upscale(image), expected)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(ask, range(40)))


@pytest.fixture
def killable(model_folder):
    """A double in a process of its own, and its address."""
    pytest.importorskip("tensorflow_serving", reason=NO_DOUBLE)
    server = subprocess.Popen(
        [sys.executable, str(PROGRAM), str(model_folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    yield server, server.stdout.readline().strip()
    server.kill()
    server.communicate()


@pytest.mark.slow
def test_a_server_killed_in_the_middle_leaves_no_output(killable, tmp_path, rng):
    from keras_dgggan.images import Picture, write_image

    server, target = killable
    source, output = tmp_path / "in.png", tmp_path / "out"
    output.mkdir()
    write_image(Picture(rng.integers(0, 256, (300, 300, 3), dtype=np.uint8)), source)
    options = {"tile": 32, "overlap": 8, "retry_for": 0.3, "backoff": 0.05}
    parts = []

    def kill(part: float) -> None:
        parts.append(part)
        server.kill()

    client = Client(target, MODEL, **options)
    with client, pytest.raises(ServingError, match="can be reached"):
        client.upscale_file(source, output / "out.png", report=kill)
    assert 0 < parts[-1] < 1
    assert list(output.iterdir()) == []


@pytest.mark.slow
def test_work_goes_on_after_the_server_is_back(serve, model_folder, rng):
    from protocol_double import Double

    port = free_port()
    image = rng.integers(0, 256, (60, 60, 3), dtype=np.uint8)
    first = Double(model_folder, port=port)
    first.__enter__()
    stopped = []

    def stop(part: float) -> None:
        if not stopped:
            first.__exit__(None, None, None)
            # Longer than all the pauses of a client that gives up after a few repetitions.
            threading.Timer(2.5, lambda: stopped.append(serve(model_folder, port=port))).start()
            stopped.append(first)

    with Client(first.target, MODEL, tile=32, overlap=8, backoff=0.05) as client:
        result = client.upscale(image, report=stop)
        assert len(stopped) == 2
        assert_levels_agree(result, client.upscale(image))


@pytest.mark.slow
def test_a_new_version_takes_over_without_a_failed_request(serve, plain_versions, tmp_path, rng):
    folder = tmp_path / MODEL
    shutil.copytree(plain_versions / "1", folder / "1")
    double = serve(folder, poll=0.001)
    image = rng.integers(0, 256, (16, 20, 3), dtype=np.uint8)
    ended = threading.Event()

    def ask() -> set[int]:
        versions = set()
        with Client(double.target, MODEL, retries=0) as client:
            while not ended.is_set():
                reply = client.connection.predict("serving_default", {"image": image[None]})
                assert reply.outputs["image"].shape == (1, 64, 80, 3)
                versions.add(reply.version)
                ended.wait(0.02)
        return versions

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        try:
            export_saved_model(plain_network(2), folder)
            with Client(double.target, MODEL) as client:
                while client.status()[0].version != 2:
                    ended.wait(0.01)
                client.upscale(image)
            ended.wait(0.2)
        finally:
            ended.set()
        assert [call.result() for call in asking] == [{1, 2}] * 2
    assert double.models.seen_broken == []
    assert [(s.version, s.state) for s in Client(double.target, MODEL).status()] == [
        (2, "AVAILABLE"),
        (1, "END"),
    ]


def test_a_request_that_a_stopping_server_cancels_is_sent_again(serve, model_folder, monkeypatch):
    class Cancelled(grpc.RpcError):
        def code(self):
            return grpc.StatusCode.CANCELLED

        def details(self):
            return "CANCELLED"

    double = serve(model_folder)
    image = np.zeros((8, 8, 3), np.uint8)
    with Client(double.target, MODEL, retries=1, backoff=0.01) as client:
        expected = client.upscale(image)
        predict, calls = client.connection._predict, []

        def once_cancelled(request, timeout):
            calls.append(request)
            if len(calls) == 1:
                raise Cancelled
            return predict(request, timeout=timeout)

        monkeypatch.setattr(client.connection, "_predict", once_cancelled)
        assert_levels_agree(client.upscale(image), expected)
        assert len(calls) == 2
