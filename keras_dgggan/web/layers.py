"""A generator's layers as the page's own kernels take them: fewer and larger ones.

Linear layers in a row are one, as in `inference.onnx.parts`; here the trunk's convolutions too,
which with the heads' of the long skips and the fusion of the branches are a single one.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from keras_dgggan.inference.kernels import successive
from keras_dgggan.pretrained.generator_weights import GeneratorWeights, Weights


def has_kernels(weights: GeneratorWeights) -> bool:
    """Whether the page's own kernels compute such a generator; ONNX Runtime does others."""
    return weights.upsampler == "pixel_shuffle" and 0 <= weights.negative_slope <= 1


def page_layers(weights: GeneratorWeights) -> dict[str, Weights]:
    """Kernel `[side, side, in, out]` and bias of each layer by the page's name for it.

    Args:
        weights: A generator that `has_kernels`.

    Examples:
        >>> from keras_dgggan.presets import preset_file
        >>> weights = GeneratorWeights.read(preset_file("dgggan_x4_light"))
        >>> layers = page_layers(weights)
        >>> layers["trunk"][0].shape, layers["pixels"][0].shape
        ((3, 3, 38, 16), (3, 3, 16, 48))
    """
    given = weights.layers
    layers = {"trunk": _trunk(weights), "pixels": given["image_pixels"]}
    for branch in weights.branches:
        layers[f"{branch}_head"] = given[f"{branch}_head"]
        for i in range(1, weights.blocks + 1):
            for name, layer in _block(weights, f"{branch}_block_{i}").items():
                layers[f"{branch}_{i}/{name}"] = layer
    for i in filter(weights.passes_at, range(1, weights.blocks + 1)):
        layers[f"pass_{i}"] = given[f"pass_{i}_fusion"]
    return layers


def _block(weights: GeneratorWeights, name: str) -> dict[str, Weights]:
    given = weights.layers
    layers = {
        f"{level}_{side}": given[f"{name}/{level}_{side}x{side}"]
        for level in ("level1", "level2")
        for side in (3, 5)
    }
    kernel, bias = given[f"{name}/fusion"]
    if weights.se:
        excitation = f"{name}/squeeze_excitation"
        kernel, bias = successive((kernel, bias), given[f"{excitation}/transition"])
        for step in ("squeeze", "excite"):
            dense, offset = given[f"{excitation}/{step}"]
            layers[step] = dense[None, None], offset
    # Of each of the two convolutions before it.
    of3, of5 = np.split(kernel, 2, axis=2)
    return {**layers, "fusion_3": (of3, bias), "fusion_5": (of5, np.zeros_like(bias))}


def _trunk(weights: GeneratorWeights) -> Weights:
    """From the features of the branches, the picture and its gradient map to what is enlarged."""
    given, branches = weights.layers, weights.branches
    onward = np.eye(weights.filters)[None, None]
    offset = np.zeros(weights.filters)
    if weights.gradient_branch:
        onward, offset = _in_double(given, "branch_fusion")
    features, pictures = [], []
    for branch, part in zip(branches, np.split(onward, len(branches), axis=2), strict=True):
        for kind, kernels in (("trunk", features), ("head", pictures)):
            kernel, bias = _in_double(given, f"{branch}_{kind}")
            kernels.append(kernel @ part[0, 0])
            offset = offset + bias @ part[0, 0]
    kernel = np.concatenate([*features, *pictures], axis=2)
    return kernel.astype(np.float32), offset.astype(np.float32)


def _in_double(layers: Mapping[str, Weights], name: str) -> tuple[npt.NDArray, npt.NDArray]:
    kernel, bias = layers[name]
    return kernel.astype(np.float64), bias.astype(np.float64)
