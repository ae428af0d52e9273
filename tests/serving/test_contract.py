"""The contract, check by check, against each server; and that a broken one is noticed."""

import dataclasses

import numpy as np
import pytest

from keras_dgggan.serving import Client, contract


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_the_server_keeps_the_contract(check, endpoint):
    with Client(endpoint.target, endpoint.model) as client:
        assert check(client)


@pytest.fixture
def tampered(client, monkeypatch):
    """Make the client see other outputs than the server sent."""

    def tamper(change):
        predict = client.connection.predict

        def changed(signature, inputs, **options):
            reply = predict(signature, inputs, **options)
            return dataclasses.replace(reply, outputs=change(signature, inputs, reply.outputs))

        monkeypatch.setattr(client.connection, "predict", changed)
        return client

    return tamper


def failed(client) -> set[str]:
    return {outcome.check for outcome in contract.run_checks(client) if not outcome.passed}


def test_a_server_that_keeps_it_fails_nothing(client):
    assert failed(client) == set()


def test_swapped_pictures_in_a_batch_are_noticed(tampered):
    client = tampered(
        lambda _, inputs, outputs: {name: value[::-1] for name, value in outputs.items()}
    )
    assert "a batch equals its pictures alone" in failed(client)


def test_truncation_in_place_of_rounding_is_noticed(tampered):
    def truncate(signature, inputs, outputs):
        if signature != "float":
            return outputs
        # As if the 8-bit endpoint truncated: the float's rounded value lies half a level above.
        return outputs | {"image": outputs["image"] + np.float32(0.5 / 255)}

    assert "the float endpoint agrees with the 8 bit one" in failed(tampered(truncate))


def test_a_server_that_takes_anything_is_noticed(client, monkeypatch):
    zeros = {"image": np.zeros((1, 32, 32, 3), np.uint8), "image_bytes": [b""]}
    predict = client.connection.predict

    def lenient(signature, inputs, **options):
        reply = predict("serving_default", {"image": np.zeros((1, 8, 8, 3), np.uint8)})
        return dataclasses.replace(reply, outputs=zeros)

    monkeypatch.setattr(client.connection, "predict", lenient)
    assert {
        "bytes that are no picture are refused",
        "an empty file is refused",
        "a single pixel is refused",
        "a picture over the limit is refused undecoded",
        "inputs of a wrong kind are refused",
    } <= failed(client)
