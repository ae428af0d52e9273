"""What earlier checks found out about image files, kept in the user's cache folder."""

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from keras_dgggan.data.source import Sample, Source
from keras_dgggan.files import atomic_write_text


class Sizes(NamedTuple):
    """Height and width of an image, and of its LR image where it has one."""

    hr: tuple[int, int]
    lr: tuple[int, int] | None = None

    @classmethod
    def of(cls, sample: Sample) -> Self:
        lr = None if sample.lr is None else sample.lr.shape[:2]
        return cls(sample.hr.shape[:2], lr)

    def problem(self, name: str, scale: int, hr_crop: int) -> str | None:
        """Why an image of these sizes cannot be used, if so."""
        height, width = self.hr
        if self.lr is not None and self.lr != (height // scale, width // scale):
            return (
                f"'{name}' is {width}x{height} and its LR image {self.lr[1]}x{self.lr[0]}: "
                f"at scale {scale} it should be {width // scale}x{height // scale}."
            )
        # A crop is aligned to LR pixels: what is left of HR after cutting has to hold it.
        if min(height // scale, width // scale) * scale < hr_crop:
            return f"'{name}' is {width}x{height}, smaller than the crop of {hr_crop}x{hr_crop}."
        return None


class CheckRecord:
    """Sizes of images that were decoded without fault, by the stamp of their files.

    A cache that cannot be read or written is no reason to fail: images are decoded again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, Sizes] = {}
        self._changed = False

    @classmethod
    def of(cls, source: Source) -> Self:
        """The record for a source, chosen by its names."""
        digest = hashlib.sha256("\0".join(map(os.path.abspath, source.names)).encode()).hexdigest()
        return cls(cache_folder() / "checked" / f"{digest[:32]}.json")

    def __enter__(self) -> Self:
        with suppress(OSError, ValueError, TypeError, KeyError):
            for stamp, (hr, lr) in json.loads(self.path.read_text("utf-8")).items():
                self._known[stamp] = Sizes(tuple(hr), None if lr is None else tuple(lr))
        return self

    def __exit__(self, *_: object) -> None:
        if self._changed:
            with suppress(OSError):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                atomic_write_text(self.path, json.dumps(self._known))

    def get(self, stamp: str) -> Sizes | None:
        return self._known.get(stamp)

    def add(self, stamp: str, sizes: Sizes) -> None:
        self._known[stamp] = sizes
        self._changed = True


def cache_folder() -> Path:
    """Where things are kept that can be made again: `$KERAS_DGGGAN_CACHE`, or the user's cache."""
    chosen = os.environ.get("KERAS_DGGGAN_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "keras-dgggan"
