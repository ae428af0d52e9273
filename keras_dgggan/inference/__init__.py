"""Upscaling of arrays and picture files: `Upscaler`, its engines, tiles and self-ensemble."""

from typing import TYPE_CHECKING

from keras_dgggan._lazy import lazy_names

if TYPE_CHECKING:
    from keras_dgggan.images.channels import upscale_picture as upscale_picture
    from keras_dgggan.inference.upscaler import Upscaler as Upscaler
else:
    _NAMES = {
        "Upscaler": "keras_dgggan.inference.upscaler",
        "upscale_picture": "keras_dgggan.images.channels",
    }
    __getattr__, __dir__, __all__ = lazy_names(__name__, _NAMES)
