"""What the pictures of one OUTPUT are made by: model and options; the same for all of them."""

import dataclasses
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from keras_dgggan._types import JsonObject
from keras_dgggan.bulk.model_files import ModelFiles
from keras_dgggan.bulk.storage import Place
from keras_dgggan.errors import UsageError
from keras_dgggan.images import DEFAULT_QUALITY, MAX_MEGAPIXELS
from keras_dgggan.images.formats import format_named
from keras_dgggan.presets import DEFAULT_PRESET, PHOTO_PRESET

if TYPE_CHECKING:
    from keras_dgggan.inference.engine import Tile

# The model is chosen for each picture, as `upscale` does.
AUTO = "auto"

# In OUTPUT: what is no picture.
RECORDS = ".bulk"
_FILE = f"{RECORDS}/settings.json"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Model and options of a bulk run; what may not change between the runs into one OUTPUT.

    Attributes:
        model: A name as `load_model` takes it, or "auto" for the preset that suits each picture.
        outscale: See `Upscaler`.
        tile: See `Upscaler`.
        ensemble: See `Upscaler`.
        engine: See `Upscaler`.
        suffix: Added to the outputs' names.
        format: A name as `format_named` takes it; None keeps each input's.
        quality: See `write_image`.
        strip_metadata: Keep the colour profile alone.
        max_megapixels: See `read_image`.

    Examples:
        >>> Settings(model="dgggan_x4_light", format="JPEG").format
        'jpg'
    """

    model: str = AUTO
    outscale: float | None = None
    tile: "Tile" = "auto"
    ensemble: bool = False
    engine: str = "auto"
    suffix: str = "_sr"
    format: str | None = None
    quality: int = DEFAULT_QUALITY
    strip_metadata: bool = False
    max_megapixels: float = MAX_MEGAPIXELS

    def __post_init__(self) -> None:
        if self.format is not None:
            object.__setattr__(self, "format", format_named(self.format))

    def models(self) -> dict[str, ModelFiles]:
        """The models that are needed, by name.

        Raises:
            UsageError: There is no such model.
        """
        names = [DEFAULT_PRESET, PHOTO_PRESET] if self.model == AUTO else [self.model]
        return {name: ModelFiles.of(name) for name in names}

    def record(self, models: dict[str, ModelFiles]) -> JsonObject:
        """All that decides what an output holds, ready for JSON; a model by its content."""
        options = dataclasses.asdict(self)
        del options["max_megapixels"]  # what is refused by it is not made
        digests = {name: files.digest for name, files in models.items()}
        return {**options, "model": self.model, "models": digests}


def fingerprint(record: JsonObject) -> str:
    """16 digits that tell settings apart; a model's name and place do not count.

    Examples:
        >>> fingerprint({"model": "a", "models": {"a": "0"}, "quality": 95})
        '1384871612621364'
    """
    told = {**record, "model": None, "models": sorted(record["models"].values())}
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def settle(output: Place, record: JsonObject, *, overwrite: bool, write: bool = True) -> str:
    """Record the settings of an OUTPUT, or refuse those that differ from the recorded ones.

    Args:
        output: The folder of all outputs.
        record: What `Settings.record` gives.
        overwrite: Other settings replace those that stand there.
        write: Otherwise they are only compared.

    Returns:
        The settings' fingerprint.

    Raises:
        UsageError: OUTPUT was begun with another model or other options.
    """
    file = output / _FILE
    earlier = json.loads(file.read()) if file.is_file() else None
    own = fingerprint(record)
    if earlier is not None and fingerprint(earlier) != own and not overwrite:
        raise UsageError(
            f"'{output.name}' was begun with {_differences(earlier, record)}: give the same, "
            "another OUTPUT, or --overwrite to make everything anew"
        )
    if write and earlier != record:
        file.write(json.dumps(record, indent=2).encode() + b"\n")
    return own


def is_begun(output: Place) -> bool:
    """Whether a bulk run has written into a folder before."""
    return (output / _FILE).is_file()


def _differences(earlier: JsonObject, now: JsonObject) -> str:
    names = [key for key in now if key not in ("model", "models") and earlier.get(key) != now[key]]
    told = [f"{name.replace('_', '-')} {earlier.get(name)}, not {now[name]}" for name in names]
    if sorted(earlier["models"].values()) != sorted(now["models"].values()):
        same = earlier["model"] == now["model"]
        other = "another content of it" if same else repr(now["model"])
        told.insert(0, f"the model {earlier['model']!r}, not {other}")
    return " and ".join(told)
