"""Small models for the tests of the page: serves a site of them, or computes what they should.

    python small_models.py serve
    python small_models.py expect MODEL INPUT.png OUTPUT.png

`tiny` is a Generator with random weights, which the page runs in exact tiles; `tiny_whole` is the
same function as one graph, whose tiles are blended.
"""

import sys
from dataclasses import replace
from unittest import mock

import numpy as np
from PIL import Image

from keras_dgggan.images.blended import BlendedTiling
from keras_dgggan.images.pixels import to_uint8
from keras_dgggan.inference.onnx.engine import OnnxEngine
from keras_dgggan.inference.onnx.graph import whole_generator
from keras_dgggan.inference.onnx.parts import Parts
from keras_dgggan.presets import preset_file
from keras_dgggan.pretrained.generator_weights import GeneratorWeights
from keras_dgggan.web import model_file, site
from keras_dgggan.web.server import SiteServer
from keras_dgggan.web.winograd import WinogradParts

TILE = 256  # the page's


def tiny() -> GeneratorWeights:
    preset = GeneratorWeights.read(preset_file("dgggan_x4_light"))
    assert preset is not None
    weights = replace(preset, filters=4, blocks=2, layers={})
    rng = np.random.default_rng(0)

    def random(shape: tuple[int, ...]) -> np.ndarray:
        spread = np.sqrt(1.5 / max(1, np.prod(shape[:-1]))) if len(shape) > 1 else 0.1
        return rng.normal(0, spread, shape).astype(np.float32)

    shapes = weights._expected(2)
    layers = {name: (random(kernel), random(bias)) for name, (kernel, bias) in shapes.items()}
    return replace(weights, layers=layers)


def engine() -> OnnxEngine:
    return OnnxEngine(tiny(), "off")


def pack(name: str, *, for_gpu: bool = False) -> bytes:
    if name == "tiny":
        return model_file._packed_generator(tiny(), Parts if for_gpu else WinogradParts)
    whole = whole_generator(tiny(), ("image",))
    header = {"scale": 4, "minimum": 1, "multiple": 1}
    return model_file._packed(
        header, {"whole": whole}, lambda tile: engine().whole(tile, ("image",))["image"]
    )


def expected(name: str, rgb: np.ndarray) -> np.ndarray:
    whole = engine()
    if name == "tiny":
        return whole.whole(rgb, ("image",))["image"]

    def of_tile(tile: np.ndarray) -> dict[str, np.ndarray]:
        return {"image": whole.whole(tile[0], ("image",))["image"][None]}

    return next(BlendedTiling(of_tile, 4, TILE)(rgb))["image"]


if sys.argv[1] == "serve":
    with mock.patch.object(site, "pack_model", pack):
        files = site.site_files(["tiny", "tiny_whole"], offline=False)
    with SiteServer(files) as server:
        print(server.url, flush=True)
        server.serve_forever()
else:
    name, source, target = sys.argv[2:]
    rgb = np.asarray(Image.open(source).convert("RGB"), np.float32) / 255
    Image.fromarray(to_uint8(expected(name, rgb))).save(target)
