"""Names of the small and fast networks, Compact and SPAN."""

import re

import numpy as np
import numpy.typing as npt

from keras_dgggan.importing.scheme import NUMBER as N
from keras_dgggan.importing.scheme import Scheme

SMALL_SCHEMES: dict[str, tuple[Scheme, ...]] = {
    "Compact": (
        Scheme(
            "BasicSR",
            {
                r"body\.0": "head",
                r"body\.1": "head_prelu",
                r"body\.(\d*[02468])": "conv{1h}",
                r"body\.(\d*[13579])": "conv{1h}_prelu",
                "tail": "tail",
            },
        ),
    ),
    "SPAN": (
        Scheme(
            "the authors",
            {
                r"conv_1\.eval_conv": "head",
                rf"block_{N}\.c{N}_r\.eval_conv": "block_{1}_conv{2}",
                r"conv_2\.eval_conv": "trunk",
                "conv_cat": "fusion",
                r"upsampler\.0": "tail",
            },
            ("no_norm",),
        ),
    ),
}


def canonical(state: dict[str, npt.NDArray]) -> dict[str, npt.NDArray]:
    """Fold the two paths of SPAN's convolutions, and name Compact's last convolution `tail`.

    A table of names can say neither.
    """
    return _with_named_tail(_folded(state))


def _folded(state: dict[str, npt.NDArray]) -> dict[str, npt.NDArray]:
    """Replace `X.sk` and `X.conv.0` to `X.conv.2` by the 3x3 convolution `X.eval_conv`."""
    names = [name.removesuffix("conv.1.weight") for name in state if name.endswith("conv.1.weight")]
    state = dict(state)
    for name in names:
        parts = ("sk", "conv.0", "conv.1", "conv.2")
        if not all(
            f"{name}{part}.{kind}" in state for part in parts for kind in ("weight", "bias")
        ):
            continue
        taken = [
            [state.pop(f"{name}{part}.{kind}").astype(np.float64) for kind in ("weight", "bias")]
            for part in parts
        ]
        (skip, skip_bias), (w1, b1), (w2, b2), (w3, b3) = taken
        kernel = np.einsum("om,mnhw,ni->oihw", w3[..., 0, 0], w2, w1[..., 0, 0])
        kernel[:, :, 1:2, 1:2] += skip
        bias = w3[..., 0, 0] @ (w2.sum((2, 3)) @ b1 + b2) + b3 + skip_bias
        # What it was folded to before training went on is of no use.
        state[f"{name}eval_conv.weight"] = kernel.astype(np.float32)
        state[f"{name}eval_conv.bias"] = bias.astype(np.float32)
    return state


def _with_named_tail(state: dict[str, npt.NDArray]) -> dict[str, npt.NDArray]:
    """Rename the last of modules `body.N` to `tail` where they end in a pixel shuffle."""
    modules = [re.fullmatch(r"(.*?)body\.(\d+)\.(weight|bias)", name) for name in state]
    if not state or not all(modules):
        return state
    before = {match[1] for match in modules if match}
    last = max(int(match[2]) for match in modules if match)
    has_slopes = any(
        value.ndim == 1 and name.endswith("body.1.weight") for name, value in state.items()
    )
    (prefix, *others) = before
    out = state.get(f"{prefix}body.{last}.weight", np.empty(0)).shape[:1]
    if others or not (has_slopes or (out and out[0] > 3)):
        return state
    found = f"{prefix}body.{last}."
    return {name.replace(found, f"{prefix}tail."): value for name, value in state.items()}
