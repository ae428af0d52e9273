"""A generator as ONNX graphs: the fused computation, whole or in the stages that tiles go through.

The same function as the layers', to float rounding, in fewer operations: 1x1 convolutions in a
row are one, enlargements with the convolutions after them are sub-pixel convolutions, sums follow
convolutions directly (a runtime adds while it convolves), and what is not asked for is not
computed. Features are `[batch, channels, height, width]`, which ONNX's convolutions read. Batch,
height and width stay open.
"""

from collections.abc import Iterable

from keras_dgggan.inference.onnx.model_file import Graph, Shape
from keras_dgggan.inference.onnx.parts import Features, Parts
from keras_dgggan.pretrained.generator_weights import GeneratorWeights


def whole_generator(weights: GeneratorWeights, names: Iterable[str] | None = None) -> bytes:
    """The generator as an ONNX model.

    Args:
        weights: The generator.
        names: The outputs that are wanted; by default all.

    Returns:
        A model from `lr`, float32 `[batch, height, width, 3]` in [0, 1], to the outputs by name,
        `[batch, scale * height, scale * width, 3]`.

    Examples:
        >>> from keras_dgggan.presets import preset_file
        >>> model = whole_generator(GeneratorWeights.read(preset_file("dgggan_x4_light")))
        >>> 1_000_000 < len(model) < 1_500_000
        True
    """
    graph = Graph({"lr": ("batch", "height", "width", 3)})
    parts = Parts(graph, weights)
    lr = graph.add("Transpose", "lr", perm=[0, 3, 1, 2])
    heads = parts.heads(lr)
    features = dict(heads)
    for i in range(1, weights.blocks + 1):
        for branch in weights.branches:
            features[branch] = parts.block(branch, i, features[branch])
        if weights.passes_at(i):
            features["gradient"] = parts.passed(i, features)
    outputs = parts.tail(lr, heads, features, tuple(names or weights.names))
    shape = ("batch", "sr_height", "sr_width", 3)
    return graph.serialized(
        {
            graph.add("Transpose", value, perm=[0, 2, 3, 1]): (name, shape)
            for name, value in outputs.items()
        }
    )


class StageGraphs:
    """The stages of a generator as ONNX models, for tiles that go through one after the other.

    Inputs and outputs are float32 `[batch, channels, height, width]`; results keep the size of
    what is given, and are right where the stage's halo lies around them.

    Args:
        weights: The generator.
    """

    def __init__(self, weights: GeneratorWeights) -> None:
        self.weights = weights

    def heads(self) -> bytes:
        """From `lr` to the features before the first blocks, by branch."""
        graph = Graph({"lr": _features(3)})
        return self._serialized(graph, Parts(graph, self.weights).heads("lr"))

    def features(self, branch: str, i: int) -> bytes:
        """From `x` to `features`: what block i adds to it, before SE's gate."""
        graph = Graph({"x": _features(self.weights.filters)})
        features = Parts(graph, self.weights).before_gate(branch, i, "x")
        return self._serialized(graph, {"features": features})

    def passed(self, i: int) -> bytes:
        """From both branches' features after block i to `gradient`'s with the map passed there."""
        graph = Graph(self._of_branches())
        passed = Parts(graph, self.weights).passed(i, self._names_of_branches())
        return self._serialized(graph, {"gradient": passed})

    def tail(self, names: tuple[str, ...]) -> bytes:
        """From `lr` and the branches' features after the last blocks to the outputs of these names.

        The heads are computed anew, for the long skips: they need not be stored.
        """
        graph = Graph({"lr": _features(3), **self._of_branches()})
        parts = Parts(graph, self.weights)
        outputs = parts.tail("lr", parts.heads("lr"), self._names_of_branches(), names)
        return self._serialized(graph, outputs, 3)

    def _names_of_branches(self) -> Features:
        return {branch: f"{branch}_features" for branch in self.weights.branches}

    def _of_branches(self) -> dict[str, Shape]:
        return {
            name: _features(self.weights.filters) for name in self._names_of_branches().values()
        }

    def _serialized(self, graph: Graph, values: Features, channels: int | None = None) -> bytes:
        shape = _features(channels or self.weights.filters, "out_")
        return graph.serialized({value: (name, shape) for name, value in values.items()})


def _features(channels: int, prefix: str = "") -> Shape:
    return ("batch", channels, f"{prefix}height", f"{prefix}width")
