"""A model as the page reads it: weights or ONNX graphs, and a tile with what must come out.

A file is the length of its header (4 bytes, little-endian), the header as JSON, then the parts that
the header names. Of a `Generator` that the page's own kernels compute these are the layers.
Else, and for GPUs, it is cut into the stages of exact tiles (see `inference.tiling`) as graphs, so
that a browser upscales a picture of any size as the whole network would; another network is one
graph, whose tiles the page blends.
"""

import importlib.util
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import UsageError
from keras_dgggan.images.pixels import to_uint8
from keras_dgggan.inference.engine_choice import plain_weights
from keras_dgggan.inference.onnx.engine import OnnxEngine, session
from keras_dgggan.inference.onnx.graph import StageGraphs
from keras_dgggan.inference.tiling.stage import (
    HEAD_COST,
    LARGEST_TAIL,
    PASS_COST,
    Halos,
    tail_cost,
)
from keras_dgggan.pretrained.generator_weights import GeneratorWeights
from keras_dgggan.tensorflow_start import import_tensorflow
from keras_dgggan.web.layers import has_kernels, page_layers, steps_of

# Of the tile that shows whether a runtime computes what it should.
_CHECK_SIZE = (24, 32)


def pack_model(model: Any, *, for_gpu: bool = False) -> bytes:
    """The file of a model for the page.

    Args:
        model: A name as `load_model` takes it, or a network. TensorFlow is needed for networks
            other than a `Generator`, and for weights that are not in a `.keras` file.
        for_gpu: Take graphs, which a runtime for GPUs has kernels for.

    Raises:
        UsageError: There is no such model, or a package that its export needs is missing.

    Examples:
        >>> content = pack_model("dgggan_x4_light")
        >>> unpack_header(content)["scale"]
        4
    """
    weights = plain_weights(model)
    if weights is None:
        import_tensorflow()
        from keras_dgggan.pretrained.load import load_generator

        network = load_generator(model) if isinstance(model, str | Path) else model
        weights = plain_weights(network)
        if weights is None:
            return _packed_network(network)
    if has_kernels(weights) and not for_gpu:
        return _packed_layers(weights)
    return _packed_graphs(weights)


def unpack_header(content: bytes) -> dict[str, Any]:
    """The header of a model's file."""
    length = int.from_bytes(content[:4], "little")
    return json.loads(content[4 : 4 + length])


def _packed_layers(weights: GeneratorWeights) -> bytes:
    layers = page_layers(weights)
    header = {
        "scale": weights.scale,
        "generator": {
            "filters": weights.filters,
            "branches": weights.branches,
            "blocks": weights.blocks,
            "passes": _passes(weights),
            "slope": weights.negative_slope,
            "steps": steps_of(weights),
            "skip": weights.image_skip,
            "layers": {name: kernel.shape[1:] for name, (kernel, _) in layers.items()},
        },
    }
    parts = {
        name: b"".join(array.astype("<f4").tobytes() for array in layer)
        for name, layer in layers.items()
    }
    engine = OnnxEngine(weights, "off")
    return _packed(header, parts, lambda tile: engine.whole(tile, ("image",))["image"])


def _passes(weights: GeneratorWeights) -> list[int]:
    return [i for i in range(1, weights.blocks + 1) if weights.passes_at(i)]


def _packed_graphs(weights: GeneratorWeights) -> bytes:
    graphs, halos = StageGraphs(weights), Halos.of(weights)
    numbers = range(1, weights.blocks + 1)
    passes = _passes(weights)
    parts = {"heads": graphs.heads(), "tail": graphs.tail(("image",))}
    for branch in weights.branches:
        for i in numbers:
            parts[f"{branch}_{i}"] = graphs.features(branch, i)
            if weights.se:
                parts[f"{branch}_{i}_gate"] = _gate(weights, branch, i)
    for i in passes:
        parts[f"pass_{i}"] = graphs.passed(i)
    engine = OnnxEngine(weights, "off")
    header = {
        "scale": weights.scale,
        "minimum": 1,
        "multiple": 1,
        "stages": {
            "filters": weights.filters,
            "branches": weights.branches,
            "blocks": weights.blocks,
            "passes": passes,
            "halos": {
                "head": halos.head,
                "block": halos.block,
                "pass": halos.gradient_map,
                "tail": halos.tail,
            },
            "costs": {
                "head": HEAD_COST,
                "block": 1.0,
                "pass": PASS_COST,
                "tail": tail_cost(weights),
            },
            "largestTail": LARGEST_TAIL,
        },
    }
    return _packed(header, parts, lambda tile: engine.whole(tile, ("image",))["image"])


def _gate(weights: GeneratorWeights, branch: str, i: int) -> bytes:
    """Squeeze-and-excitation's kernels and biases, float32 one after the other."""
    excitation = f"{branch}_block_{i}/squeeze_excitation"
    arrays = [*weights.layers[f"{excitation}/squeeze"], *weights.layers[f"{excitation}/excite"]]
    return b"".join(array.astype("<f4").tobytes() for array in arrays)


def _packed_network(network: Any) -> bytes:
    from keras_dgggan.export import export_onnx

    missing = [name for name in ("tf2onnx", "onnx") if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            "--format web needs tf2onnx and onnx for this network: pip install 'keras-dgggan[onnx]'"
        )
    info = network.info
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        export_onnx(network, path)
        content = path.read_bytes()
    run = session(content, 1)
    header = {
        "scale": info.scale,
        "minimum": info.minimum_size,
        "multiple": info.size_multiple,
    }
    return _packed(header, {"whole": content}, lambda tile: run(tile[None])["image"][0])


def _packed(header: dict[str, Any], parts: dict[str, bytes], run: Any) -> bytes:
    tile = _check_tile()
    result = to_uint8(run(tile.astype(np.float32) / 255))
    parts = {**parts, "check_input": tile.tobytes(), "check_output": result.tobytes()}
    places, offset = {}, 0
    for name, content in parts.items():
        places[name] = [offset, len(content)]
        offset += len(content)
    check = {"height": _CHECK_SIZE[0], "width": _CHECK_SIZE[1]}
    text = json.dumps({**header, "check": check, "parts": places}).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *parts.values()])


def _check_tile() -> npt.NDArray[np.uint8]:
    """A picture of slopes, edges and noise, always the same."""
    height, width = _CHECK_SIZE
    y, x = np.mgrid[:height, :width]
    slopes = np.stack([8 * x, 10 * y, 4 * (x + y)], axis=-1)
    checks = np.where((x // 5 + y // 4) % 2, 60, 0)[..., None]
    noise = np.random.default_rng(0).integers(0, 30, (height, width, 3))
    return (slopes // 2 + checks + noise).clip(0, 255).astype(np.uint8)
