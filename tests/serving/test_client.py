"""Arrays and files through the client; what it says when something is wrong."""

import http.server
import io
import shutil
import threading
import time
from concurrent import futures

import grpc
import numpy as np
import pytest
import tensorflow as tf
from checks import assert_levels_agree
from PIL import Image
from serving_parts import MODEL, free_port

from keras_dgggan.errors import ServingError, UsageError
from keras_dgggan.export import MAX_PIXELS
from keras_dgggan.images import read_image
from keras_dgggan.images.channels import upscale_picture
from keras_dgggan.serving import Client, Spec


def whole(generator, image: np.ndarray) -> np.ndarray:
    """The model as `upscale_picture` calls it, in one piece."""
    return np.asarray(generator(image[None], training=False)["image"][0])


def test_status_and_metadata_are_plain_values(client):
    assert [(s.version, s.state, s.error) for s in client.status()] == [(1, "AVAILABLE", "")]
    signatures = client.metadata()
    assert set(signatures) == {"serving_default", "float", "encoded", "describe"}
    pixels = Spec("uint8", (None, None, None, 3))
    assert signatures["serving_default"].inputs == {"image": pixels}
    assert str(signatures["encoded"]) == "image_bytes string [?] -> image_bytes string [?]"
    assert (client.scale, client.max_pixels) == (4, MAX_PIXELS)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [None, 1, 2, 3, 4])
def test_a_picture_in_one_tile_equals_the_local_result(client, generator, rng, dtype, channels):
    shape = (20, 31) if channels is None else (20, 31, channels)
    image = rng.random(shape)
    if dtype is not np.float32:
        image = image * np.iinfo(dtype).max
    image = image.astype(dtype)
    expected = upscale_picture(image, lambda rgb: whole(generator, rgb), 4)
    received = client.upscale(image)
    assert received.dtype == dtype and received.shape == expected.shape
    if dtype == np.float32:
        # Under little alpha, colours are quotients of small numbers.
        np.testing.assert_allclose(received, expected, atol=2e-2 if channels in (2, 4) else 1e-5)
    else:
        most = {np.uint8: 1, np.uint16: 2}[dtype] if channels not in (2, 4) else 1000
        difference = np.abs(received.astype(int) - expected.astype(int))
        assert np.quantile(difference, 0.999) <= min(most, 2) and difference.max() <= most


def test_opaque_8_bit_colour_travels_as_8_bit_and_all_else_as_float(client, rng, monkeypatch):
    used = []
    predict = client.connection.predict

    def watched(signature, inputs, **options):
        used.append((signature, inputs["image"].dtype.name))
        return predict(signature, inputs, **options)

    _ = client.scale
    monkeypatch.setattr(client.connection, "predict", watched)
    rgb = rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)
    client.upscale(rgb)
    client.upscale(rgb[..., 0])
    client.upscale(rgb.astype(np.uint16) * 257)
    assert used == [("serving_default", "uint8")] + [("float", "float32")] * 2
    used.clear()
    # Alpha is gray.
    client.upscale(np.dstack([rgb, np.maximum(rgb[..., 0], 1)]))
    assert used == [("serving_default", "uint8"), ("float", "float32")]


def test_tiles_come_close_to_the_whole_picture(client, generator, rng):
    image = rng.integers(0, 256, (100, 130, 3), dtype=np.uint8)
    tiled = client.upscale(image).astype(float)
    untiled = upscale_picture(image, lambda rgb: whole(generator, rgb), 4).astype(float)
    # Not equal, because of squeeze-and-excitation; random weights are far from a trained model.
    assert np.abs(tiled - untiled).mean() < 2


def test_without_tiles_a_picture_equals_the_local_result(double, generator, rng):
    image = rng.integers(0, 256, (100, 200, 3), dtype=np.uint8)
    with Client(double.target, MODEL) as client:
        received = client.upscale(image)
    expected = upscale_picture(image, lambda rgb: whole(generator, rgb), 4)
    assert np.abs(received.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_files_keep_depth_alpha_and_resolution(client, tmp_path, rng, suffix):
    from keras_dgggan.images import Picture, write_image

    source, target = tmp_path / f"a b[1]{suffix}", tmp_path / f"ü{suffix}"
    pixels = rng.integers(0, 65536, (12, 15, 4), dtype=np.uint16)
    write_image(Picture(pixels, dpi=(300.0, 300.0)), source)
    client.upscale_file(source, target)
    result = read_image(target)
    assert result.pixels.shape == (48, 60, 4) and result.pixels.dtype == np.uint16
    assert len(np.unique(result.pixels)) > 256
    assert result.dpi == pytest.approx((300, 300), abs=0.1)


def test_pictures_are_sent_upright(client, generator, rng):
    image = Image.fromarray(rng.integers(0, 256, (10, 16, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    source, target = io.BytesIO(), io.BytesIO()
    image.save(source, "PNG", exif=exif)
    client.upscale_file(source.getvalue(), target, format="png")
    result = Image.open(io.BytesIO(target.getvalue()))
    assert result.size == (40, 64)
    assert result.getexif().get(0x0112, 1) == 1
    expected = client.upscale(np.asarray(image.rotate(-90, expand=True)))
    assert_levels_agree(np.asarray(result), expected)


def test_options_that_contradict_are_refused():
    with pytest.raises(UsageError, match="version or for a label, not both"):
        Client("127.0.0.1:1", MODEL, version=1, label="stable")
    with pytest.raises(UsageError, match="less than the tile"):
        Client("127.0.0.1:1", MODEL, tile=32, overlap=32)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("http://localhost:8501", "localhost:8500 (8501 is TF Serving's REST port)"),
        ("https://gpu.example/v1/models", "gpu.example:8500"),
        ("localhost", "localhost:8500"),
        ("localhost:8500/v1", "localhost:8500"),
        ("gpu:99999", "gpu:8500"),
        ("grpc://gpu:9000", "gpu:9000"),
        ("", "localhost:8500"),
    ],
)
def test_what_is_no_grpc_address_is_answered_with_one(wrong, right):
    with pytest.raises(UsageError, match="gRPC address HOST:PORT") as caught:
        Client(wrong, MODEL)
    assert f"like {right}" in str(caught.value) and repr(wrong) in str(caught.value)


@pytest.mark.parametrize(
    "target", ["gpu.example:8500", "[::1]:8500", "unix:/run/tfs", "dns:///a:1"]
)
def test_grpc_addresses_are_taken(target):
    Client(target, MODEL).close()


IMAGE = np.zeros((8, 8, 3), np.uint8)


def sentence(*arguments, **options) -> str:
    client = Client(*arguments, **{"backoff": 0.01, "retry_for": 2, **options})
    with client, pytest.raises(ServingError) as caught:
        client.upscale(IMAGE)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_no_server():
    target = f"127.0.0.1:{free_port()}"
    assert f"no TF Serving can be reached at {target}" in sentence(target, MODEL, retry_for=0.1)


def test_an_unknown_model(double):
    assert f"the server at {double.target} has no model 'other'" in sentence(double.target, "other")


def test_a_version_that_is_not_there(double):
    text = sentence(double.target, MODEL, version=7)
    assert "has no version 7 of model 'small' ready; versions it knows: 1 AVAILABLE" in text


def test_a_label_is_sent(serve, model_folder):
    double = serve(model_folder)
    double.models.labels["stable"] = 1
    with Client(double.target, MODEL, label="stable") as client:
        assert client.upscale(IMAGE).shape == (32, 32, 3)
    assert "Unrecognized servable version label: canary" in sentence(
        double.target, MODEL, label="canary"
    )


def test_another_kind_of_model(serve, tmp_path):
    module = tf.Module()
    spec = tf.TensorSpec([None, 4], tf.float32, name="x")
    module.f = tf.function(lambda x: {"y": x + 1}, input_signature=[spec])
    tf.saved_model.save(
        module, str(tmp_path / "other" / "1"), signatures={"serving_default": module.f}
    )
    double = serve(tmp_path / "other")
    text = sentence(double.target, "other")
    assert "was not exported by `keras-dgggan export`" in text
    assert "x float32 [?, 4] -> y float32 [?, 4]" in text


def test_a_message_too_large_for_the_server(serve, model_folder):
    small = serve(model_folder, options=[("grpc.max_receive_message_length", 5000)])
    with Client(small.target, MODEL) as client, pytest.raises(ServingError) as caught:
        client.upscale(np.zeros((100, 100, 3), np.uint8))
    assert "smaller tiles" in str(caught.value)


def test_a_picture_over_the_models_limit(double):
    with Client(double.target, MODEL, tile=2000) as client, pytest.raises(ServingError) as caught:
        client.upscale(np.zeros((1100, 1000, 3), np.uint8))
    expected = f"refuses the request: The picture has more than {MAX_PIXELS} pixels"
    assert expected in str(caught.value)


class Rude(grpc.GenericRpcHandler):
    """Answers every call with a status, or not in time; counts the calls."""

    def __init__(
        self, code: grpc.StatusCode, details: str = "on purpose", *, delay: float = 0
    ) -> None:
        self.code, self.details, self.delay, self.calls = code, details, delay, 0

    def service(self, call):
        def answer(request, context):
            self.calls += 1
            time.sleep(self.delay)
            context.abort(self.code, self.details)

        return grpc.unary_unary_rpc_method_handler(answer)


@pytest.fixture
def rude_server():
    servers = []

    def start(*handlers) -> str:
        server = grpc.server(futures.ThreadPoolExecutor(4), handlers=handlers)
        servers.append(server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        return f"127.0.0.1:{port}"

    yield start
    for server in servers:
        server.stop(None)


@pytest.mark.parametrize(
    ("code", "calls"), [(grpc.StatusCode.UNAVAILABLE, 4), (grpc.StatusCode.INTERNAL, 1)]
)
def test_only_passing_failures_are_repeated(rude_server, code, calls):
    rude = Rude(code)
    sentence(rude_server(rude), MODEL, retries=3)
    assert rude.calls == calls


def test_a_batch_of_mixed_sizes_is_repeated_and_a_full_queue_named(rude_server):
    mixed = Rude(
        grpc.StatusCode.FAILED_PRECONDITION,
        "Tensors with name 'image:0' from different tasks have different shapes and padding is "
        "turned off.",
    )
    sentence(rude_server(mixed), MODEL, retries=2)
    assert mixed.calls == 3
    full = Rude(grpc.StatusCode.UNAVAILABLE, "The batch scheduling queue is full")
    assert "more requests than it takes" in sentence(rude_server(full), MODEL, retries=0)


def test_a_server_that_does_not_answer_in_time(rude_server):
    rude = Rude(grpc.StatusCode.INTERNAL, delay=0.5)
    text = sentence(rude_server(rude), MODEL, retries=1, timeout=0.1)
    assert "did not answer within 0.1 s" in text
    assert rude.calls == 2


def test_a_call_is_repeated_until_its_time_is_over(rude_server):
    rude = Rude(grpc.StatusCode.UNAVAILABLE)
    sentence(rude_server(rude), MODEL, retry_for=0.5)
    # Pauses of 0.01, 0.02, ... s, each shortened to no less than its half.
    assert 5 <= rude.calls <= 8
    rude.calls = 0
    sentence(rude_server(rude), MODEL, retry_for=0)
    assert rude.calls == 1


def test_closing_ends_a_call_that_waits_for_its_repetition(rude_server):
    client = Client(rude_server(Rude(grpc.StatusCode.UNAVAILABLE)), MODEL, backoff=60, retry_for=99)
    with futures.ThreadPoolExecutor(1) as pool:
        call = pool.submit(client.upscale, IMAGE)
        time.sleep(0.2)
        client.close()
        with pytest.raises(ServingError, match="closed"):
            call.result(timeout=10)


def test_a_server_of_something_else(rude_server):
    assert "does not speak TF Serving's gRPC protocol" in sentence(rude_server(), MODEL)


def test_a_rest_port_is_recognised():
    handler = http.server.BaseHTTPRequestHandler
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        text = sentence(f"127.0.0.1:{server.server_port}", MODEL, retry_for=0)
        server.shutdown()
    assert "that is no gRPC port: TF Serving's is 8500, and 8501 is REST" in text


def test_tiles_of_different_versions_are_never_mixed(serve, plain_versions, tmp_path, rng):
    folder = tmp_path / MODEL
    shutil.copytree(plain_versions / "1", folder / "1")
    shutil.copytree(plain_versions / "2", tmp_path / "2")
    double = serve(folder)
    image = rng.integers(0, 256, (60, 60, 3), dtype=np.uint8)
    switched = []

    def switch(part: float) -> None:
        if not switched:
            switched.append((tmp_path / "2").rename(folder / "2"))
            while max(double.models._versions) != 2:
                time.sleep(0.01)

    with Client(double.target, MODEL, tile=32, overlap=8, in_flight=1) as client:
        before = client.upscale(image)
        during = client.upscale(image, report=switch)
        after = client.upscale(image)
    assert switched
    assert np.abs(before.astype(int) - after).max() > 10
    assert_levels_agree(during, after)


def test_tls_trusts_the_given_authority_and_no_other(serve, model_folder, certificate, tmp_path):
    key, cert = (certificate / name for name in ("key.pem", "cert.pem"))
    pair = (key.read_bytes(), cert.read_bytes())
    double = serve(model_folder, credentials=grpc.ssl_server_credentials([pair]))
    with Client(double.target, MODEL, tls=cert) as client:
        assert client.upscale(IMAGE).shape == (32, 32, 3)
    # Faults that time does not mend: nothing is repeated.
    untrusted = sentence(double.target, MODEL, tls=True, retry_for=60, backoff=30)
    assert untrusted.startswith(f"the certificate of the server at {double.target} is not trusted")
    assert "a server that requires TLS (--tls) does so" in sentence(
        double.target, MODEL, tls=False, retry_for=0
    )
    named = double.target.replace("127.0.0.1", "localhost")
    assert "is for another host name" in sentence(named, MODEL, tls=cert, retry_for=60, backoff=30)
    (tmp_path / "no.pem").write_text("no certificate")
    assert "are no PEM" in sentence(double.target, MODEL, tls=tmp_path / "no.pem", retry_for=60)
    demanding = grpc.ssl_server_credentials([pair], pair[1], require_client_auth=True)
    server = serve(model_folder, credentials=demanding)
    assert "requires a client certificate" in sentence(server.target, MODEL, tls=cert, retry_for=0)


def test_tls_to_a_server_without_it(double, certificate):
    text = sentence(double.target, MODEL, tls=certificate / "cert.pem", retry_for=60, backoff=30)
    assert "does not use TLS: leave it out" in text
