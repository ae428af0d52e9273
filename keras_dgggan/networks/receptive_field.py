"""How far a network looks: the LR pixels around its own that an SR pixel depends on."""

import math
from fractions import Fraction
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

# Of each pixel for itself.
_POINTWISE = (
    keras.layers.Activation,
    keras.layers.Add,
    keras.layers.BatchNormalization,
    keras.layers.Concatenate,
    keras.layers.InputLayer,
    keras.layers.LeakyReLU,
    keras.layers.Multiply,
    keras.layers.PReLU,
    keras.layers.ReLU,
    keras.layers.Rescaling,
    keras.layers.Subtract,
    Luma,
)


def halo_of(network: Any) -> int | None:
    """The LR pixels on each side that decide an SR pixel, beside the one that it lies in.

    Tiles that extend so far beyond what is kept of them give what the whole image gives.

    Args:
        network: Any functional network of this package that takes LR alone.

    Returns:
        The pixels; None for a network that looks at the whole image.

    Raises:
        TypeError: A layer that this module does not know.

    Example:
        >>> halo_of(EDSR(filters=64, blocks=16)), halo_of(RCAN())
        (36, None)
    """
    # By tensor: LR pixels so far, and pixels for each LR pixel.
    known = {id(network.input): (Fraction(0), Fraction(1))}
    for layer in network.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        inputs = [known[id(tensor)] for tensor in keras.tree.flatten(layer.input)]
        reach = max(reach for reach, _ in inputs)
        result = _after(layer, reach, inputs[0][1])
        if result is None:
            return None
        known[id(layer.output)] = result
    return max(math.ceil(known[id(tensor)][0]) for tensor in network.output.values())


def _after(layer: Any, reach: Fraction, size: Fraction) -> tuple[Fraction, Fraction] | None:
    """Reach and size behind a layer; a pixel at `size` is `1 / size` of an LR pixel."""
    if isinstance(layer, keras.layers.GlobalAveragePooling2D | SqueezeExcitation):
        return None
    if isinstance(layer, MultiScaleResidualBlock):
        return None if layer.se else (reach + layer.halo / size, size)
    # Before Conv2D, which a transposed convolution is not, whatever its name says.
    if isinstance(layer, keras.layers.Conv2DTranspose):
        size *= layer.strides[0]
        return reach + _beyond(layer) / size, size
    if isinstance(layer, keras.layers.Conv2D):
        reach += _beyond(layer) / size
        if layer.strides[0] > 1:
            # A part of a pixel of the smaller image is all of it.
            size /= layer.strides[0]
            reach = Fraction(math.ceil(reach * size)) / size
        return reach, size
    if isinstance(layer, Upsampling):
        for factor, convolution in zip(layer.factors, layer.convs, strict=True):
            size *= factor
            reach += _beyond(convolution) / size
        return reach, size
    if isinstance(layer, Enlargement):
        return reach + RADIUS[layer.kernel] / size, size * layer.scale
    if isinstance(layer, ImageGradient):
        return reach + 1 / size, size
    if isinstance(layer, PixelShuffle):
        return reach, size * layer.scale
    if isinstance(layer, Background):
        return reach, size * layer.scale
    if isinstance(layer, keras.layers.UpSampling2D):
        return reach, size * layer.size[0]
    if isinstance(layer, _POINTWISE):
        return reach, size
    raise TypeError(f"how far {layer.name!r} looks, a {type(layer).__name__}, is not known")


def _beyond(convolution: Any) -> int:
    """Pixels that a convolution reads beyond its stride, on the side where they are more."""
    return math.ceil((convolution.kernel_size[0] - convolution.strides[0]) / 2)
