"""Names, files and cards of the models that come with the package."""

from pathlib import Path
from typing import TYPE_CHECKING

from keras_dgggan.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from keras_dgggan.images.compression import Compression

# Faithful to its input: what is taken where no model is named and the input is not a lossy file.
DEFAULT_PRESET = "dgggan_x4_light"
# For files that were compressed lossily.
PHOTO_PRESET = "dgggan_x4_photo"
# For videos: the steadiest from frame to frame (see docs/video.md).
VIDEO_PRESET = DEFAULT_PRESET
# The highest quality at which files go to the photo model: see "Which model" in docs/upscale.md.
HIGHEST_FOR_PHOTO = {"JPEG": 90, "WebP": 80}
_FOLDER = Path(__file__).resolve().parent


def preset_names() -> list[str]:
    """The names of the models that come with the package."""
    return sorted(path.stem for path in _FOLDER.glob("*.keras"))


def preset_card(name: str) -> str:
    """The model card of a preset, Markdown: what it is, was trained on, can do and cannot.

    Raises:
        UsageError: There is no such preset.

    Examples:
        >>> preset_card("dgggan_x4_light").splitlines()[0]
        '# dgggan_x4_light: x4, trained for PSNR: faithful, invents nothing'
    """
    return preset_file(name).with_suffix(".md").read_text(encoding="utf-8")


def preset_file(name: str) -> Path:
    """The `.keras` file of a preset.

    Raises:
        UsageError: There is no such preset.
    """
    if name not in preset_names():
        known = preset_names()
        hint = did_you_mean(name, known)
        raise UsageError(f"no preset {name!r}{hint}: there are {', '.join(known)}")
    return _FOLDER / f"{name}.keras"


def preset_for(compression: "Compression | None") -> str:
    """The preset that suits a picture by the lossy compression it went through.

    Args:
        compression: As `images.compression.compression_of` reads it from a file.

    Examples:
        >>> from keras_dgggan.images.compression import Compression
        >>> preset_for(None), preset_for(Compression("JPEG", 60))
        ('dgggan_x4_light', 'dgggan_x4_photo')
    """
    if compression is None or compression.quality > HIGHEST_FOR_PHOTO[compression.format]:
        return DEFAULT_PRESET
    return PHOTO_PRESET
