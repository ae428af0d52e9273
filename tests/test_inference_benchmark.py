"""The inference benchmark's own parts; nothing is timed."""

import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.fixture
def parts(monkeypatch):
    """The modules `inference`, `inference_engines` and `inference_models`."""
    monkeypatch.syspath_prepend(str(FOLDER))
    import inference
    import inference_engines
    import inference_models

    return inference, inference_engines, inference_models


def test_a_wrong_result_ends_the_benchmark(parts, rng):
    benchmark = parts[0]
    reference = rng.random((8, 8, 3))
    assert benchmark.check("openvino", reference + 1e-4, reference, reference) == "1.0e-04"
    with pytest.raises(SystemExit, match=r"openvino is off by 0\.01"):
        benchmark.check("openvino", reference + 0.01, reference, reference)
    with pytest.raises(SystemExit, match="openvino is off by nan"):
        benchmark.check("openvino", reference * np.nan, reference, reference)


def test_another_network_must_resemble_the_bicubic_enlargement(parts, rng):
    benchmark = parts[0]
    bicubic = rng.random((8, 8, 3))
    assert "dB to bicubic" in benchmark.check("span", bicubic + 0.01, bicubic, bicubic)
    with pytest.raises(SystemExit, match="span is no enlargement"):
        benchmark.check("span", 1 - bicubic, bicubic, bicubic)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_an_engine_answers_with_time_and_memory_and_writes_its_result(parts, tmp_path, rng):
    engines = parts[1]
    image = rng.random((4, 5, 3)).astype(np.float32)
    np.save(tmp_path / "lr.npy", image)
    request = {"lr": str(tmp_path / "lr.npy"), "runs": 3, "out": str(tmp_path / "out.npy")}
    answer = engines.answer(lambda lr: 2 * lr, request)
    assert answer["seconds"] >= 0
    assert answer["peak"] > 10
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), 2 * image)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_command_is_timed_as_a_process_of_its_own(parts, rng):
    engines = parts[1]
    copy = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"
    run = engines.Command(lambda source, target: [sys.executable, "-c", copy, source, target])
    image = rng.integers(0, 256, (4, 5, 3)).astype(np.float32) / 255
    np.testing.assert_array_equal(run(image), image)
    assert 5 < run.peak < 100
    broken = engines.Command(lambda source, target: [sys.executable, "-c", "raise SystemExit(1)"])
    with pytest.raises(RuntimeError, match="failed"):
        broken(image)


def test_every_engine_has_a_name_and_the_light_model_is_light(parts):
    benchmark, engines, models = parts
    assert set(benchmark.NAMES) == set(engines.ENGINES) - {"convolution"}
    pytest.importorskip("tensorflow")
    from keras_dgggan.networks import Generator

    generator = Generator(**models.MODELS["light"].options)
    assert models.macs_per_pixel(generator) == 283235
