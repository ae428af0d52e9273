"""From a picture to a larger picture. Names load on first use: `channels` needs no TensorFlow."""

import importlib
from typing import Any

_EXPORTS = {
    "Upscaler": "keras_dgggan.inference.upscaler",
    "upscale_picture": "keras_dgggan.images.channels",
}

__all__ = ["Upscaler", "upscale_picture"]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)
