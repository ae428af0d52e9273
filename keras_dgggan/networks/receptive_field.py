"""The receptive field of a network: the LR pixels that an SR pixel depends on."""

import math
from dataclasses import dataclass
from fractions import Fraction

import keras
from keras import KerasTensor

from keras_dgggan.layers.properties import receptive_field_of
from keras_dgggan.networks.graph import steps_of


@dataclass(frozen=True)
class NetworkField:
    """The receptive field of a network, as far as its layers tell it.

    Attributes:
        radius: LR pixels on each side that decide an SR pixel, beside the one that it lies in.
            None where that is the whole image, or not known.
        size_multiple: What LR height and width are cut into: a network that works on a coarser
            grid than LR gives the same for tiles only where they lie on it.
        unknown: Names of the layers whose receptive field is not known.
    """

    radius: int | None
    size_multiple: int = 1
    unknown: tuple[str, ...] = ()


def receptive_field(network: keras.Model) -> NetworkField:
    """The receptive field of a network that takes LR alone.

    Examples:
        >>> from keras_dgggan.networks import EDSR, RCAN
        >>> receptive_field(EDSR(filters=4, blocks=16)).radius
        36
        >>> receptive_field(RCAN(filters=4, groups=1, blocks=1)) == NetworkField(None)
        True
    """
    if isinstance(network.input, list):
        return NetworkField(None)
    # Any size will do; one that halves often meets no layer that rounds.
    lr = KerasTensor((1, 64, 64, 3))
    # By tensor: LR pixels so far, and pixels for each LR pixel.
    known: dict[int, tuple[Fraction | float, Fraction]] = {id(lr): (Fraction(0), Fraction(1))}
    multiple = 1
    unknown: list[str] = []
    # Tensors are told apart by their ids, so they have to live as long.
    steps = list(steps_of(network, lr))
    for step in steps:
        # What does not come from LR is a constant.
        inputs = [known[id(tensor)] for tensor in step.inputs if id(tensor) in known]
        reach, size = max((reach for reach, _ in inputs), default=0), Fraction(1)
        if inputs:
            size = inputs[0][1]
        field = receptive_field_of(step.operation)
        if field is None:
            unknown.append(step.operation.name)
        else:
            reach += field.radius / size
            size *= field.scale
            if field.scale < 1 and not math.isinf(reach):
                # A part of a pixel of the smaller image is all of it.
                reach = Fraction(math.ceil(reach * size)) / size
            multiple = math.lcm(multiple, size.denominator)
        for output in step.outputs:
            known[id(output)] = (reach, size)
    if unknown or not steps:
        return NetworkField(None, multiple, tuple(dict.fromkeys(unknown)))
    radius = max(reach for reach, _ in known.values())
    local = multiple == 1 and not math.isinf(radius)
    return NetworkField(math.ceil(radius) if local else None, multiple)
