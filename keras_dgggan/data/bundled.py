"""Photographs that are part of the scikit-image package, for a first run without downloads."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from keras_dgggan.data.source import FileSource
from keras_dgggan.errors import UsageError, did_you_mean

PHOTOGRAPHS = (
    "astronaut",
    "chelsea",
    "coffee",
    "hubble_deep_field",
    "motorcycle_left",
    "motorcycle_right",
    "retina",
    "rocket",
)


@dataclass(frozen=True, init=False)
class SkimageSource(FileSource):
    """Photographs that the scikit-image wheel carries; nothing is downloaded.

    scikit-image itself is not imported: the files are read from where it is installed.

    Args:
        images: Names of photographs like "astronaut" or "chelsea"; all colour photographs
            by default.

    Raises:
        UsageError: scikit-image is not installed, or carries no image of that name.

    Examples:
        >>> source = SkimageSource(["astronaut"])
        >>> source.load(0).hr.shape
        (512, 512, 3)
    """

    def __init__(self, images: Sequence[str] = PHOTOGRAPHS) -> None:
        spec = importlib.util.find_spec("skimage")
        if spec is None or not spec.submodule_search_locations:
            raise UsageError(
                "The photographs of scikit-image need the package: "
                'pip install "keras-dgggan[quickstart]"'
            )
        folder = Path(next(iter(spec.submodule_search_locations))) / "data"
        available = {
            path.stem: path for path in sorted(folder.glob("*")) if path.suffix in (".png", ".jpg")
        }
        unknown = [name for name in images if name not in available]
        if unknown:
            raise UsageError(
                f"scikit-image carries no photograph {unknown[0]!r}"
                f"{did_you_mean(unknown[0], available)}. There are: {', '.join(available)}."
            )
        if not images:
            raise UsageError("No photographs of scikit-image named: give at least one.")
        object.__setattr__(self, "files", tuple(available[name] for name in images))

    def name_of(self, path: Path) -> str:
        return path.name
