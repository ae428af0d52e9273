"""ONNX and LiteRT files."""

from pathlib import Path

import numpy as np
import pytest

from keras_dgggan.errors import DggganError, UsageError
from keras_dgggan.export import export_litert, export_onnx, litert, onnx
from keras_dgggan.inference.onnx.model_file import Graph
from keras_dgggan.networks import EDSR
from keras_dgggan.pretrained.load import load_generator


@pytest.mark.slow
def test_a_litert_file_computes_what_the_model_does(generator, tmp_path, rng):
    path = tmp_path / "small.tflite"
    assert export_litert(generator, path, side=16) < 1e-4
    runtime = litert._runtime(path)
    image = rng.random((1, 16, 16, 3), np.float32)
    expected = generator(image, training=False)["image"]
    np.testing.assert_allclose(runtime(image)["image"], expected, atol=1e-4)


def test_an_onnx_file_computes_what_the_model_does(generator, tmp_path, rng):
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    path = tmp_path / "small.onnx"
    generator.save(tmp_path / "small.keras")
    # As a user has it: loaded, and never called.
    assert export_onnx(load_generator(tmp_path / "small.keras"), path) < 1e-4
    session = onnxruntime.InferenceSession(str(path))
    image = rng.random((2, 11, 13, 3), np.float32)
    assert [entry.name for entry in session.get_inputs()] == ["lr"]
    (result,) = session.run(["image"], {"lr": image})
    np.testing.assert_allclose(result, generator(image, training=False)["image"], atol=1e-4)


def test_an_operation_that_onnx_does_not_have_is_named(tmp_path):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    graph = Graph({"lr": (1, 4)})
    value = graph.add("StatelessRandomUniformV2", "lr")
    path = tmp_path / "odd.onnx"
    path.write_bytes(graph.serialized({value: ("image", (1, 4))}))
    with pytest.raises(DggganError, match=r"ONNX has nothing for its StatelessRandomUniformV2$"):
        onnx._runtime(path)


def test_missing_packages_are_named(generator, tmp_path, monkeypatch):
    monkeypatch.setattr(onnx, "is_installed", lambda package: package == "onnx")
    for model, missing in (
        (generator, "needs onnxruntime: pip install onnxruntime$"),
        (EDSR(filters=2, blocks=1), "needs tf2onnx, onnxruntime: pip install"),
    ):
        with pytest.raises(UsageError, match=missing):
            export_onnx(model, tmp_path / "small.onnx")


def test_a_file_that_computes_something_else_is_not_written(generator, tmp_path, monkeypatch):
    def broken(path):
        return lambda image: {
            name: np.zeros_like(value) for name, value in generator(image, training=False).items()
        }

    monkeypatch.setattr(generator, "export", lambda path, **_: Path(path).write_bytes(b"x"))
    monkeypatch.setattr(litert, "_runtime", broken)
    with pytest.raises(DggganError, match="differs from the model's"):
        export_litert(generator, tmp_path / "small.tflite", side=8)
    assert list(tmp_path.iterdir()) == []
