"""Training from a recipe."""

from typing import TYPE_CHECKING

from keras_dgggan._lazy import lazy_names

if TYPE_CHECKING:
    from keras_dgggan.training.run import train as train
    from keras_dgggan.training.session import RunResult as RunResult
else:
    _NAMES = {
        "RunResult": "keras_dgggan.training.session",
        "train": "keras_dgggan.training.run",
    }
    __getattr__, __dir__, __all__ = lazy_names(__name__, _NAMES)
