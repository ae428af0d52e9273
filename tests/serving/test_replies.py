"""Replies that no server should give: each is told in one sentence, before it does harm.

The server here is a bare gRPC one that answers whatever a test puts into it.
"""

from collections.abc import Callable, Iterator
from concurrent import futures

import grpc
import numpy as np
import pytest

from keras_dgggan.errors import ServingError
from keras_dgggan.serving import Client, protocol
from keras_dgggan.serving.signatures import DESCRIBE, DESCRIPTION, REQUIRED
from keras_dgggan.serving.tensors import DTYPE_NAMES, to_tensor

IMAGE = np.full((6, 5, 3), 9, np.uint8)
NUMBERS = {name: number for number, name in DTYPE_NAMES.items()}


def metadata(endpoints) -> bytes:
    """The reply that describes these signatures."""
    definitions = protocol.SignatureDefMap()
    for name, signature in endpoints.items():
        definition = definitions.signature_def[name]
        for side in ("inputs", "outputs"):
            for key, spec in getattr(signature, side).items():
                info = getattr(definition, side)[key]
                info.dtype = NUMBERS[spec.dtype]
                for size in spec.shape:
                    info.tensor_shape.dim.add(size=-1 if size is None else size)
    reply = protocol.GetModelMetadataResponse()
    reply.metadata["signature_def"].value = definitions.SerializeToString()
    return reply.SerializeToString()


class Scripted(grpc.GenericRpcHandler):
    """A server's answers; the pictures are enlarged by repeating pixels."""

    def __init__(self) -> None:
        self.description = metadata({**REQUIRED, DESCRIBE: DESCRIPTION})
        self.max_pixels, self.version = 40, 1
        self.asked: list[tuple[int, ...]] = []
        self.change: Callable[[np.ndarray], object] = lambda image: image
        self.raw: bytes | None = None

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        answer = self._predict if call.method == protocol.PREDICT else self._describe
        return grpc.unary_unary_rpc_method_handler(answer)

    def _describe(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        return self.description

    def _predict(self, packed: bytes, context: grpc.ServicerContext) -> bytes:
        request = protocol.PredictRequest.FromString(packed)
        reply = protocol.PredictResponse()
        reply.model_spec.version.value = self.version
        if request.model_spec.signature_name == DESCRIBE:
            limit = np.full(1, self.max_pixels, np.int64)
            reply.outputs["max_pixels"].CopyFrom(to_tensor(limit))
            return reply.SerializeToString()
        tensor = request.inputs["image"]
        shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
        image = np.frombuffer(tensor.tensor_content, DTYPE_NAMES[tensor.dtype]).reshape(shape)
        large = image.repeat(2, axis=1).repeat(2, axis=2)
        if shape == (1, 8, 8, 3):
            reply.outputs["image"].CopyFrom(to_tensor(large))
            return reply.SerializeToString()
        self.asked.append(shape[1:3])
        if self.raw is not None:
            return self.raw
        changed = self.change(large)
        if isinstance(changed, np.ndarray):
            changed = to_tensor(changed)
        reply.outputs["image"].CopyFrom(changed)
        return reply.SerializeToString()


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def target(scripted: Scripted) -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[scripted])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None)


def sentence(target: str, image: np.ndarray = IMAGE, **options) -> str:
    with Client(target, "m", retry_for=0, **options) as client:
        with pytest.raises(ServingError) as caught:
            client.upscale(image)
        # What is broken is the answer: the next one may be right.
        assert client.scale == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_pictures_up_to_the_servers_limit_are_sent_whole_and_others_in_fitting_tiles(
    scripted, target
):
    with Client(target, "m") as client:
        assert (client.scale, client.max_pixels) == (2, 40)
        np.testing.assert_array_equal(client.upscale(IMAGE), IMAGE.repeat(2, 0).repeat(2, 1))
        assert scripted.asked == [(6, 5)]
        scripted.asked.clear()
        assert client.upscale(np.zeros((20, 30, 3), np.uint8)).shape == (40, 60, 3)
        assert len(scripted.asked) > 6 and set(scripted.asked) == {(6, 6)}
        scripted.asked.clear()
    with Client(target, "m", tile=4, overlap=1) as client:
        client.upscale(IMAGE)
        assert set(scripted.asked) == {(4, 4)}


def test_a_server_that_states_no_limit_gets_tiles(scripted, target):
    scripted.description = metadata(REQUIRED)
    with Client(target, "m") as client:
        assert client.max_pixels is None
        client.upscale(np.zeros((100, 200, 3), np.uint8))
    assert set(scripted.asked) == {(100, 192)}


def test_another_dtype_is_no_picture(scripted, target):
    scripted.change = lambda image: image.astype(np.float32)
    text = sentence(target)
    assert "answered float32 [1, 12, 10, 3] as 'image' where uint8 [1, 12, 10, 3]" in text


def test_another_shape_is_no_picture(scripted, target):
    scripted.change = lambda image: image[:, :-1]
    assert "answered uint8 [1, 11, 10, 3] as 'image'" in sentence(target)


def test_a_declared_size_is_checked_before_anything_is_allocated(scripted, target):
    def endless(image: np.ndarray) -> object:
        tensor = protocol.TensorProto(dtype=NUMBERS["uint8"], int_val=[0])
        for size in (1, 200_000, 200_000, 3):
            tensor.tensor_shape.dim.add(size=size)
        return tensor

    scripted.change = endless
    assert "answered uint8 [1, 200000, 200000, 3] as 'image'" in sentence(target)
    # A caller that expects nothing certain is safe as well.
    refused = pytest.raises(ServingError, match="with 1 values for a tensor of shape")
    with Client(target, "m", retry_for=0) as client, refused:
        client.connection.predict("serving_default", {"image": IMAGE[None]})


def test_a_missing_output_is_named(scripted, target):
    scripted.raw = protocol.PredictResponse().SerializeToString()
    assert "answered nothing as 'image'" in sentence(target)


def test_numbers_that_are_not_finite_are_no_picture(scripted, target):
    scripted.change = lambda image: np.full_like(image, np.nan)
    assert "pixels that are not finite" in sentence(target, IMAGE.astype(np.float32) / 255)


def test_another_version_than_the_one_asked_for_is_refused(scripted, target):
    scripted.version = 3
    with Client(target, "m", version=2) as client, pytest.raises(ServingError) as caught:
        client.upscale(IMAGE)
    assert "answered with version 3 of model 'm' where 2 was asked for" in str(caught.value)


def test_bytes_that_are_no_reply_are_one_sentence(scripted, target):
    scripted.raw = b"\xff\xff\xff garbage"
    assert "answered with what is no reply of TF Serving" in sentence(target)


def test_garbage_for_signatures_is_one_sentence(scripted, target):
    reply = protocol.GetModelMetadataResponse()
    reply.metadata["signature_def"].value = b"\xff\xff garbage"
    scripted.description = reply.SerializeToString()
    with Client(target, "m", retry_for=0) as client, pytest.raises(ServingError) as caught:
        client.upscale(IMAGE)
    assert str(caught.value).endswith("describes model 'm' by what are no signatures")
