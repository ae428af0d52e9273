"""Training from a recipe."""

import importlib
from typing import Any

_EXPORTS = {
    "RunResult": "keras_dgggan.training.session",
    "train": "keras_dgggan.training.run",
}


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)
