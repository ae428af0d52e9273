"""How good an upscaled image is, in numbers that can be compared with published ones.

The functions are NumPy alone and measure one image; the classes are Keras metrics over batches,
loaded on first use, so that measuring files does not start TensorFlow.
"""

import importlib
from typing import Any

from keras_dgggan.metrics._color_error import color_error as color_error
from keras_dgggan.metrics._niqe import niqe as niqe
from keras_dgggan.metrics._niqe import perceptual_index as perceptual_index
from keras_dgggan.metrics._planes import luma as luma
from keras_dgggan.metrics._planes import to_8bit as to_8bit
from keras_dgggan.metrics._psnr import psnr as psnr
from keras_dgggan.metrics._ssim import ssim as ssim

_LAZY = {
    "LPIPS": "keras_dgggan.metrics.keras_metrics",
    "PSNR": "keras_dgggan.metrics.keras_metrics",
    "SSIM": "keras_dgggan.metrics.keras_metrics",
    "lpips": "keras_dgggan.metrics._lpips",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LAZY[name]), name)
