"""Names, files and cards of the models that come with the package."""

from pathlib import Path

from keras_dgggan.errors import UsageError, did_you_mean

# What `upscale` takes where no model is named.
DEFAULT_PRESET = "dgggan_x4_light"
_FOLDER = Path(__file__).resolve().parent


def preset_names() -> list[str]:
    """The names of the models that come with the package."""
    return sorted(path.stem for path in _FOLDER.glob("*.keras"))


def preset_card(name: str) -> str:
    """The model card of a preset, Markdown: what it is, was trained on, can do and cannot.

    Raises:
        UsageError: There is no such preset.

    Example:
        >>> print(preset_card("dgggan_x4_light"))
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
