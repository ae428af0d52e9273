"""Generators of all kinds with random weights, a picture for each, and what must come out: JSON."""

import base64
import json
from dataclasses import replace

import numpy as np

from keras_dgggan.images.pixels import to_uint8
from keras_dgggan.inference.onnx.engine import OnnxEngine
from keras_dgggan.presets import preset_file
from keras_dgggan.pretrained.generator_weights import GeneratorWeights
from keras_dgggan.web.model_file import _packed_layers

KINDS = {
    "pixels shuffled": ({}, (41, 103)),
    "one pixel": ({}, (1, 1)),
    "two columns": ({}, (30, 2)),
    "no gradient branch": ({"gradient_branch": False, "scale": 3}, (20, 33)),
    "no gate, no skip, twice the size": ({"se": False, "image_skip": False, "scale": 2}, (26, 15)),
    "more filters": ({"filters": 12, "gradient_every": 2}, (13, 25)),
    "enlarged": ({"upsampler": "nearest"}, (29, 101)),
    "one pixel enlarged": ({"upsampler": "nearest", "scale": 2}, (1, 1)),
    "enlarged by three": ({"upsampler": "nearest", "scale": 3, "image_skip": False}, (14, 50)),
    "enlarged without gradient branch": (
        {"upsampler": "nearest", "scale": 2, "gradient_branch": False},
        (25, 18),
    ),
}


def generator(seed: int, **arguments: object) -> GeneratorWeights:
    preset = GeneratorWeights.read(preset_file("dgggan_x4_light"))
    assert preset is not None
    weights = replace(preset, **{"filters": 4, "blocks": 2, "layers": {}, **arguments})
    rng = np.random.default_rng(seed)

    def random(shape: tuple[int, ...]) -> np.ndarray:
        spread = np.sqrt(1.5 / max(1, np.prod(shape[:-1]))) if len(shape) > 1 else 0.1
        return rng.normal(0, spread, shape).astype(np.float32)

    shapes = weights._expected(2)
    layers = {name: (random(kernel), random(bias)) for name, (kernel, bias) in shapes.items()}
    return replace(weights, layers=layers)


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


if __name__ == "__main__":
    cases = []
    for seed, (name, (arguments, size)) in enumerate(KINDS.items()):
        weights = generator(seed, **arguments)
        y, x = np.mgrid[: size[0], : size[1]]
        rng = np.random.default_rng(seed)
        picture = rng.integers(0, 256, (*size, 3)) // 2 + (3 * x + 2 * y)[..., None] % 128
        result = OnnxEngine(weights, "off").whole(np.float32(picture) / 255, ("image",))["image"]
        case = {
            "name": name,
            "model": encoded(_packed_layers(weights)),
            "height": size[0],
            "width": size[1],
            "picture": encoded(picture.astype(np.uint8).tobytes()),
            "result": encoded(to_uint8(result).tobytes()),
            "gray": encoded(to_uint8(result.mean(axis=-1)).tobytes()),
        }
        cases.append(case)
    print(json.dumps(cases))
