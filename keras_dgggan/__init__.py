"""Deep gradient-guided GAN super-resolution for Keras 3 and TensorFlow.

Names are loaded on first use, so that `import keras_dgggan` stays free of TensorFlow.
"""

import importlib
import os
import sys
from typing import TYPE_CHECKING

from keras_dgggan._lazy import lazy_names
from keras_dgggan._version import __version__ as __version__
from keras_dgggan.tensorflow_start import import_tensorflow, set_defaults

if TYPE_CHECKING:
    from keras_dgggan import bulk as bulk
    from keras_dgggan import data as data
    from keras_dgggan import errors as errors
    from keras_dgggan import evaluation as evaluation
    from keras_dgggan import export as export
    from keras_dgggan import gan as gan
    from keras_dgggan import images as images
    from keras_dgggan import importing as importing
    from keras_dgggan import inference as inference
    from keras_dgggan import layers as layers
    from keras_dgggan import losses as losses
    from keras_dgggan import metrics as metrics
    from keras_dgggan import networks as networks
    from keras_dgggan import presets as presets
    from keras_dgggan import pretrained as pretrained
    from keras_dgggan import recipe as recipe
    from keras_dgggan import serving as serving
    from keras_dgggan import training as training
    from keras_dgggan import video as video
    from keras_dgggan import web as web
    from keras_dgggan.gan import DGGGAN as DGGGAN
    from keras_dgggan.images.resize import imresize as imresize
    from keras_dgggan.inference.upscaler import Upscaler as Upscaler
    from keras_dgggan.layers import ImageGradient as ImageGradient
    from keras_dgggan.layers import MultiScaleResidualBlock as MultiScaleResidualBlock
    from keras_dgggan.layers import SqueezeExcitation as SqueezeExcitation
    from keras_dgggan.layers import Upsampling as Upsampling
    from keras_dgggan.losses import LossWeights as LossWeights
    from keras_dgggan.networks import Critic as Critic
    from keras_dgggan.networks import Generator as Generator
    from keras_dgggan.networks import vgg16_features as vgg16_features
    from keras_dgggan.networks import vgg19_features as vgg19_features
    from keras_dgggan.pretrained.load import load_model as load_model
    from keras_dgggan.recipe import load_recipe as load_recipe
    from keras_dgggan.training.run import train as train

_NAMES = {
    "Critic": "keras_dgggan.networks",
    "DGGGAN": "keras_dgggan.gan",
    "Generator": "keras_dgggan.networks",
    "ImageGradient": "keras_dgggan.layers",
    "LossWeights": "keras_dgggan.losses",
    "MultiScaleResidualBlock": "keras_dgggan.layers",
    "SqueezeExcitation": "keras_dgggan.layers",
    "Upsampling": "keras_dgggan.layers",
    "Upscaler": "keras_dgggan.inference.upscaler",
    "imresize": "keras_dgggan.images.resize",
    "load_model": "keras_dgggan.pretrained.load",
    "load_recipe": "keras_dgggan.recipe",
    "train": "keras_dgggan.training.run",
    "vgg16_features": "keras_dgggan.networks",
    "vgg19_features": "keras_dgggan.networks",
}
_SUBMODULES = (
    *("bulk", "data", "errors", "evaluation", "export", "gan", "images", "importing", "inference"),
    *("layers", "losses", "metrics", "networks", "presets", "pretrained", "recipe", "serving"),
    *("training", "video", "web"),
)
# Names of modules that import Keras, and TensorFlow with it.
_WITH_KERAS = {"export", "gan", "layers", "losses", "networks", "training"}

set_defaults()


def _start_quietly(name: str) -> None:
    module = _NAMES.get(name, f"keras_dgggan.{name}").split(".")[1]
    if module in _WITH_KERAS and os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow":
        import_tensorflow()


if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__, _NAMES, submodules=_SUBMODULES, before=_start_quietly
    )
    __all__ += ["__version__"]

# Keras finds the classes of a saved model by their registration. In a script that has imported
# Keras, importing this package is enough to load one.
if "keras" in sys.modules:
    importlib.import_module("keras_dgggan.networks")
    if sys.modules["keras"].config.backend() == "tensorflow":
        importlib.import_module("keras_dgggan.gan")
