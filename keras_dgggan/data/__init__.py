"""Training and validation images: sources, their check, the input pipeline, bicubic resizing.

Names are loaded on first use: TensorFlow comes in with the first that needs it.
"""

import importlib
from typing import Any

_EXPORTS = {
    "Degradation": "keras_dgggan.data.degradation",
    "FolderSource": "keras_dgggan.data.folders",
    "PairsSource": "keras_dgggan.data.folders",
    "PhotoDegradation": "keras_dgggan.recipe.degradation",
    "Sample": "keras_dgggan.data.source",
    "SkimageSource": "keras_dgggan.data.bundled",
    "Source": "keras_dgggan.data.source",
    "TfdsSource": "keras_dgggan.data.tfds_source",
    "batch_names": "keras_dgggan.data.pipeline",
    "check_source": "keras_dgggan.data.checking",
    "data_error": "keras_dgggan.data.pipeline",
    "imresize": "keras_dgggan.images.resize",
    "imresize_crop": "keras_dgggan.images.resize",
    "training_dataset": "keras_dgggan.data.pipeline",
    "validation_pairs": "keras_dgggan.data.source",
}

__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_EXPORTS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_EXPORTS])
