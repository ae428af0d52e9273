"""PyAV, which reads and writes video, or the sentence that says how to get it."""

import os
from types import ModuleType

from keras_dgggan.errors import DggganError


class VideoFileError(DggganError):
    """A video that cannot be read or written."""


def pyav() -> ModuleType:
    """The module `av`.

    Raises:
        DggganError: It is not installed.
    """
    try:
        import av
    except ImportError:
        raise DggganError(
            "video needs PyAV, which is not installed: pip install 'keras-dgggan[video]'"
        ) from None
    # SVT-AV1 tells its settings on standard error, for every piece of a video; 1 is errors alone.
    os.environ.setdefault("SVT_LOG", "1")
    return av
