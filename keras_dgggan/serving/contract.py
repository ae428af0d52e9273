"""The contract of a served model, as checks: those of `serve-check` and of the tests.

Each check is a function of a `Client` that returns a few words of what it saw, and raises
`ContractBroken` where the server does otherwise. They need no copy of the model: the endpoints
are checked against each other.
"""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc
import numpy as np
import numpy.typing as npt
from PIL import Image

from keras_dgggan.errors import DggganError, ServingError
from keras_dgggan.images.pixels import to_uint8
from keras_dgggan.serving.client import Client
from keras_dgggan.serving.connection import Connection, Tensor
from keras_dgggan.serving.contract_pictures import (
    encode,
    flat_colours,
    jpeg_header,
    noise,
    png_header,
)
from keras_dgggan.serving.signatures import ENCODED, FLOAT, REQUIRED, SERVING_DEFAULT, misfit

Outputs = dict[str, Tensor]


class ContractBroken(DggganError):
    """A server that does other than what an exported model promises."""


@dataclass(frozen=True)
class Outcome:
    """The result of one check: what was seen, or what is wrong."""

    check: str
    passed: bool
    detail: str


def run_checks(client: Client) -> Iterator[Outcome]:
    """Run every check in order and yield its outcome; nothing is raised for a broken one."""
    for check in CHECKS:
        name = title(check)
        try:
            detail = check(client)
        except (ContractBroken, ServingError) as error:
            yield Outcome(name, False, str(error))
        except Exception as error:
            # What a server answers may be any nonsense, and trip a check up anywhere.
            yield Outcome(name, False, f"{type(error).__name__}: {error}")
        else:
            yield Outcome(name, True, detail)


def title(check: Callable[[Client], str]) -> str:
    """Return the name of a check as people read it."""
    return check.__name__.replace("_", " ")


def a_version_is_available(client: Client) -> str:
    states = client.status()
    _expect(any(s.state == "AVAILABLE" for s in states), f"none is AVAILABLE: {states}")
    return ", ".join(str(state) for state in states)


def the_three_endpoints_are_offered(client: Client) -> str:
    offered = client.metadata()
    problems = [problem for name in REQUIRED if (problem := misfit(name, offered))]
    _expect(not problems, "; ".join(problems))
    return ", ".join(REQUIRED)


def pictures_of_any_size_are_enlarged(client: Client) -> str:
    for shape in [(2, 9, 7), (1, 1, 40), (1, 33, 2)]:
        image = noise(*shape)
        result = _array(_predict(client, SERVING_DEFAULT, image=image), "image")
        expected = (shape[0], client.scale * shape[1], client.scale * shape[2], 3)
        _expect(
            result.shape == expected and result.dtype == np.uint8,
            f"{image.shape} uint8 became {result.shape} {result.dtype}",
        )
    return f"by {client.scale}, as uint8"


def a_batch_equals_its_pictures_alone(client: Client) -> str:
    batch = noise(3, 12, 10)
    together = _array(_predict(client, SERVING_DEFAULT, image=batch), "image")
    _expect(len(together) == len(batch), f"{len(batch)} pictures became {len(together)}")
    for index, image in enumerate(batch):
        alone = _array(_predict(client, SERVING_DEFAULT, image=image[None]), "image")
        _expect_levels(together[index], alone[0], "a picture in a batch and alone")
    return "3 pictures"


def the_float_endpoint_agrees_with_the_8_bit_one(client: Client) -> str:
    image = noise(1, 16, 14)
    levels = _array(_predict(client, SERVING_DEFAULT, image=image), "image")
    outputs = _predict(client, FLOAT, image=image.astype(np.float32) / 255)
    floats = _array(outputs, "image")
    _expect(floats.dtype == np.float32, f"`float` answers {floats.dtype}")
    rounded = to_uint8(floats)
    _expect_levels(rounded, levels, "`float` and `serving_default`")
    if "gradient_map" not in outputs:
        return "image; the model predicts no gradient map"
    gradient = _array(outputs, "gradient_map")
    _expect(
        gradient.shape == floats.shape and gradient.dtype == np.float32,
        f"`gradient_map` is {gradient.shape} {gradient.dtype}",
    )
    return "image and gradient_map"


def files_of_mixed_formats_and_sizes_are_decoded(client: Client) -> str:
    pictures = [("PNG", noise(1, 9, 14)[0]), ("BMP", noise(1, 12, 5)[0]), ("GIF", None),
                ("JPEG", None)]  # fmt: skip
    files, decoded = [], []
    for format_, pixels in pictures:
        pixels = flat_colours() if pixels is None else pixels
        files.append(encode(pixels, format_))
        decoded.append(np.asarray(Image.open(io.BytesIO(files[-1])).convert("RGB")))
    results = _strings(_predict(client, ENCODED, image_bytes=files), "image_bytes")
    _expect(len(results) == len(files), f"{len(results)} answers to {len(files)} files")
    for (format_, _), result, pixels in zip(pictures, results, decoded, strict=True):
        _expect(result.startswith(b"\x89PNG"), f"the answer to a {format_} is not a PNG")
        answer = np.asarray(Image.open(io.BytesIO(result)))
        expected = _array(_predict(client, SERVING_DEFAULT, image=pixels[None]), "image")[0]
        # Two JPEG decoders may differ by a level, which the network carries on.
        _expect_levels(answer, expected, format_, most=8 if format_ == "JPEG" else 1)
    return ", ".join(format_ for format_, _ in pictures)


def an_answer_is_the_same_each_time(client: Client) -> str:
    image = noise(1, 10, 10)
    first, second = (
        _array(_predict(client, SERVING_DEFAULT, image=image), "image") for _ in range(2)
    )
    _expect_levels(first, second, "the first and the second answer")
    return "twice"


def a_single_output_can_be_asked_for(client: Client) -> str:
    image = noise(1, 8, 8).astype(np.float32) / 255
    reply = client.connection.predict(FLOAT, {"image": image}, only=["image"])
    _expect(set(reply.outputs) == {"image"}, f"asked for `image`, got {sorted(reply.outputs)}")
    return "image of float"


def answers_above_4_megabytes_arrive(client: Client) -> str:
    side = 360 // client.scale + 1
    image = np.full([3, side, side, 3], 0.5, np.float32)
    result = _array(_predict(client, FLOAT, image=image), "image")
    _expect(result.nbytes > 4 * 2**20, f"{result.nbytes} bytes")
    return f"{result.nbytes / 2**20:.1f} MiB"


def sixteen_requests_at_a_time_are_answered(client: Client) -> str:
    images = [noise(1, 8 + index % 3, 9, seed=index) for index in range(32)]
    expected = [_array(_predict(client, SERVING_DEFAULT, image=x), "image") for x in images]
    with ThreadPoolExecutor(16) as pool:
        answers = pool.map(lambda x: _predict(client, SERVING_DEFAULT, image=x), images)
        for answer, alone in zip(answers, expected, strict=True):
            _expect_levels(_array(answer, "image"), alone, "an answer under load and alone")
    return "32 requests"


def bytes_that_are_no_picture_are_refused(client: Client) -> str:
    return _expect_refused(client, "no picture", ENCODED, image_bytes=[b"no picture at all"])


def an_empty_file_is_refused(client: Client) -> str:
    return _expect_refused(client, "an empty file", ENCODED, image_bytes=[b""])


def a_single_pixel_is_refused(client: Client) -> str:
    pixel = encode(np.zeros([1, 1, 3], np.uint8), "PNG")
    return _expect_refused(client, "a 1x1 file", ENCODED, image_bytes=[pixel])


def a_picture_over_the_limit_is_refused_undecoded(client: Client) -> str:
    for name, file in [("PNG", png_header(60000, 60000)), ("JPEG", jpeg_header(60000, 60000))]:
        detail = _expect_refused(client, f"a {name} of 60000x60000", ENCODED, image_bytes=[file])
        _expect("60000" in detail, f"the answer names no size: {detail}")
    return detail


def the_limit_that_it_states_is_kept(client: Client) -> str:
    limit = client.max_pixels
    if limit is None:
        return "it states none; exports of 0.1.0 do not"
    detail = _expect_refused(client, "one more", ENCODED, image_bytes=[png_header(limit + 1, 1)])
    _expect(str(limit) in detail, f"it states {limit} and refuses with: {detail}")
    return f"{limit} pixels"


def inputs_of_a_wrong_kind_are_refused(client: Client) -> str:
    wrong = {
        "float32 for uint8": {"image": noise(1, 8, 8).astype(np.float32)},
        "one channel": {"image": noise(1, 8, 8)[..., :1]},
        "a wrong name": {"picture": noise(1, 8, 8)},
    }
    for what, inputs in wrong.items():
        _expect_refused(client, what, SERVING_DEFAULT, **inputs)
    return ", ".join(wrong)


def a_model_that_is_not_there_is_not_found(client: Client) -> str:
    connection = client.connection
    with Client(connection.target, "no-such-model", tls=connection.tls, retries=0) as stranger:
        return _expect_code(
            stranger.connection, grpc.StatusCode.NOT_FOUND, SERVING_DEFAULT, image=noise(1, 8, 8)
        )


CHECKS: tuple[Callable[[Client], str], ...] = (
    a_version_is_available,
    the_three_endpoints_are_offered,
    pictures_of_any_size_are_enlarged,
    a_batch_equals_its_pictures_alone,
    the_float_endpoint_agrees_with_the_8_bit_one,
    files_of_mixed_formats_and_sizes_are_decoded,
    an_answer_is_the_same_each_time,
    a_single_output_can_be_asked_for,
    answers_above_4_megabytes_arrive,
    sixteen_requests_at_a_time_are_answered,
    bytes_that_are_no_picture_are_refused,
    an_empty_file_is_refused,
    a_single_pixel_is_refused,
    a_picture_over_the_limit_is_refused_undecoded,
    the_limit_that_it_states_is_kept,
    inputs_of_a_wrong_kind_are_refused,
    a_model_that_is_not_there_is_not_found,
)


def _predict(client: Client, signature: str, **inputs: Tensor) -> Outputs:
    return client.connection.predict(signature, inputs).outputs


def _array(outputs: Outputs, name: str) -> npt.NDArray:
    value = outputs.get(name)
    if not isinstance(value, np.ndarray):
        raise ContractBroken(f"no array {name!r} among {sorted(outputs)}")
    return value


def _strings(outputs: Outputs, name: str) -> list[bytes]:
    value = outputs.get(name)
    if not isinstance(value, list):
        raise ContractBroken(f"no byte strings {name!r} among {sorted(outputs)}")
    return value


def _expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ContractBroken(otherwise)


def _expect_levels(
    received: npt.NDArray, expected: npt.NDArray, what: str, *, most: int = 1
) -> None:
    """Allow the last bit: another batch size may use another order of summation."""
    _expect(received.shape == expected.shape, f"{what}: {received.shape} against {expected.shape}")
    differences = np.abs(received.astype(int) - expected)
    largest = int(differences.max())
    _expect(largest <= most, f"{what} differ by {largest} levels of 255")
    unclipped = differences[(expected > 0) & (expected < 255)]
    mean = float(unclipped.mean()) if unclipped.size else 0.0
    # Truncation where rounding is due is never more than one level, but in half of all places.
    _expect(mean <= 0.2 * most, f"{what} differ by {mean:.2f} levels on average")


def _expect_refused(client: Client, what: str, signature: str, **inputs: Tensor) -> str:
    invalid = grpc.StatusCode.INVALID_ARGUMENT
    try:
        detail = _expect_code(client.connection, invalid, signature, **inputs)
    except ContractBroken as broken:
        raise ContractBroken(f"{what}: {broken}") from broken
    _expect(client.scale > 0 and bool(_predict(client, SERVING_DEFAULT, image=noise(1, 8, 8))),
            "the server does not go on")  # fmt: skip
    return detail


def _expect_code(
    connection: Connection, code: grpc.StatusCode, signature: str, **inputs: Tensor
) -> str:
    try:
        connection.predict(signature, inputs)
    except ServingError as error:
        cause = error.__cause__
        received = cause.code() if isinstance(cause, grpc.RpcError) else None
        _expect(received is code, f"expected {code.name}, received {received}: {error}")
        return str(error)
    raise ContractBroken(f"expected {code.name}, but it was answered")
