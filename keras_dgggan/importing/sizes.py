"""Arguments of networks, read from the shapes of their kernels."""

import itertools
import math
import re
from collections.abc import Callable

from keras_dgggan._types import Config
from keras_dgggan.errors import WeightsError

Shape = tuple[int, ...]


class Sizes:
    """Shapes `[out, in, height, width]` of kernels, by our names of their layers."""

    def __init__(self, kernels: dict[str, Shape]) -> None:
        self.kernels = kernels

    def out(self, layer: str) -> int:
        return self.kernels[layer][0]

    def inside(self, layer: str) -> int:
        return self.kernels[layer][1]

    def size(self, layer: str) -> int:
        return self.kernels[layer][2]

    def count(self, pattern: str) -> int:
        """The largest number that a pattern's group matches in a layer's name."""
        found = (re.fullmatch(pattern, layer) for layer in self.kernels)
        return max((int(match[1]) for match in found if match), default=0)

    def shuffled(self, after: str) -> int:
        """The scale of `up1`, `up2` ... before the layer `after`."""
        layers = [*(f"up{i}" for i in range(1, self.count(r"up(\d+)") + 1)), after]
        return math.prod(
            math.isqrt(self.out(layer) // self.inside(following))
            for layer, following in itertools.pairwise(layers)
        )


def _rrdbnet(s: Sizes) -> Config:
    if s.inside("head") != 3:
        raise WeightsError(
            f"the first convolution takes {s.inside('head')} channels: the network folds LR to a "
            "part of its size first, as Real-ESRGAN's x2 does, which is not known here"
        )
    return {
        "filters": s.out("head"),
        "blocks": s.count(r"block_(\d+)_.*"),
        "growth": s.out("block_1_rdb1_conv1"),
        "scale": 2 ** s.count(r"upsampling/conv(\d+)"),
    }


def _spsr(s: Sizes) -> Config:
    blocks = s.count(r"image_block_(\d+)_.*")
    return {
        "filters": s.out("image_head"),
        "blocks": blocks,
        "growth": s.out("image_block_1_rdb1_conv1"),
        # No tensor tells it; the authors' 23 blocks are tapped every 5.
        "tap_every": min(5, max(1, blocks // 4)),
        "scale": 2 ** s.count(r"image_upsampling/conv(\d+)"),
    }


# By the class; each knows our names of its layers.
READERS: dict[str, Callable[[Sizes], Config]] = {
    "SRCNN": lambda s: {
        "filters": [s.out("conv1"), s.out("conv2")],
        "sizes": [s.size(name) for name in ("conv1", "conv2", "conv3")],
        "channels": s.inside("conv1"),
    },
    "VDSR": lambda s: {
        "filters": s.out("conv1"),
        "depth": s.count(r"conv(\d+)"),
        "channels": s.inside("conv1"),
    },
    "SRResNet": lambda s: {
        "filters": s.out("head"),
        "blocks": s.count(r"block_(\d+)_.*"),
        "scale": s.shuffled("hr" if "hr" in s.kernels else "image"),
    },
    "EDSR": lambda s: {
        "filters": s.out("head"),
        "blocks": s.count(r"block_(\d+)_.*"),
        "scale": s.shuffled("tail"),
        # The authors scale the residuals of the wide network alone.
        "residual_scale": 0.1 if s.out("head") >= 128 else 1.0,
    },
    "RCAN": lambda s: {
        "filters": s.out("head"),
        "groups": s.count(r"group_(\d+)_.*"),
        "blocks": s.count(r"group_\d+_block_(\d+)_.*"),
        "reduction": s.out("head") // s.out("group_1_block_1_squeeze"),
        "scale": s.shuffled("tail"),
    },
    "RDN": lambda s: {
        "filters": s.out("head1"),
        "growth": s.out("block_1_conv1"),
        "blocks": s.count(r"block_(\d+)_.*"),
        "depth": s.count(r"block_1_conv(\d+)"),
        "scale": s.shuffled("tail"),
    },
    "MSRN": lambda s: {
        "filters": s.out("head"),
        "blocks": s.count(r"block_(\d+)/.*"),
        "scale": s.shuffled("tail"),
    },
    "DBPN": lambda s: {
        "filters": s.out("head2"),
        "head_filters": s.out("head1"),
        "stages": s.count(r"up_(\d+)_.*"),
        "scale": {6: 2, 8: 4, 12: 8}[s.size("up_1_conv1")],
    },
    "RRDBNet": _rrdbnet,
    "NatSR": lambda s: {
        "filters": s.out("head"),
        "depth": s.count(r"block_1_conv(\d+)"),
        "scale": s.shuffled("image"),
    },
    "SFTGAN": lambda s: {"filters": s.out("head"), "blocks": s.count(r"block_(\d+)_conv\d")},
    "SPSR": _spsr,
    "Compact": lambda s: {
        "filters": s.out("head"),
        "depth": s.count(r"conv(\d+)"),
        "scale": math.isqrt(s.out("tail") // 3),
    },
    "SPAN": lambda s: {"filters": s.out("head"), "scale": math.isqrt(s.out("tail") // 3)},
}
