"""Parameters, multiply-accumulates and FLOPs of a network, counted exactly from its layers.

The rule: a convolution or dense layer costs `kernel height x kernel width x input channels`
multiply-accumulates (MACs) for each number it puts out, border pixels like all others. A MAC is two
FLOPs; every other addition, multiplication, root or activation of one number is one. Moving
numbers (concatenating, repeating, shuffling) costs nothing.
"""

import re
from collections.abc import Iterator

import keras
from keras import KerasTensor

from keras_dgggan.layers.properties import Count as Count
from keras_dgggan.layers.properties import Shape, cost_of
from keras_dgggan.networks.graph import steps_of

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


OTHER = "other layers"


def part_of(layer: str) -> str:
    """The part that a layer belongs to, from its name.

    Examples:
        >>> part_of("group_1_block_2_conv1"), part_of("depthwise_conv2d_3")
        ('blocks', 'other layers')
    """
    for part, pattern in PARTS.items():
        if re.fullmatch(pattern, layer):
            return part
    return OTHER


def count_parts(network: keras.Model, lr_height: int, lr_width: int) -> dict[str, Count]:
    """Count each part of a network for one LR image.

    Args:
        network: A network that takes LR alone.
        lr_height: Height of the LR image.
        lr_width: Its width.

    Returns:
        Counts by the name of the part, in the order of computation; parts that the network does
        not have, or that hold and cost nothing, are left out. `total` adds them up. Of layers whose
        operations are not known (`uncounted_layers`) the parameters alone are counted.

    Examples:
        >>> from keras_dgggan.networks import SRCNN
        >>> [*count_parts(SRCNN(), 48, 48)]
        ['enlargement of LR and luma', 'convolutions', 'outputs']
    """
    counts: dict[str, Count] = {}
    for layer, count in _counts(network, lr_height, lr_width):
        part = part_of(layer.name)
        counts[part] = counts.get(part, Count()) + count
    return {part: counts[part] for part in (*PARTS, OTHER) if counts.get(part, Count()) != Count()}


def count_network(network: keras.Model, lr_height: int, lr_width: int) -> Count:
    """The sum of `count_parts`, which takes the same arguments.

    Examples:
        >>> from keras_dgggan.networks import SRCNN
        >>> count_network(SRCNN(), 48, 48).params
        57281
    """
    return sum((count for _, count in _counts(network, lr_height, lr_width)), Count())


def uncounted_layers(network: keras.Model) -> tuple[str, ...]:
    """Names of the layers whose operations are not known, so that counts are too small."""
    layers = layers_and_shapes(network, (1, 8, 8, 3))
    unknown = [layer.name for layer, shapes in layers if cost_of(layer, *shapes) is None]
    return tuple(dict.fromkeys(unknown))


def layers_and_shapes(
    network: keras.Model, shape: Shape
) -> Iterator[tuple[keras.Operation, tuple[Shape, ...]]]:
    """Layers of a network in order of computation, with the shapes of their inputs."""
    for step in steps_of(network, KerasTensor(shape)):
        yield step.operation, step.input_shapes


def _counts(
    network: keras.Model, height: int, width: int
) -> Iterator[tuple[keras.Operation, Count]]:
    counted = set()
    for layer, shapes in layers_and_shapes(network, (1, height, width, 3)):
        count = cost_of(layer, *shapes)
        if count is None:
            count = Count(layer.count_params() if isinstance(layer, keras.Layer) else 0)
        # A layer that is called again holds nothing more.
        yield layer, Count(0, count.macs, count.flops) if id(layer) in counted else count
        counted.add(id(layer))
