"""Deep gradient-guided GAN super-resolution for Keras 3 and TensorFlow.

Names are loaded on first use, so that `import keras_dgggan` stays free of TensorFlow.
"""

import importlib
import os
import sys
from typing import Any

from keras_dgggan._version import __version__ as __version__
from keras_dgggan.tensorflow_start import import_tensorflow, set_defaults

set_defaults()

_EXPORTS = {
    "Critic": "keras_dgggan.networks",
    "DGGGAN": "keras_dgggan.gan",
    "Generator": "keras_dgggan.networks",
    "ImageGradient": "keras_dgggan.layers",
    "LossWeights": "keras_dgggan.losses",
    "MultiScaleResidualBlock": "keras_dgggan.layers",
    "SqueezeExcitation": "keras_dgggan.layers",
    "Upsampling": "keras_dgggan.layers",
    "Upscaler": "keras_dgggan.inference",
    "imresize": "keras_dgggan.images.resize",
    "load_recipe": "keras_dgggan.recipe",
    "train": "keras_dgggan.training",
    "vgg16_features": "keras_dgggan.networks",
    "vgg19_features": "keras_dgggan.networks",
}

# Those that load without TensorFlow.
_LIGHT = ("Upscaler", "imresize", "load_recipe")

__all__ = ["__version__", *sorted(_EXPORTS)]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name not in _LIGHT and os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow":
        import_tensorflow()
    value = getattr(importlib.import_module(_EXPORTS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_EXPORTS])


# Keras finds the classes of a saved model by their registration. In a script that has imported
# Keras, importing this package is enough to load one.
if "keras" in sys.modules:
    importlib.import_module("keras_dgggan.networks")
    if sys.modules["keras"].config.backend() == "tensorflow":
        importlib.import_module("keras_dgggan.gan")
