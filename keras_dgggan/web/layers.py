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
    return weights.negative_slope <= 1


def steps_of(weights: GeneratorWeights) -> list[int]:
    """The factors of enlargements one after the other; none where pixels are shuffled."""
    if weights.upsampler == "pixel_shuffle":
        return []
    return [2, 2] if weights.scale == 4 else [weights.scale]


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
    layers = _enlarging(weights) if steps_of(weights) else _shuffling(weights)
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


def _shuffling(weights: GeneratorWeights) -> dict[str, Weights]:
    """The trunk reads the features of the branches, the picture and its gradient map."""
    parts, offset = _fusion(weights)
    features: list[npt.NDArray] = []
    pictures: list[npt.NDArray] = []
    for branch, onward in parts.items():
        for kind, kernels in (("trunk", features), ("head", pictures)):
            kernel, bias = _in_double(weights.layers, f"{branch}_{kind}")
            kernels.append(kernel @ onward)
            offset = offset + bias @ onward
    kernel = np.concatenate([*features, *pictures], axis=2)
    return {"trunk": _in_single(kernel, offset), "pixels": weights.layers["image_pixels"]}


def _enlarging(weights: GeneratorWeights) -> dict[str, Weights]:
    """Each trunk reads a branch's features and the picture, or its gradient map.

    The last convolution reads the features of the branches, and ones within the picture: of the
    fusion's bias nothing is beyond it.
    """
    layers = {}
    for branch in weights.branches:
        trunk, head = (_in_double(weights.layers, f"{branch}_{kind}") for kind in ("trunk", "head"))
        kernel = np.concatenate([trunk[0], head[0]], axis=2)
        layers[f"{branch}_trunk"] = _in_single(kernel, trunk[1] + head[1])
        for i in range(1, len(steps_of(weights)) + 1):
            layers[f"{branch}_step_{i}"] = weights.layers[f"{branch}_upsampling/conv{i}"]
    kernel, bias = _in_double(weights.layers, "image")
    parts, offset = _fusion(weights)
    joined = np.concatenate([*parts.values(), offset[None]], axis=0)
    return {**layers, "pixels": _in_single(joined @ kernel, bias)}


def _fusion(weights: GeneratorWeights) -> tuple[dict[str, npt.NDArray], npt.NDArray]:
    """Of the branches' fusion: the matrix that takes each one's features, and the bias."""
    if not weights.gradient_branch:
        return {"image": np.eye(weights.filters)}, np.zeros(weights.filters)
    kernel, bias = _in_double(weights.layers, "branch_fusion")
    parts = np.split(kernel[0, 0], len(weights.branches))
    return dict(zip(weights.branches, parts, strict=True)), bias


def _in_single(kernel: npt.NDArray, bias: npt.NDArray) -> Weights:
    return kernel.astype(np.float32), bias.astype(np.float32)


def _in_double(layers: Mapping[str, Weights], name: str) -> tuple[npt.NDArray, npt.NDArray]:
    kernel, bias = layers[name]
    return kernel.astype(np.float64), bias.astype(np.float64)
