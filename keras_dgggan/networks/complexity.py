"""Parameters, multiply-accumulates and FLOPs, counted exactly from a network's layers.

The rule: a convolution or dense layer costs `kernel height x kernel width x input channels`
multiply-accumulates (MACs) for each number it puts out, border pixels like all others. A MAC is two
FLOPs; every other addition, multiplication, root or activation of one number is one. Moving
numbers (concatenating, repeating, shuffling) costs nothing.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import keras

from keras_dgggan.layers import (
    Enlargement,
    ImageGradient,
    MultiScaleResidualBlock,
    PixelShuffle,
    SqueezeExcitation,
    Upsampling,
)
from keras_dgggan.layers.background import Background
from keras_dgggan.layers.enlargement import RADIUS
from keras_dgggan.layers.luma import Luma

# In the order of computation; a layer is of the first part whose pattern its name matches.
PARTS = {
    "enlargement of LR and luma": r"enlarged|lr_enlarged|luma.*|change",
    "condition": r"background|condition.*",
    "modulation by the condition": r"(block_\d+|trunk)_sft.*",
    "image branch: head and trunk": r"image_(head|trunk|long_skip)",
    "image branch: blocks": r"image_block_.*",
    "gradient branch: head and trunk": r"lr_gradient|gradient_(head|trunk|long_skip)",
    "gradient branch: blocks": r"gradient_(block|conv)_.*|tap_.*",
    "gradient maps passed": r"feature_gradient_.*|pass_.*",
    "upsampling of the image branch": r"image_(upsampling|hr).*",
    "upsampling of the gradient branch": r"gradient_(upsampling|hr).*",
    "fusion of the branches": r"branches|branch_fusion|fusion_(block|conv|hr).*",
    "head": r"ranged|head.*",
    "convolutions": r"conv\d+.*",
    "blocks": r"(block|group|skip_of)_.*",
    "projections up": r"up_\d+.*",
    "projections down": r"down_\d+.*",
    "fusion of all blocks": r"all_results|fusion",
    "trunk": r"(trunk|long_skip).*",
    "upsampling": r"up\d.*|upsampling",
    "outputs": r"hr.*|tail|residual|image.*|gradient_map.*",
}


def part_of(layer: str) -> str:
    """The part that a layer belongs to.

    Raises:
        TypeError: To none that is known here.

    Example:
        >>> part_of("group_1_block_2_conv1")
        'blocks'
    """
    for part, pattern in PARTS.items():
        if re.fullmatch(pattern, layer):
            return part
    raise TypeError(f"the layer {layer!r} belongs to no part that is known here")


Shape = tuple[int, ...]

# Two differences, two squares, their sum, epsilon, the root.
_GRADIENT_FLOPS = 7


@dataclass(frozen=True)
class Count:
    """What a part holds and costs for one image.

    Example:
        >>> Count(params=1, macs=2, flops=5) + Count(params=1, macs=1, flops=2)
        Count(params=2, macs=3, flops=7)
    """

    params: int = 0
    macs: int = 0
    flops: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.params + other.params, self.macs + other.macs, self.flops + other.flops)


def count_parts(network: Any, lr_height: int, lr_width: int) -> dict[str, Count]:
    """Count each part of a network of any system for one LR image.

    Args:
        network: A `Generator`, or any other of `keras_dgggan.networks` that takes LR alone.
        lr_height: Height of the LR image.
        lr_width: Its width.

    Returns:
        Counts by the name of the part, in the order of computation; parts that the network does
        not have, or that hold and cost nothing, are left out. `total` adds them up.

    Raises:
        TypeError: A layer that this module does not know: no count would be right.

    Example:
        >>> total(count_parts(Generator(), 48, 48)).params
        14619478
    """
    counts: dict[str, Count] = {}
    for layer, inputs in layers_and_shapes(network, (1, lr_height, lr_width, 3)):
        part = part_of(layer.name)
        counts[part] = counts.get(part, Count()) + _count(layer, inputs)
    return {part: counts[part] for part in PARTS if counts.get(part, Count()) != Count()}


def count_network(network: Any, lr_height: int, lr_width: int) -> Count:
    """Count a network of any system for one LR image.

    Args:
        network: Any of `keras_dgggan.networks` that takes LR alone.
        lr_height: Height of the LR image.
        lr_width: Its width.

    Raises:
        TypeError: A layer that this module does not know: no count would be right.

    Example:
        >>> count_network(RRDBNet(), 48, 48).params
        16697987
    """
    layers = layers_and_shapes(network, (1, lr_height, lr_width, 3))
    return sum((_count(layer, inputs) for layer, inputs in layers), Count())


def total(counts: dict[str, Count]) -> Count:
    """The sum over parts."""
    return sum(counts.values(), Count())


def layers_and_shapes(model: Any, shape: Shape) -> Iterable[tuple[Any, list[Shape]]]:
    """Layers of a functional model in order, with the shapes of their inputs."""
    shapes = {id(model.input): shape}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        inputs = [shapes[id(tensor)] for tensor in keras.tree.flatten(layer.input)]
        yield layer, inputs
        shapes[id(layer.output)] = tuple(
            layer.compute_output_shape(inputs if len(inputs) > 1 else inputs[0])
        )


def _count(layer: Any, inputs: list[Shape]) -> Count:
    for kind, counter in _COUNTERS.items():
        if isinstance(layer, kind):
            return counter(layer, *inputs)
    raise TypeError(f"cannot count the operations of {layer.name!r}, a {type(layer).__name__}")


def _convolution(layer: Any, shape: Shape) -> Count:
    out = tuple(layer.compute_output_shape(shape))
    return _weighted_sums(layer, math.prod(layer.kernel.shape[:-1]), math.prod(out))


def _dense(layer: Any, shape: Shape) -> Count:
    count = _weighted_sums(layer, shape[-1], layer.units)
    # Both dense layers of a gate end in an activation.
    return count + Count(flops=layer.units)


def _weighted_sums(layer: Any, terms: int, outputs: int) -> Count:
    macs = terms * outputs
    return Count(layer.count_params(), macs, 2 * macs + (outputs if layer.use_bias else 0))


def _squeeze_excitation(layer: Any, shape: Shape) -> Count:
    numbers = math.prod(shape)
    return (
        _convolution(layer.transition, shape)
        + Count(flops=numbers)  # the means
        + _dense(layer.squeeze, (1, shape[-1]))
        + _dense(layer.excite, (1, layer.squeeze.units))
        + Count(flops=numbers)  # the gates
    )


def _residual_block(layer: Any, shape: Shape) -> Count:
    space, filters = shape[:-1], layer.filters
    level2 = (*space, 2 * filters)
    count = Count()
    for convolution, given in (
        (layer.level1_3x3, shape),
        (layer.level1_5x5, shape),
        (layer.level2_3x3, level2),
        (layer.level2_5x5, level2),
        (layer.fusion, (*space, 4 * filters)),
    ):
        count += _convolution(convolution, given)
    # LeakyReLU after both levels, and the residual sum.
    count += Count(flops=math.prod(space) * (2 + 4 + 1) * filters)
    if layer.squeeze_excitation is not None:
        count += _squeeze_excitation(layer.squeeze_excitation, shape)
    return count


def _upsampling(layer: Any, shape: Shape) -> Count:
    count = Count()
    for factor, convolution in zip(layer.factors, layer.convs, strict=True):
        batch, height, width, channels = shape
        count += _convolution(convolution, (batch, height * factor, width * factor, channels))
        shape = (batch, height * factor, width * factor, layer.filters)
        count += Count(flops=math.prod(shape))  # LeakyReLU
    return count


def _image_gradient(layer: Any, shape: Shape) -> Count:
    return Count(flops=_GRADIENT_FLOPS * math.prod(shape))


def _sum(layer: Any, *shapes: Shape) -> Count:
    return Count(flops=(len(shapes) - 1) * math.prod(shapes[0]))


def _enlargement(layer: Any, shape: Shape) -> Count:
    """Its weights are constants, and it mixes no channels."""
    radius = RADIUS[layer.kernel]
    macs = (2 * radius + 1) ** 2 * math.prod(layer.compute_output_shape(shape))
    return Count(macs=macs, flops=2 * macs)


def _activation(layer: Any, shape: Shape) -> Count:
    return Count(layer.count_params(), flops=math.prod(shape))


def _affine(layer: Any, shape: Shape) -> Count:
    return Count(layer.count_params(), flops=2 * math.prod(shape))


def _scaling(layer: Any, shape: Shape) -> Count:
    return Count(flops=math.prod(shape) * (1 if layer.offset == 0.0 else 2))


def _product(layer: Any, *shapes: Shape) -> Count:
    return Count(flops=math.prod(layer.compute_output_shape(list(shapes))))


def _transposed_convolution(layer: Any, shape: Shape) -> Count:
    # Each number that comes in goes once through the whole kernel.
    macs = math.prod(layer.kernel.shape[:-1]) * math.prod(shape)
    out = math.prod(layer.compute_output_shape(shape))
    return Count(layer.count_params(), macs, 2 * macs + (out if layer.use_bias else 0))


def _luma(layer: Any, shape: Shape) -> Count:
    # Three products, two sums and the black level make one number of three.
    return Count(flops=2 * math.prod(shape))


def _moved(layer: Any, *shapes: Shape) -> Count:
    return Count()


_COUNTERS: dict[type, Callable[..., Count]] = {
    keras.layers.Conv2DTranspose: _transposed_convolution,
    keras.layers.Conv2D: _convolution,
    MultiScaleResidualBlock: _residual_block,
    SqueezeExcitation: _squeeze_excitation,
    Upsampling: _upsampling,
    ImageGradient: _image_gradient,
    keras.layers.Add: _sum,
    keras.layers.Concatenate: _moved,
    keras.layers.UpSampling2D: _moved,
    PixelShuffle: _moved,
    keras.layers.ReLU: _activation,
    keras.layers.LeakyReLU: _activation,
    keras.layers.PReLU: _activation,
    keras.layers.Activation: _activation,
    keras.layers.GlobalAveragePooling2D: _activation,
    keras.layers.BatchNormalization: _affine,
    keras.layers.Rescaling: _scaling,
    keras.layers.Subtract: _sum,
    keras.layers.Multiply: _product,
    Enlargement: _enlargement,
    Luma: _luma,
    Background: _moved,
}
