"""A model's file for the page: graphs that compute what the engine does, or layers."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from checks import python

from keras_dgggan.inference.onnx.engine import OnnxEngine, session
from keras_dgggan.presets import preset_file, preset_names
from keras_dgggan.pretrained.generator_weights import GeneratorWeights
from keras_dgggan.web import model_file
from keras_dgggan.web.model_file import pack_model, unpack_header


def parts_of(content):
    header = unpack_header(content)
    start = 4 + int.from_bytes(content[:4], "little")
    parts = {
        name: content[start + offset : start + offset + length]
        for name, (offset, length) in header["parts"].items()
    }
    return header, parts


def run_by_stages(header, parts, rgb):
    """What the page does, for an image that is one tile."""
    stages = header["stages"]

    def run(part, *features):
        return session(parts[part], 1)(*features)

    lr = rgb.transpose(2, 0, 1)[None]
    features = run("heads", lr)
    for i in range(1, stages["blocks"] + 1):
        for branch in stages["branches"]:
            added = run(f"{branch}_{i}", features[branch])["features"]
            gate = gate_of(parts[f"{branch}_{i}_gate"], added.mean(axis=(2, 3))[0])
            features[branch] = features[branch] + added * gate[:, None, None]
        if i in stages["passes"]:
            branches = [features[branch] for branch in stages["branches"]]
            features["gradient"] = run(f"pass_{i}", *branches)["gradient"]
    tail = run("tail", lr, *(features[branch] for branch in stages["branches"]))
    return tail["image"][0].transpose(1, 2, 0)


def gate_of(content, means):
    weights = np.frombuffer(content, "<f4")
    filters = len(means)
    hidden = (len(weights) - filters) // (2 * filters + 1)
    squeeze, offset, excite, bias = np.split(
        weights, np.cumsum([filters * hidden, hidden, hidden * filters])
    )
    middle = np.maximum(means @ squeeze.reshape(filters, hidden) + offset, 0)
    return 1 / (1 + np.exp(-(middle @ excite.reshape(hidden, filters) + bias)))


@pytest.mark.parametrize("name", preset_names())
def test_the_graphs_give_what_the_engine_gives(name, rng):
    header, parts = parts_of(pack_model(name, for_gpu=True))
    rgb = rng.random((19, 26, 3), np.float32)
    engine = OnnxEngine(GeneratorWeights.read(preset_file(name)), "off")
    whole = engine.whole(rgb, ("image",))["image"]
    assert abs(run_by_stages(header, parts, rgb) - whole).max() < 1e-4
    tile = np.frombuffer(parts["check_input"], np.uint8).reshape(24, 32, 3)
    result = np.frombuffer(parts["check_output"], np.uint8).reshape(96, 128, 3)
    again = engine.whole(tile.astype(np.float32) / 255, ("image",))["image"]
    assert abs(again.clip(0, 1) * 255 - result).max() <= 1
    # A tile of one colour would show nothing.
    assert result.std() > 30


def test_the_graphs_are_of_the_fused_computation():
    _, parts = parts_of(pack_model("dgggan_x4_light", for_gpu=True))
    graphs = [part for part in parts if not part.endswith("_gate") and "check" not in part]
    kinds = {node.op_type for p in graphs for node in onnx.load_from_string(parts[p]).graph.node}
    assert len(graphs) == 11
    assert not {"Transpose", "ScatterND", "Compress", "Resize"} & kinds


def test_without_a_gpu_a_generator_is_its_layers():
    header, parts = parts_of(pack_model("dgggan_x4_light"))
    layers = header["generator"]["layers"]
    assert set(parts) == {*layers, "check_input", "check_output"}
    assert layers["trunk"] == [3, 2 * 16 + 2 * 3, 16]
    for name, (side, inputs, outputs) in layers.items():
        assert len(parts[name]) == 4 * (side * side * inputs + 1) * outputs


def test_a_slope_that_the_kernels_do_not_compute_makes_graphs(monkeypatch):
    weights = GeneratorWeights.read(preset_file("dgggan_x4_light"))
    steep = replace(weights, negative_slope=1.5)
    monkeypatch.setattr(model_file, "plain_weights", lambda model: steep)
    header, _ = parts_of(pack_model("steep"))
    assert "generator" not in header and header["stages"]["filters"] == 16


def test_a_generator_needs_neither_tensorflow_nor_keras():
    code = (
        "import sys; from keras_dgggan.web.model_file import pack_model;"
        "pack_model('dgggan_x4_light'); print({'keras', 'tensorflow'} & set(sys.modules))"
    )
    assert python(code, fresh=True).strip() == "set()"


@pytest.mark.slow
def test_another_network_is_one_graph():
    pytest.importorskip("tf2onnx", reason="tf2onnx exports networks other than Generator")
    from keras_dgggan.networks import SRCNN

    header, parts = parts_of(pack_model(SRCNN(scale=2)))
    assert (header["scale"], header["minimum"], "stages" in header) == (2, 2, False)
    tile = np.frombuffer(parts["check_input"], np.uint8).reshape(1, 24, 32, 3)
    image = session(parts["whole"], 1)(tile.astype(np.float32) / 255)["image"][0]
    result = np.frombuffer(parts["check_output"], np.uint8).reshape(48, 64, 3)
    assert abs(image.clip(0, 1) * 255 - result).max() <= 1
