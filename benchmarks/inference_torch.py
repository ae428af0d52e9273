"""A generator's copy in PyTorch with the same weights, as a function of arrays."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from training_torch import Generator


class Upscaling(nn.Module):
    """The SR image alone: what only the predicted gradient map needs is not computed."""

    def __init__(self, options: dict[str, Any], weights: dict[str, Any]) -> None:
        super().__init__()
        self.network = Generator(
            options["filters"],
            options["blocks"],
            options["gradient_every"],
            options["upsampler"],
            reduction=options["se_reduction"],
        )
        self.skip = options["image_skip"]
        self.network.load_state_dict(_state(weights, options["gradient_every"]))
        self.network.gradient_out = nn.Identity()

    def forward(self, lr: Tensor) -> Tensor:
        image, _ = self.network(lr)
        if self.skip:
            image = image + F.interpolate(lr, scale_factor=4, mode="nearest")
        return image


def make(
    options: dict[str, Any], weights: dict[str, Any], *, channels_last: bool, compiled: bool
) -> Callable[[np.ndarray], np.ndarray]:
    """A function from `[h, w, 3]` to `[4 * h, 4 * w, 3]`, both float32."""
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    form = torch.channels_last if channels_last else torch.contiguous_format
    network = Upscaling(options, weights).eval().to(memory_format=form)
    if compiled:
        network = torch.compile(network)

    def run(image: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            lr = torch.from_numpy(image)[None].permute(0, 3, 1, 2).contiguous(memory_format=form)
            return network(lr)[0].permute(1, 2, 0).numpy()

    return run


def _state(weights: dict[str, Any], every: int) -> dict[str, Tensor]:
    """Our weights, `layer/sublayer/kernel`, by PyTorch's names."""
    state = {}
    for name, value in weights.items():
        *layers, kind = name.split("/")
        key = ".".join(_renamed(layer, every) for layer in layers if layer != "squeeze_excitation")
        if layers[-1].endswith("_pixels"):
            # PixelShuffle has the colour first, then row and column.
            pixels = value.reshape(*value.shape[:-1], 16, 3)
            value = pixels.swapaxes(-1, -2).reshape(value.shape)
        value = value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T
        kind = "weight" if kind == "kernel" else kind
        state[f"{key}.{kind}"] = torch.from_numpy(np.ascontiguousarray(value))
    return state


def _renamed(layer: str, every: int) -> str:
    first, *rest = layer.split("_")
    if "block" in rest:
        return f"{first}_blocks.{int(rest[-1]) - 1}"
    if first == "pass":
        return f"passes.{int(rest[0]) // every - 1}"
    if rest == ["upsampling"]:
        return f"{first}_tail"
    if layer in ("conv1", "conv2"):
        return f"convs.{int(layer[-1]) - 1}"
    outputs = {
        "image": "image_out",
        "gradient_map": "gradient_out",
        "image_pixels": "image_out.0",
        "gradient_map_pixels": "gradient_out.0",
    }
    return outputs.get(layer, layer)
