"""The parts that networks are made of, by the names of their layers."""

import re

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
