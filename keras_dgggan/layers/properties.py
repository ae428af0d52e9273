"""Receptive fields and costs of layers, from which those of networks are added up.

A layer of this package says both itself, by the methods `receptive_field()` and
`cost(*input_shapes)`; so may a layer of anybody's own. Keras' layers stand in a table here. What is
known of neither kind is `None`: then nothing is claimed.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import keras

Shape = tuple[int, ...]


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive field of a layer, and its change of size.

    Attributes:
        radius: Input pixels on each side that an output pixel depends on, beside the one that it
            lies in; infinite where it depends on the whole image.
        scale: Output pixels for an input pixel, along a side.

    Examples:
        >>> receptive_field_of(keras.layers.Conv2D(8, 5, padding="same"))
        ReceptiveField(radius=2, scale=1)
    """

    radius: Fraction | float = 0
    scale: Fraction | int = 1


WHOLE_IMAGE = ReceptiveField(math.inf)


@dataclass(frozen=True)
class Count:
    """Parameters, multiply-accumulates and floating-point operations for one image.

    Examples:
        >>> Count(params=1, macs=2, flops=5) + Count(params=1, macs=1, flops=2)
        Count(params=2, macs=3, flops=7)
    """

    params: int = 0
    macs: int = 0
    flops: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.params + other.params, self.macs + other.macs, self.flops + other.flops)


def receptive_field_of(layer: keras.Operation) -> ReceptiveField | None:
    """The receptive field of a layer or a `keras.ops` operation; None where it is not known.

    Examples:
        >>> receptive_field_of(keras.layers.GlobalAveragePooling2D()).radius
        inf
        >>> receptive_field_of(keras.layers.Conv2D(8, 3, padding="valid")) is None
        True
    """
    if hasattr(layer, "receptive_field"):
        return layer.receptive_field()
    known = _KERAS_LAYERS.get(type(layer))
    if known is not None:
        return known[0](layer)
    return ReceptiveField() if _is_pointwise_operation(layer) else None


def cost_of(layer: keras.Operation, *shapes: Shape) -> Count | None:
    """Parameters and operations of a layer or a `keras.ops` operation; None if not known.

    Args:
        layer: It, built.
        shapes: The shapes of its inputs, without None.

    Examples:
        >>> cost_of(keras.layers.ReLU(), (1, 4, 4, 3))
        Count(params=0, macs=0, flops=48)
    """
    if hasattr(layer, "cost"):
        return layer.cost(*shapes)
    known = _KERAS_LAYERS.get(type(layer))
    if known is not None:
        return known[1](layer, *shapes)
    if _is_pointwise_operation(layer):
        return Count(flops=max(math.prod(shape) for shape in shapes))
    return None


# By their names, like `Add` of `x + y`: Keras exports no classes of them.
_POINTWISE_OPERATION = re.compile(
    "Abs|Absolute|Add|Cast|Clip|Divide|Elu|Exp|Gelu|HardSigmoid|HardSwish|LeakyRelu|Log|Maximum|"
    "Minimum|Mod|Multiply|Negative|Power|Relu|Relu6|Rsqrt|Sigmoid|Silu|Softplus|Sqrt|Square|"
    "Subtract|Tanh|TrueDivide"
)


def _is_pointwise_operation(operation: keras.Operation) -> bool:
    kind = type(operation)
    ours = kind.__module__.startswith("keras.src.ops")
    return ours and _POINTWISE_OPERATION.fullmatch(kind.__name__) is not None


# === Receptive fields of Keras' layers ===


def _pixel(layer: keras.Layer) -> ReceptiveField:
    return ReceptiveField()


def _channels(layer: keras.Layer) -> ReceptiveField | None:
    """The field of normalisations and concatenations: pointwise if along the channels alone."""
    axis = layer.axis if isinstance(layer.axis, int) else None
    if isinstance(layer.axis, list | tuple) and len(layer.axis) == 1:
        axis = layer.axis[0]
    return ReceptiveField() if axis in (-1, 3) else None


def _whole(layer: keras.Layer) -> ReceptiveField:
    return WHOLE_IMAGE


def _beyond(size: int, stride: int, dilation: int = 1) -> int:
    """Pixels that a window reads beyond its stride, on the side where these are more."""
    return max(0, math.ceil((dilation * (size - 1) + 1 - stride) / 2))


def _window(layer: keras.Layer) -> ReceptiveField | None:
    """The field of convolutions and poolings with "same" padding."""
    sizes = getattr(layer, "kernel_size", None) or layer.pool_size
    stride, dilation = layer.strides[0], getattr(layer, "dilation_rate", (1, 1))
    if layer.data_format != "channels_last" or layer.strides != (stride, stride):
        return None
    if layer.padding != "same" and (*sizes, *layer.strides) != (sizes[0],) * 4:
        return None
    radius = max(_beyond(k, stride, d) for k, d in zip(sizes, dilation, strict=True))
    return ReceptiveField(radius, 1 if stride == 1 else Fraction(1, stride))


def _transposed_window(layer: keras.Layer) -> ReceptiveField | None:
    stride = layer.strides[0]
    if (
        layer.padding != "same"
        or layer.data_format != "channels_last"
        or layer.strides != (stride, stride)
        or tuple(layer.dilation_rate) != (1, 1)
    ):
        return None
    beyond = max(_beyond(k, stride) for k in layer.kernel_size)
    return ReceptiveField(Fraction(beyond, stride), stride)


def _enlarged(layer: keras.Layer) -> ReceptiveField | None:
    if layer.size[0] != layer.size[1] or layer.interpolation not in ("nearest", "bilinear"):
        return None
    return ReceptiveField(0 if layer.interpolation == "nearest" else 1, layer.size[0])


# === Costs of Keras' layers ===


def weighted_sums(layer: keras.Layer, terms: int, outputs: int) -> Count:
    """The cost of `outputs` numbers that are each a sum of so many products, and of a bias."""
    macs = terms * outputs
    flops = 2 * macs + (outputs if layer.use_bias else 0)
    if getattr(layer, "activation", keras.activations.linear) is not keras.activations.linear:
        flops += outputs
    return Count(layer.count_params(), macs, flops)


def _convolution(layer: keras.Layer, shape: Shape) -> Count:
    out = math.prod(layer.compute_output_shape(shape))
    return weighted_sums(layer, math.prod(layer.kernel.shape[:-1]), out)


def _depthwise(layer: keras.Layer, shape: Shape) -> Count:
    out = math.prod(layer.compute_output_shape(shape))
    return weighted_sums(layer, math.prod(layer.kernel.shape[:2]), out)


def _transposed(layer: keras.Layer, shape: Shape) -> Count:
    # Each number that comes in goes once through the whole kernel.
    macs = math.prod(layer.kernel.shape[:-1]) * math.prod(shape)
    out = math.prod(layer.compute_output_shape(shape))
    return Count(layer.count_params(), macs, 2 * macs + (out if layer.use_bias else 0))


def _dense(layer: keras.Layer, shape: Shape) -> Count:
    return weighted_sums(layer, shape[-1], math.prod(layer.compute_output_shape(shape)))


def _moved(layer: keras.Layer, *shapes: Shape) -> Count:
    return Count()


def _each(layer: keras.Layer, *shapes: Shape) -> Count:
    """The cost of activations and poolings: one operation for each number of the input."""
    return Count(layer.count_params(), flops=math.prod(shapes[0]))


def _affine(layer: keras.Layer, shape: Shape) -> Count:
    return Count(layer.count_params(), flops=2 * math.prod(shape))


def _scaling(layer: keras.Layer, shape: Shape) -> Count:
    shifts = not isinstance(layer.offset, int | float) or layer.offset != 0
    return Count(flops=math.prod(shape) * (2 if shifts else 1))


def _normalised(layer: keras.Layer, shape: Shape) -> Count:
    # Mean, difference, square, its mean, quotient; gain and offset.
    return Count(layer.count_params(), flops=7 * math.prod(shape))


def _sum(layer: keras.Layer, *shapes: Shape) -> Count:
    return Count(flops=(len(shapes) - 1) * math.prod(shapes[0]))


def _product(layer: keras.Layer, *shapes: Shape) -> Count:
    out = math.prod(layer.compute_output_shape(list(shapes)))
    return Count(flops=(len(shapes) - 1) * out)


_Known = tuple[Callable[..., ReceptiveField | None], Callable[..., Count]]
_of = keras.layers
# By exact type: a subclass may compute something else.
_KERAS_LAYERS: dict[type, _Known] = {
    _of.Conv2D: (_window, _convolution),
    _of.DepthwiseConv2D: (_window, _depthwise),
    _of.Conv2DTranspose: (_transposed_window, _transposed),
    _of.Dense: (_pixel, _dense),
    _of.MaxPooling2D: (_window, _each),
    _of.AveragePooling2D: (_window, _each),
    _of.GlobalAveragePooling2D: (_whole, _each),
    _of.GlobalMaxPooling2D: (_whole, _each),
    _of.UpSampling2D: (_enlarged, _moved),
    _of.Add: (_pixel, _sum),
    _of.Subtract: (_pixel, _sum),
    _of.Multiply: (_pixel, _product),
    _of.Maximum: (_pixel, _product),
    _of.Minimum: (_pixel, _product),
    _of.Average: (_pixel, _product),
    _of.Concatenate: (_channels, _moved),
    _of.Activation: (_pixel, _each),
    _of.ReLU: (_pixel, _each),
    _of.LeakyReLU: (_pixel, _each),
    _of.PReLU: (_pixel, _each),
    _of.ELU: (_pixel, _each),
    _of.BatchNormalization: (_channels, _affine),
    _of.LayerNormalization: (_channels, _normalised),
    _of.GroupNormalization: (_whole, _normalised),
    _of.Rescaling: (_pixel, _scaling),
    _of.Dropout: (_pixel, _moved),
    _of.SpatialDropout2D: (_pixel, _moved),
    _of.GaussianNoise: (_pixel, _moved),
    _of.Identity: (_pixel, _moved),
}
