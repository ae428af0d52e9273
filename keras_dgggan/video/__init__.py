"""Video through PyAV (an extra): frames stream through a model, and all else is kept."""

from typing import TYPE_CHECKING

from keras_dgggan._lazy import lazy_names

if TYPE_CHECKING:
    from keras_dgggan.video.options import VideoOptions as VideoOptions
    from keras_dgggan.video.pyav import VideoFileError as VideoFileError
    from keras_dgggan.video.source import VideoSource as VideoSource
    from keras_dgggan.video.upscaling import VideoProgress as VideoProgress
    from keras_dgggan.video.upscaling import upscale_video as upscale_video
else:
    _NAMES = {
        "VideoFileError": "keras_dgggan.video.pyav",
        "VideoOptions": "keras_dgggan.video.options",
        "VideoProgress": "keras_dgggan.video.upscaling",
        "VideoSource": "keras_dgggan.video.source",
        "upscale_video": "keras_dgggan.video.upscaling",
    }
    __getattr__, __dir__, __all__ = lazy_names(__name__, _NAMES)
