"""The parts of a generator as ONNX operators."""

import numpy as np
import numpy.typing as npt

from keras_dgggan.inference.kernels import (
    closing_kernel,
    enlarging_kernel,
    fused_output,
    successive,
)
from keras_dgggan.inference.onnx.model_file import Graph, as_onnx_kernel
from keras_dgggan.pretrained.generator_weights import GeneratorWeights, Weights

# `layers.image_gradient`'s.
_EPSILON = 1e-6

# Slices to the end of an axis.
_END = np.iinfo(np.int64).max

# Values of a graph by branch, or by output.
Features = dict[str, str]


class Parts:
    """The parts of a generator, each added to a graph."""

    def __init__(self, graph: Graph, weights: GeneratorWeights) -> None:
        self._graph = graph
        self._weights = weights
        self._layers = weights.layers

    def heads(self, lr: str) -> Features:
        heads = {"image": self._convolution(lr, self._layers["image_head"])}
        if self._weights.gradient_branch:
            gradient_map = self.image_gradient(lr)
            heads["gradient"] = self._convolution(gradient_map, self._layers["gradient_head"])
        return heads

    def image_gradient(self, x: str) -> str:
        """`layers.image_gradient`: the root of the squared differences, border replicated."""
        add = self._graph.add
        pads = self._graph.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64))
        padded = add("Pad", x, pads, mode="edge")

        def shifted(top: int, left: int) -> str:
            # The other border is as far from the other end.
            bounds = [[top, left], [top - 2 or _END, left - 2 or _END], [2, 3]]
            corners = [self._graph.constant(np.array(b, np.int64)) for b in bounds]
            return add("Slice", padded, *corners)

        def squared(ahead: str, behind: str) -> str:
            difference = add("Sub", ahead, behind)
            return add("Mul", difference, difference)

        both = add(
            "Add",
            squared(shifted(1, 2), shifted(1, 0)),
            squared(shifted(2, 1), shifted(0, 1)),
        )
        return add("Sqrt", add("Add", both, self._graph.constant(np.float32(_EPSILON))))

    def block(self, branch: str, i: int, x: str) -> str:
        """A multi-scale residual block with squeeze-and-excitation."""
        add, features = self._graph.add, self.before_gate(branch, i, x)
        if self._weights.se:
            excitation = f"{branch}_block_{i}/squeeze_excitation"
            # Line by line: a float32 sum over a whole image would lose digits with every pixel.
            gate = add("ReduceMean", add("ReduceMean", features, axes=[3]), axes=[2])
            gate = add("Relu", self._dense(gate, f"{excitation}/squeeze"))
            gate = add("Sigmoid", self._dense(gate, f"{excitation}/excite"))
            features = add("Mul", features, gate)
        return add("Add", x, features)

    def before_gate(self, branch: str, i: int, x: str) -> str:
        """What a block adds to its input, before SE's gate."""
        name = f"{branch}_block_{i}"
        x = self._graph.add("Concat", *self._both_sizes(x, f"{name}/level1"), axis=1)
        by_size = self._both_sizes(x, f"{name}/level2")
        pointwise = self._layers[f"{name}/fusion"]
        if self._weights.se:
            transition = self._layers[f"{name}/squeeze_excitation/transition"]
            pointwise = successive(pointwise, transition)
        return self._sum(by_size, pointwise)

    def passed(self, i: int, features: Features) -> str:
        gradient_map = self.image_gradient(features["image"])
        return self._sum([features["gradient"], gradient_map], self._layers[f"pass_{i}_fusion"])

    def tail(
        self, lr: str, heads: Features, features: Features, names: tuple[str, ...]
    ) -> Features:
        """The outputs of these names, from the features after the last blocks."""
        trunk = {
            branch: self._graph.add(
                "Add", self._convolution(x, self._layers[f"{branch}_trunk"]), heads[branch]
            )
            for branch, x in features.items()
        }
        if self._weights.upsampler == "pixel_shuffle":
            pixels, factor = self._shuffled(lr, trunk, names), self._weights.scale
        else:
            pixels, factor = self._enlarged(lr, trunk, names)
        return {
            name: self._graph.add("DepthToSpace", value, blocksize=factor)
            for name, value in pixels.items()
        }

    def _shuffled(self, lr: str, trunk: Features, names: tuple[str, ...]) -> Features:
        """The pixels of the outputs in the channels, by one convolution at LR size."""
        pixels = {}
        if "gradient_map" in names:
            weights = self._layers["gradient_map_pixels"]
            pixels["gradient_map"] = self._convolution(trunk["gradient"], weights)
        if "image" in names:
            image = trunk["image"]
            if self._weights.gradient_branch:
                image = self._sum(list(trunk.values()), self._layers["branch_fusion"])
            value = self._convolution(image, self._layers["image_pixels"])
            pixels["image"] = self._with_skip(lr, value, self._weights.scale)
        return pixels

    def _enlarged(self, lr: str, trunk: Features, names: tuple[str, ...]) -> tuple[Features, int]:
        """The pixels of the outputs in the channels, by sub-pixel convolutions, and their factor.

        The last enlargement is not carried out: the convolutions that put out images read its
        blocks. The 1x1 fusion of the branches is part of the one that follows it.
        """
        factors = [2, 2] if self._weights.scale == 4 else [self._weights.scale]
        factor = factors[-1]
        inside, blocks = "", {}
        for branch, x in trunk.items():
            if branch == "image" and "image" not in names:
                continue
            for i, step in enumerate(factors, 1):
                if i == len(factors) and not inside:
                    inside = self._inside(x, factor)
                x = self._blocks(x, self._layers[f"{branch}_upsampling/conv{i}"], step)
                if i < len(factors):
                    x = self._from_blocks(x, step)
            # What a convolution reads beyond the image is zero.
            blocks[branch] = self._graph.add("Mul", x, self._repeated(inside, factor))
        outputs = {}
        if "gradient_map" in names:
            kernel, bias = self._layers["gradient_map"]
            closing = closing_kernel(kernel, factor), np.tile(bias, factor**2)
            outputs["gradient_map"] = self._convolution(blocks["gradient"], closing, pad=0)
        if "image" in names:
            value = self._closed(blocks, inside, factor)
            if self._weights.image_skip:
                # Blocks of the enlarged LR image, whose pixels are equal.
                lr = self._lr_for(lr, factor)
                value = self._with_skip(lr, value, factor)
            outputs["image"] = value
        return outputs, factor

    def _closed(self, blocks: Features, inside: str, factor: int) -> str:
        kernel, bias = self._layers["image"]
        kernels, of_bias = fused_output(kernel, self._layers.get("branch_fusion"), factor)
        value = self._convolution(inside, (of_bias, np.tile(bias, factor**2)), pad=0)
        for branch, part in kernels.items():
            value = self._graph.add(
                "Add", self._convolution(blocks[branch], (part, None), 0), value
            )
        return value

    def _blocks(self, x: str, weights: Weights, factor: int) -> str:
        """Blocks of the enlarged, convolved and activated features."""
        kernel, bias = weights
        enlarging = enlarging_kernel(kernel, factor), np.tile(bias, factor**2)
        return self._activated(self._convolution(x, enlarging, pad=1))

    def _from_blocks(self, x: str, factor: int) -> str:
        """The features that blocks consist of: without the parts that lie beyond the image."""
        enlarged = self._graph.add("DepthToSpace", x, blocksize=factor)
        bounds = [[1, 1], [1 - factor, 1 - factor], [2, 3]]
        corners = [self._graph.constant(np.array(b, np.int64)) for b in bounds]
        return self._graph.add("Slice", enlarged, *corners)

    def _inside(self, x: str, factor: int) -> str:
        """Which pixels of the blocks of x lie in the image: `[1, f * f, h + 1, w + 1]`, 1 or 0."""
        constant, add = self._graph.constant, self._graph.add
        size = add("Shape", x, start=2)
        shape = add("Concat", constant(np.array([1, 1], np.int64)), size, axis=0)
        ones = add("Expand", constant(np.ones((1, 1, 1, 1))), shape)
        # A pixel lies in one of the 2x2 LR pixels around the block: the first place in the one
        # before, the others in the one behind.
        reads = np.zeros((2, 2, 1, factor, factor))
        for y in range(factor):
            for x_ in range(factor):
                reads[min(y, 1), min(x_, 1), 0, y, x_] = 1
        return self._convolution(ones, (reads.reshape(2, 2, 1, -1), None), pad=1)

    def _repeated(self, inside: str, factor: int) -> str:
        """A value for each place in a block, repeated for all of its channels."""
        places = factor**2
        spread = np.repeat(np.eye(places), self._weights.filters, axis=1)
        return self._convolution(inside, (spread[None, None], None), pad=0)

    def _lr_for(self, lr: str, factor: int) -> str:
        """The LR image enlarged to `scale / factor` times its size."""
        left = self._weights.scale // factor
        if left == 1:
            return lr
        spread = np.tile(np.eye(3), (1, left**2))
        pixels = self._convolution(lr, (spread[None, None], None), pad=0)
        return self._graph.add("DepthToSpace", pixels, blocksize=left)

    def _with_skip(self, lr: str, pixels: str, factor: int) -> str:
        """Pixels in channels with the LR image's own added to each."""
        if not self._weights.image_skip:
            return pixels
        spread = np.tile(np.eye(3), (1, factor**2))
        skipped = self._convolution(lr, (spread[None, None], None), pad=0)
        return self._graph.add("Add", pixels, skipped)

    def _both_sizes(self, x: str, level: str) -> list[str]:
        layers = (self._layers[f"{level}_{size}x{size}"] for size in (3, 5))
        return [self._activated(self._convolution(x, weights)) for weights in layers]

    def _sum(self, inputs: list[str], weights: Weights) -> str:
        """A 1x1 convolution of inputs side by side, without putting them there."""
        kernel, bias = weights
        first, *others = np.split(kernel, len(inputs), axis=2)
        result = self._convolution(inputs[0], (first, bias))
        for x, part in zip(inputs[1:], others, strict=True):
            result = self._graph.add("Add", self._convolution(x, (part, None)), result)
        return result

    def _dense(self, x: str, name: str) -> str:
        kernel, bias = self._layers[name]
        return self._convolution(x, (kernel[None, None], bias))

    def _activated(self, x: str) -> str:
        return self._graph.add("LeakyRelu", x, alpha=float(self._weights.negative_slope))

    def _convolution(
        self, x: str, weights: tuple[npt.NDArray, npt.NDArray | None], pad: int | None = None
    ) -> str:
        """A convolution; by default of unchanged size."""
        kernel, bias = weights
        if pad is None:
            pad = (kernel.shape[0] - 1) // 2
        inputs = [self._graph.constant(as_onnx_kernel(kernel))]
        if bias is not None:
            inputs.append(self._graph.constant(bias))
        size = list(kernel.shape[:2])
        return self._graph.add("Conv", x, *inputs, kernel_shape=size, pads=[pad] * 4)
