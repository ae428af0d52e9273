"""Very many pictures on one or many machines, on Ray Data (`pip install "keras-dgggan[ray]"`)."""

from typing import TYPE_CHECKING

from keras_dgggan._lazy import lazy_names

if TYPE_CHECKING:
    from keras_dgggan.bulk.dataset import upscale_dataset as upscale_dataset
    from keras_dgggan.bulk.progress import Progress as Progress
    from keras_dgggan.bulk.run import upscale_bulk as upscale_bulk
    from keras_dgggan.bulk.settings import Settings as Settings
    from keras_dgggan.bulk.workers import Workers as Workers
else:
    _NAMES = {
        "Progress": "keras_dgggan.bulk.progress",
        "Settings": "keras_dgggan.bulk.settings",
        "Workers": "keras_dgggan.bulk.workers",
        "upscale_bulk": "keras_dgggan.bulk.run",
        "upscale_dataset": "keras_dgggan.bulk.dataset",
    }
    __getattr__, __dir__, __all__ = lazy_names(__name__, _NAMES)
