"""How good an upscaled image is, in numbers that can be compared with published ones.

The functions are NumPy alone and measure one image; the classes are Keras metrics over batches,
loaded on first use, so that measuring files does not start TensorFlow.
"""

from typing import TYPE_CHECKING

from keras_dgggan._lazy import lazy_names
from keras_dgggan.metrics._color_error import color_error as color_error
from keras_dgggan.metrics._niqe import niqe as niqe
from keras_dgggan.metrics._niqe import perceptual_index as perceptual_index
from keras_dgggan.metrics._planes import luma as luma
from keras_dgggan.metrics._planes import to_8bit as to_8bit
from keras_dgggan.metrics._psnr import psnr as psnr
from keras_dgggan.metrics._ssim import ssim as ssim

if TYPE_CHECKING:
    from keras_dgggan.metrics._lpips import lpips as lpips
    from keras_dgggan.metrics.keras_metrics import LPIPS as LPIPS
    from keras_dgggan.metrics.keras_metrics import PSNR as PSNR
    from keras_dgggan.metrics.keras_metrics import SSIM as SSIM
else:
    _NAMES = {
        "LPIPS": "keras_dgggan.metrics.keras_metrics",
        "PSNR": "keras_dgggan.metrics.keras_metrics",
        "SSIM": "keras_dgggan.metrics.keras_metrics",
        "lpips": "keras_dgggan.metrics._lpips",
    }
    __getattr__, __dir__, _ = lazy_names(__name__, _NAMES)
