"""Training and validation images: sources, their check, the input pipeline, degradation.

Names are loaded on first use: TensorFlow comes in with the first that needs it.
"""

from typing import TYPE_CHECKING

from keras_dgggan._lazy import lazy_names

if TYPE_CHECKING:
    from keras_dgggan.data.bundled import SkimageSource as SkimageSource
    from keras_dgggan.data.checking import check_source as check_source
    from keras_dgggan.data.degradation import Degradation as Degradation
    from keras_dgggan.data.folders import FolderSource as FolderSource
    from keras_dgggan.data.folders import PairsSource as PairsSource
    from keras_dgggan.data.pipeline import batch_names as batch_names
    from keras_dgggan.data.pipeline import data_error as data_error
    from keras_dgggan.data.pipeline import training_dataset as training_dataset
    from keras_dgggan.data.source import Sample as Sample
    from keras_dgggan.data.source import Source as Source
    from keras_dgggan.data.source import validation_pairs as validation_pairs
    from keras_dgggan.data.tfds_source import TfdsSource as TfdsSource
    from keras_dgggan.images.resize import imresize as imresize
    from keras_dgggan.images.resize import imresize_crop as imresize_crop
    from keras_dgggan.recipe.degradation import PhotoDegradation as PhotoDegradation
else:
    _NAMES = {
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
    __getattr__, __dir__, __all__ = lazy_names(__name__, _NAMES)
