"""The rules by which `upscale --model auto` chooses a model, as the page reads them."""

from collections.abc import Collection
from typing import Any

from keras_dgggan.images.compression import libjpeg_sums, webp_quality
from keras_dgggan.presets import DEFAULT_PRESET, HIGHEST_FOR_PHOTO, PHOTO_PRESET

# Of VP8.
_QUANTIZERS = 128


def rules_for(models: Collection[str]) -> dict[str, Any] | None:
    """The models and the tables that the page chooses by; None where it lacks one of the models.

    Args:
        models: The names of the site's models.

    Examples:
        >>> rules_for(["dgggan_x4_light", "dgggan_x4_photo"])["compressed"]
        'dgggan_x4_photo'
        >>> rules_for(["dgggan_x4_light"]) is None
        True
    """
    if not {DEFAULT_PRESET, PHOTO_PRESET} <= set(models):
        return None
    return {
        "compressed": PHOTO_PRESET,
        "others": DEFAULT_PRESET,
        "highest": HIGHEST_FOR_PHOTO,
        "jpegSums": libjpeg_sums().tolist(),
        "webpQualities": [webp_quality(index) for index in range(_QUANTIZERS)],
    }
