"""A stand-in for the runtime, whose files the tests of folders and servers only move."""

import hashlib

import pytest

from keras_dgggan.web import runtime


@pytest.fixture
def fake_runtime(monkeypatch, tmp_path):
    folder = tmp_path / "runtime"
    folder.mkdir()
    contents = {name: f"not {name}".encode() for name in runtime.FILES}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    monkeypatch.setattr(runtime, "FILES", hashes)
    monkeypatch.setenv("KERAS_DGGGAN_WEB_RUNTIME", str(folder))
    return folder
