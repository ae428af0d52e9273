"""The commands: files in and out, exit codes, and the table of checks."""

import json
import re

import grpc
import numpy as np
import pytest
from checks import assert_levels_agree
from click.testing import CliRunner
from PIL import Image
from serving_parts import MODEL, free_port

from keras_dgggan.cli import main


def run(*arguments, **options):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], **options)


@pytest.fixture
def server(double) -> list[str]:
    return ["--server", double.target, "--model", MODEL]


@pytest.fixture
def picture(tmp_path, rng):
    path = tmp_path / "in" / "a b.png"
    path.parent.mkdir()
    Image.fromarray(rng.integers(0, 256, (12, 9, 3), dtype=np.uint8)).save(path)
    return path


def test_a_file_is_upscaled(server, picture, tmp_path, client):
    target = tmp_path / "out.png"
    result = run("client", picture, "-o", target, *server)
    assert result.exit_code == 0, result.output
    expected = client.upscale(np.asarray(Image.open(picture)))
    assert_levels_agree(np.asarray(Image.open(target)), expected)


def test_a_folder_goes_on_past_a_bad_file(server, picture, tmp_path):
    (picture.parent / "bad.jpg").write_bytes(b"not a jpeg")
    result = run("client", picture.parent, "-o", tmp_path / "out", "--json", *server)
    assert result.exit_code == 1
    summary = json.loads(result.stdout)
    assert (summary["done"], summary["failed"]) == (1, 1)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a b_sr.png"]
    again = run("client", picture, "-o", tmp_path / "out", "--skip-existing", *server)
    assert again.exit_code == 0 and "1 skipped" in again.stderr


def test_pipes(server, picture):
    result = run("client", "-", "-o", "-", *server, input=picture.read_bytes())
    assert result.exit_code == 0
    assert result.stdout_bytes.startswith(b"\x89PNG")


def test_animations_are_upscaled_and_videos_refused_in_one_sentence(server, tmp_path, client):
    images = [Image.new("RGB", (9, 7), colour) for colour in ("red", "blue")]
    path = tmp_path / "a.gif"
    images[0].save(path, save_all=True, append_images=images[1:], duration=[40, 70], loop=0)
    (tmp_path / "b.mp4").write_bytes(b"not read")
    result = run("client", path, tmp_path / "b.mp4", "--suffix", "_x4", *server)
    assert result.exit_code == 1
    assert "b.mp4' is a video: `keras-dgggan upscale` takes it" in result.stderr
    with Image.open(tmp_path / "a_x4.gif") as larger:
        assert (larger.size, larger.n_frames, larger.info["duration"]) == ((36, 28), 2, 40)
        first = np.asarray(larger.convert("RGB"))
    expected = client.upscale(np.asarray(images[0]))
    # A palette stands for the colours of the model.
    assert np.abs(first.astype(int) - expected).mean() < 4


def test_a_dry_run_sends_and_writes_nothing(picture, tmp_path):
    nowhere = ["--server", "127.0.0.1:1"]
    result = run("client", picture, "-o", tmp_path / "out.png", "--dry-run", *nowhere)
    assert result.exit_code == 0
    assert "1 planned" in result.stderr
    assert not (tmp_path / "out.png").exists()


def test_no_server_is_one_sentence_and_exit_code_1(picture, tmp_path):
    target = f"127.0.0.1:{free_port()}"
    result = run("client", picture, "-o", tmp_path / "o.png", "--server", target, "--retries", 0)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: no TF Serving can be reached at {target}")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "o.png").exists()


def test_wrong_usage_is_exit_code_2(picture, tmp_path):
    nowhere = ["--server", "127.0.0.1:1"]
    for wrong in (
        ["--version", 1, "--label", "stable"],
        ["--tile", 32, "--overlap", 32],
        ["--tls-cert", picture],
        ["--json", "--output", "-"],
    ):
        result = run("client", picture, "-o", tmp_path / "o.png", *nowhere, *wrong)
        assert result.exit_code == 2, wrong


def test_client_certificates_are_shown_to_a_server_that_asks(
    serve, model_folder, certificate, picture, tmp_path
):
    key, cert = (certificate / name for name in ("key.pem", "cert.pem"))
    pair = (key.read_bytes(), cert.read_bytes())
    credentials = grpc.ssl_server_credentials([pair], pair[1], require_client_auth=True)
    double = serve(model_folder, credentials=credentials)
    options = ["--server", double.target, "--model", MODEL, "--retries", 0, "--tls-ca", cert]
    assert run("client", picture, "-o", tmp_path / "o.png", *options).exit_code == 1
    options += ["--tls-cert", cert, "--tls-key", key]
    assert run("client", picture, "-o", tmp_path / "o.png", *options).exit_code == 0


def test_serve_check_prints_what_passed(server):
    result = run("serve-check", *server)
    assert result.exit_code == 0, result.output
    assert re.search(r"^\d+ passed, 0 failed$", result.stdout, re.M)
    assert "a single pixel is refused" in " ".join(result.stdout.split())


def test_serve_check_fails_where_a_check_does(server, monkeypatch):
    from keras_dgggan.serving import contract

    def it_is_perfect(client):
        raise contract.ContractBroken("it is not")

    monkeypatch.setattr(contract, "CHECKS", (contract.CHECKS[0], it_is_perfect))
    result = run("serve-check", *server)
    assert result.exit_code == 1
    assert "1 passed, 1 failed" in result.stdout
    assert "it is not" in result.stdout


def test_serve_check_as_a_probe(server):
    result = run("serve-check", "--ready", *server)
    assert (result.exit_code, result.stdout) == (0, "1 AVAILABLE\n")
    assert run("serve-check", "--ready", *server[:2], "--model", "other").exit_code == 1
