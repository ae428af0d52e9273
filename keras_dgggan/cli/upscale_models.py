"""The models of `keras-dgggan upscale`, and what the pictures' sizes say of how to run them."""

import threading
from typing import Any

from keras_dgggan.cli.jobs import Job, Plan
from keras_dgggan.images.headers import pixels_of, size_of
from keras_dgggan.inference.upscaler import Upscaler

# With more pixels the start of what computes does not count, whatever the model.
_FEW = 10**7

# Pixels of pictures that are worked on beside each other; larger ones would take much memory.
_SMALL = 384**2


class Upscalers:
    """An upscaler for each model, made when it is first asked for.

    Args:
        options: Of all of them, as `Upscaler` takes them.

    Examples:
        >>> Upscalers(tile=64)("dgggan_x4_light")
        Upscaler('dgggan_x4_light', scale=4, engine='onnxruntime', tile=64)
    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._made: dict[str, Upscaler] = {}
        self._lock = threading.Lock()

    def __call__(self, name: str) -> Upscaler:
        """The upscaler with a model; for several threads."""
        with self._lock:
            if name not in self._made:
                self._made[name] = Upscaler(name, **self._options)
            return self._made[name]


def pixels_of_plan(plan: Plan, *, ensemble: bool) -> int | None:
    """How many pixels a model will be given, if they are few; None for many, and for videos."""
    sources = [None if job.is_video else job.source for job in plan.jobs]
    pixels = pixels_of(sources, _FEW)
    if pixels is None or pixels >= _FEW:
        return None
    return 8 * pixels if ensemble else pixels


def is_small(job: Job, upscaler: Upscaler) -> bool:
    """Whether a job takes a moment only, so that others may run beside it."""
    # TensorFlow keeps all cores busy with one picture, and takes longer than any file.
    if upscaler.engine.name == "tensorflow" or job.is_video:
        return False
    if job.source is None or job.target is None:
        return False
    size = size_of(job.source)
    if size is None or size[0] * size[1] > _SMALL:
        return False
    return upscaler.engine.tile_for(size[0], size[1]) is None
