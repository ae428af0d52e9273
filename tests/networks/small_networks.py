"""Each network of another system, as small as its structure allows."""

import pytest

SMALL = {
    "srcnn": {"filters": (6, 4)},
    "srcnn rgb": {"filters": (6, 4), "channels": 3, "scale": 3},
    "vdsr": {"filters": 4, "depth": 4},
    "vdsr rgb": {"filters": 4, "depth": 4, "channels": 3, "bias": False, "scale": 2},
    "srresnet": {"filters": 4, "blocks": 2},
    "srresnet published": {"filters": 4, "blocks": 2, "modified": False},
    "edsr": {"filters": 4, "blocks": 2},
    "edsr x3": {"filters": 4, "blocks": 1, "scale": 3, "mean_shift": False},
    "rdn": {"filters": 6, "growth": 4, "blocks": 2, "depth": 2},
    "rcan": {"filters": 6, "groups": 2, "blocks": 2, "reduction": 3},
    "msrn": {"filters": 4, "blocks": 2},
    "dbpn": {"filters": 4, "head_filters": 6, "stages": 3},
    "dbpn x2": {"filters": 4, "head_filters": 6, "stages": 3, "shared_slopes": False, "scale": 2},
    "esrgan": {"filters": 4, "blocks": 1, "growth": 3},
    "natsr": {"filters": 4, "depth": 2},
    "sftgan": {"filters": 4, "blocks": 2},
    "compact": {"filters": 4, "depth": 2},
    "compact x2": {"filters": 4, "depth": 1, "activation": "leaky_relu", "scale": 2},
    "span": {"filters": 4},
    "span x3": {"filters": 4, "scale": 3, "norm": False},
    "spsr": {"filters": 4, "blocks": 4, "growth": 3, "tap_every": 1},
}

# SPSR is large however small it is made.
VARIANTS = [
    pytest.param(variant, marks=pytest.mark.slow) if variant == "spsr" else variant
    for variant in SMALL
]


def kind_of(variant: str) -> str:
    return variant.split()[0]
