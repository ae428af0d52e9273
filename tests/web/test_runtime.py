"""Where the page's runtime comes from; the registry is a server of the test's own."""

import base64
import hashlib
import io
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from keras_dgggan.cli import main
from keras_dgggan.errors import WeightsError
from keras_dgggan.web import runtime


@pytest.fixture
def archive(fake_runtime, monkeypatch):
    """The bytes of an npm package with the stand-in's files."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as opened:
        for name in runtime.FILES:
            opened.add(fake_runtime / name, f"package/dist/{name}")
    digest = hashlib.sha512(content.getvalue()).digest()
    monkeypatch.setattr(runtime, "_INTEGRITY", base64.b64encode(digest).decode())
    return content.getvalue()


@pytest.fixture
def registry(archive, monkeypatch):
    """Its address, and the answers that it gives."""
    answers = {f"/npm/onnxruntime-web/-/onnxruntime-web-{runtime.VERSION}.tgz": archive}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            content = answers.get(self.path)
            self.send_response(404 if content is None else 200)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *args):
            pass

    monkeypatch.setattr(runtime.shutil, "which", lambda name: None)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/npm/", answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_comes_from_the_registry_that_npm_is_set_to(registry, monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_DGGGAN_WEB_RUNTIME")
    monkeypatch.setenv("KERAS_DGGGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_registry", registry[0])
    monkeypatch.setattr(runtime, "PACKAGED", tmp_path / "none")
    assert runtime.installed_folder() is None
    result = CliRunner().invoke(main, ["web-runtime"])
    assert result.exit_code == 0, result.output
    folder = runtime.runtime_folder()
    assert str(folder) == result.output.strip()
    assert folder.parent == tmp_path / "cache"
    # A second time nothing is asked for.
    registry[1].clear()
    assert runtime.fetch_runtime() == folder


def test_another_archive_is_refused(registry, tmp_path):
    address, answers = registry
    for path in answers:
        answers[path] += b"more"
    with pytest.raises(WeightsError, match="is not the archive of onnxruntime-web"):
        runtime.fetch_runtime(tmp_path / "a", registry=address)
    answers.clear()
    with pytest.raises(WeightsError, match=r"cannot download .*Not Found.*--from FILE"):
        runtime.fetch_runtime(tmp_path / "a", registry=address)
    assert not (tmp_path / "a").exists()


def test_it_comes_from_a_file(archive, tmp_path):
    file = tmp_path / "archive.tgz"
    file.write_bytes(archive)
    arguments = ["web-runtime", "--from", str(file), "-o", str(tmp_path / "a")]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert {path.name for path in (tmp_path / "a").iterdir()} == set(runtime.FILES)


def test_a_file_of_another_version_is_refused(fake_runtime):
    (fake_runtime / runtime.CPU[0]).write_text("newer")
    with pytest.raises(WeightsError, match=f"is not that of onnxruntime-web {runtime.VERSION}"):
        runtime.runtime_folder()
