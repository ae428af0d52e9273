"""Small models for the tests of the page: serves a site of them, or computes what they should.

    python small_models.py serve
    python small_models.py expect MODEL INPUT.png OUTPUT.png

`tiny` is a Generator with random weights, which the page runs in exact tiles; `tiny_whole` is the
same function as one graph, whose tiles are blended.
"""

import sys
from unittest import mock

import numpy as np
from generators import generator
from PIL import Image

from keras_dgggan.images.blended import BlendedTiling
from keras_dgggan.images.pixels import to_uint8
from keras_dgggan.inference.onnx.engine import OnnxEngine
from keras_dgggan.inference.onnx.graph import whole_generator
from keras_dgggan.pretrained.generator_weights import GeneratorWeights
from keras_dgggan.web import model_file, site
from keras_dgggan.web.server import SiteServer

TILE = 256  # the page's


def tiny() -> GeneratorWeights:
    return generator(0)


def engine() -> OnnxEngine:
    return OnnxEngine(tiny(), "off")


def pack(name: str, *, for_gpu: bool = False) -> bytes:
    if name == "tiny":
        return model_file._packed_graphs(tiny()) if for_gpu else model_file._packed_layers(tiny())
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
