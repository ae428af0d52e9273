"""The page as a folder, as one file, and served on this machine."""

import base64
import gzip
import json
import re
import socket
import threading
import urllib.error
import urllib.request

import pytest
from click.testing import CliRunner

from keras_dgggan.cli import main
from keras_dgggan.web.server import SiteServer
from keras_dgggan.web.site import site_files

MODEL = "dgggan_x4_light"


def run(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_a_folder_holds_page_models_and_runtime(fake_runtime, tmp_path):
    folder = tmp_path / "new" / "site"
    folder.parent.mkdir()
    result = run("export", MODEL, "--format", "web", "--also", "dgggan_x4_photo", "-o", folder)
    assert result.exit_code == 0, result.output
    models = json.loads((folder / "models.json").read_text())["models"]
    assert [model["name"] for model in models] == [MODEL, "dgggan_x4_photo"]
    assert models[0]["line"] == "x4, trained for PSNR: faithful, invents nothing"
    for model in models:
        assert (folder / model["file"]).stat().st_size == model["bytes"]
        assert (folder / model["gpu"]).is_file()
    assert "same-origin" in (folder / "_headers").read_text()
    # What the browser keeps for use without a connection is there, but for the GPU's runtime.
    kept = json.loads(re.search(r"const FILES = (.*);", (folder / "sw.js").read_text())[1])
    assert all((folder / name).exists() for name in kept)
    assert {"./", "app.js", "models.json", models[0]["file"]} < set(kept)
    assert not [name for name in kept if name.startswith("runtime/") or "gpu" in name]
    assert not {"sw.js", "index.html"} & set(kept)
    assert [path.name for path in folder.parent.iterdir()] == ["site"]


def test_the_page_gets_the_rules_of_the_automatic_choice_where_it_has_both_models(fake_runtime):
    def rules(*models):
        return json.loads(site_files(models)["models.json"])["automatic"]

    both = rules("dgggan_x4_photo", MODEL)
    assert (both["compressed"], both["others"]) == ("dgggan_x4_photo", MODEL)
    assert len(both["jpegSums"]) == 100 and len(both["webpQualities"]) == 128
    assert rules(MODEL) is None and rules("dgggan_x4_photo", "dgggan_x4_light_gan") is None


def test_the_runtime_of_the_cpu_is_there_for_models_of_graphs_alone(fake_runtime, monkeypatch):
    def runtime():
        listed = json.loads(site_files([MODEL])["models.json"])["models"][0]
        return listed["runtime"], {name for name in site_files([MODEL]) if "wasm" in name}

    gpu = "runtime/ort-wasm-simd-threaded.jspi.wasm"
    assert runtime() == (False, {gpu})
    monkeypatch.setattr("keras_dgggan.web.model_file.has_kernels", lambda weights: False)
    files = {gpu, "runtime/ort-wasm-simd-threaded.wasm", "runtime/ort.wasm.bundle.min.mjs"}
    assert runtime() == (True, files)


def test_the_service_worker_is_another_for_another_content(fake_runtime):
    one, same, other = (
        site_files(models)["sw.js"] for models in ([MODEL], [MODEL], ["dgggan_x4_light_gan"])
    )
    assert one == same != other


def test_an_earlier_site_is_replaced_if_asked_for_and_nothing_else(fake_runtime, tmp_path):
    site, other = tmp_path / "site", tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    export = ("export", MODEL, "--format", "web", "-o")
    assert run(*export, site).exit_code == 0
    (site / "old.js").write_text("")
    result = run(*export, site)
    assert result.exit_code == 2 and "--overwrite" in result.output
    assert run(*export, site, "--overwrite").exit_code == 0
    assert not (site / "old.js").exists()
    result = run(*export, other, "--overwrite")
    assert result.exit_code == 2 and "something other" in result.output
    assert (other / "thesis.txt").read_text() == "years of work"


def test_one_file_holds_everything(fake_runtime, tmp_path):
    path = tmp_path / "page.html"
    result = run("export", MODEL, "-o", path)
    assert result.exit_code == 0, result.output
    html = path.read_text("utf-8")
    held = dict(re.findall(r'<script type="text/plain" data-file="([^"]*)">([^<]*)<', html))
    contents = {name: gzip.decompress(base64.b64decode(text)) for name, text in held.items()}
    files = site_files([MODEL])
    assert set(contents) == {
        "worker.js",
        "models.json",
        f"models/{MODEL}.bin",
    }
    entries = [json.loads(held.pop("models.json"))["models"][0] for held in (contents, files)]
    assert entries[0] == {key: value for key, value in entries[1].items() if key != "gpu"}
    assert all(files[name] == content for name, content in contents.items())
    # Nothing is left that would be fetched.
    page = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    fetched = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(address.startswith(("data:", "https://onnxruntime.ai")) for address in fetched)
    result = run("export", MODEL, "-o", path)
    assert result.exit_code == 2 and "--overwrite" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "site.html", "--format", "web"], "--single-file"),
        (["-o", "site", "--format", "web", "--single-file"], "ends in .html"),
        (["-o", "model.onnx", "--single-file"], "--format web alone"),
        (["-o", "model.onnx", "--also", MODEL], "--format web alone"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments, words):
    result = run("export", MODEL, *arguments)
    assert result.exit_code == 2 and words in result.output


def test_the_server_sends_the_headers_that_threads_need(fake_runtime):
    files = site_files([MODEL], offline=False)
    with SiteServer(files) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            for name, kind in [("", "text/html"), ("app.js", "text/javascript")]:
                with urllib.request.urlopen(server.url + name + "?a=b") as answer:
                    assert answer.read() == files[name or "index.html"]
                    assert answer.headers.get_content_type() == kind
                    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
                    assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
            assert server.server_address[0] == "127.0.0.1"
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(server.url + "../pyproject.toml")
            result = run("demo", MODEL, "--no-browser", "--port", server.server_address[1])
            assert result.exit_code == 2 and "--port" in result.output
        finally:
            server.shutdown()
            thread.join()


def test_without_the_runtime_the_command_that_gets_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_DGGGAN_WEB_RUNTIME", str(tmp_path))
    result = run("export", MODEL, "--format", "web", "-o", tmp_path / "site")
    assert result.exit_code == 2 and "keras-dgggan web-runtime" in result.output
    assert list(tmp_path.iterdir()) == []


def test_visitors_who_leave_early_are_not_reported(fake_runtime, capfd):
    with SiteServer({"index.html": b"x" * 50_000_000}) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        with socket.create_connection(server.server_address) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            connection.recv(1000)
        with urllib.request.urlopen(server.url) as answer:
            assert len(answer.read()) == 50_000_000
        server.shutdown()
        thread.join()
    assert capfd.readouterr().err == ""
