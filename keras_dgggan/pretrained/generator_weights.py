"""A generator's arguments and weights as arrays: of a network or, without Keras, of its file."""

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from keras_dgggan._types import Config

if TYPE_CHECKING:
    import keras

_CLASS = "keras_dgggan>Generator"
# What the shapes of the weights tell as well, and what Keras adds.
_WITHOUT_EFFECT = {"se_reduction", "name", "trainable", "dtype"}

Weights = tuple[npt.NDArray, npt.NDArray]


@dataclass(frozen=True, eq=False)
class GeneratorWeights:
    """What a `Generator` computes with: its arguments, and kernel and bias of every layer.

    Attributes:
        filters: As the arguments of `Generator` of the same names, like the following.
        layers: Kernel `[height, width, in, out]` (or `[in, out]`) and bias `[out]` in float32 by
            the layer's path, like `image_head` or `image_block_1/level1_3x3`.

    Examples:
        >>> from keras_dgggan.presets import preset_file
        >>> weights = GeneratorWeights.read(preset_file("dgggan_x4_light"))
        >>> weights.scale, weights.layers["image_head"][0].shape
        (4, (3, 3, 3, 16))
    """

    filters: int
    blocks: int
    gradient_every: int
    scale: int
    gradient_branch: bool
    se: bool
    upsampler: str
    image_skip: bool
    negative_slope: float
    layers: dict[str, Weights]

    @property
    def branches(self) -> list[str]:
        """Names of the branches."""
        return ["image", "gradient"] if self.gradient_branch else ["image"]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the outputs."""
        return ("image", "gradient_map") if self.gradient_branch else ("image",)

    @property
    def macs_per_pixel(self) -> int:
        """Multiply-accumulates for an LR pixel, as the layers have them; SE's dense ones apart."""
        return sum(
            kernel.size * self._enlarged_at(name)
            for name, (kernel, _) in self.layers.items()
            if kernel.ndim == 4
        )

    def passes_at(self, i: int) -> bool:
        """Whether a gradient map is passed after block i, counted from 1."""
        return self.gradient_branch and i % self.gradient_every == 0

    @classmethod
    def of(cls, generator: "keras.Model") -> "GeneratorWeights":
        """The weights of a `Generator`, as they are now."""
        layers = {}
        for layer in _layers_with_weights(generator.layers):
            kernel, bias = (np.asarray(w, np.float32) for w in layer.get_weights())
            layers[layer.path.removeprefix(f"{generator.name}/")] = kernel, bias
        return cls._made(generator.get_config(), layers)

    @classmethod
    def read(cls, path: Path) -> "GeneratorWeights | None":
        """The weights in a `.keras` file; None where it holds anything but a whole `Generator`.

        What is wrong with such a file Keras' own loading tells.
        """
        try:
            with zipfile.ZipFile(path) as archive:
                described = json.loads(archive.read("config.json"))
                if described["registered_name"] != _CLASS:
                    return None
                layers = _read_layers(archive.read("model.weights.h5"))
            weights = cls._made(described["config"], layers)
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error):
            return None
        found = {name: (kernel.shape, bias.shape) for name, (kernel, bias) in layers.items()}
        hidden = described["config"].get("se_reduction")
        return weights if found == weights._expected(hidden) else None

    def _enlarged_at(self, layer: str) -> int:
        """The pixels that a layer puts out for an LR pixel."""
        if self.upsampler == "nearest":
            if layer.endswith("_upsampling/conv1"):
                return 4 if self.scale == 4 else self.scale**2
            if layer.endswith("_upsampling/conv2") or layer in (*self.names, "branch_fusion"):
                return self.scale**2
        return 1

    def _expected(self, se_reduction: int) -> dict[str, tuple[tuple, tuple]]:
        """The shapes of kernels and biases that the arguments ask for."""
        filters = self.filters
        shapes: dict[str, tuple[tuple, tuple]] = {}

        def add(name: str, side: int, channels: int, results: int) -> None:
            shapes[name] = (side, side, channels, results), (results,)

        def add_dense(name: str, channels: int, results: int) -> None:
            shapes[name] = (channels, results), (results,)

        for branch in self.branches:
            add(f"{branch}_head", 3, 3, filters)
            add(f"{branch}_trunk", 3, filters, filters)
            for block in (f"{branch}_block_{i}" for i in range(1, self.blocks + 1)):
                for side in (3, 5):
                    add(f"{block}/level1_{side}x{side}", side, filters, filters)
                    add(f"{block}/level2_{side}x{side}", side, 2 * filters, 2 * filters)
                add(f"{block}/fusion", 1, 4 * filters, filters)
                if self.se:
                    hidden = max(1, filters // se_reduction)
                    excitation = f"{block}/squeeze_excitation"
                    add(f"{excitation}/transition", 1, filters, filters)
                    add_dense(f"{excitation}/squeeze", filters, hidden)
                    add_dense(f"{excitation}/excite", hidden, filters)
            last = "image" if branch == "image" else "gradient_map"
            if self.upsampler == "nearest":
                for step in range(1, 3 if self.scale == 4 else 2):
                    add(f"{branch}_upsampling/conv{step}", 3, filters, filters)
                add(last, 3, filters, 3)
            else:
                add(f"{last}_pixels", 3, filters, 3 * self.scale**2)
        if self.gradient_branch:
            add("branch_fusion", 1, 2 * filters, filters)
            for i in filter(self.passes_at, range(1, self.blocks + 1)):
                add(f"pass_{i}_fusion", 1, 2 * filters, filters)
        return shapes

    @classmethod
    def _made(cls, config: Config, layers: dict[str, Weights]) -> "GeneratorWeights":
        arguments = cls.__dataclass_fields__.keys() - {"layers"}
        # An argument of a later version may change what is computed.
        unknown = config.keys() - arguments - _WITHOUT_EFFECT
        if unknown:
            raise ValueError(f"arguments that are not known: {', '.join(sorted(unknown))}")
        return cls(**{name: config[name] for name in arguments & config.keys()}, layers=layers)


def _layers_with_weights(layers: "list[keras.Layer]") -> "Iterator[keras.Layer]":
    """The innermost layers that hold weights."""
    for layer in layers:
        inner = layer._flatten_layers(include_self=False, recursive=False)
        within = list(_layers_with_weights(inner))
        if within:
            yield from within
        elif layer.weights:
            yield layer


def _read_layers(file: bytes) -> dict[str, Weights]:
    import h5py

    layers: dict[str, Weights] = {}

    def gather(group: h5py.Group, path: tuple[str, ...]) -> None:
        own = group.get("vars")
        # Keras numbers layers by their class; their names stand beside their weights.
        if own is not None and "name" in own.attrs:
            path = (*path, own.attrs["name"])
        if own is not None and len(own) == 2:
            kernel, bias = (np.asarray(own[key], np.float32) for key in ("0", "1"))
            layers["/".join(path)] = kernel, bias
        for name, inner in group.items():
            if name != "vars":
                gather(inner, path)

    with h5py.File(io.BytesIO(file)) as opened:
        gather(opened["layers"], ())
    return layers
