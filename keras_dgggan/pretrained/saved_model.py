"""A SavedModel of `keras-dgggan export`, loaded to be called."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import UsageError, WeightsError, first_line
from keras_dgggan.tensorflow_start import import_tensorflow

if TYPE_CHECKING:
    import tensorflow as tf

_GRAPH = "saved_model.pb"
_ENDPOINT = "float"


class SavedModel:
    """An exported model, known by its results alone: it is tiled with blended overlaps.

    Args:
        folder: What `keras-dgggan export` wrote: the version's folder, or the one above it, of
            which the highest version is taken.

    Raises:
        WeightsError: It cannot be loaded, or has no endpoint `float`.

    Examples:
        >>> model = SavedModel("saved_models/quickstart")  # doctest: +SKIP
        >>> model.scale  # doctest: +SKIP
        4
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        version = version_folder(Path(folder))
        if version is None:
            raise UsageError(f"no SavedModel in the folder '{folder}': it holds no {_GRAPH}")
        import_tensorflow()
        import tensorflow as tf

        try:
            # The signature lives as long as what was loaded.
            self._loaded = tf.saved_model.load(str(version))
        except (OSError, ValueError, tf.errors.OpError) as error:
            raise WeightsError(
                f"cannot load the SavedModel '{version}': {first_line(error)}"
            ) from error
        if _ENDPOINT not in self._loaded.signatures:
            found = ", ".join(self._loaded.signatures) or "none"
            raise WeightsError(
                f"the SavedModel '{version}' has no endpoint {_ENDPOINT!r}, which "
                f"`keras-dgggan export` makes; its endpoints: {found}"
            )
        self._to_tensor = tf.convert_to_tensor
        probe = self(np.zeros((1, 8, 8, 3), np.float32))
        self.scale = probe["image"].shape[1] // 8
        self.gradient_branch = "gradient_map" in probe

    def __call__(self, images: npt.NDArray) -> "dict[str, tf.Tensor]":
        """Outputs by name for float32 `[batch, height, width, 3]` in [0, 1]."""
        endpoint = self._loaded.signatures[_ENDPOINT]
        return endpoint(image=self._to_tensor(images))


def version_folder(folder: Path) -> Path | None:
    """The folder of a SavedModel's graph: this one, or the highest version in it; or None."""
    if (folder / _GRAPH).is_file():
        return folder
    if not folder.is_dir():
        return None
    versions = [path for path in folder.iterdir() if path.name.isdecimal()]
    complete = [path for path in versions if (path / _GRAPH).is_file()]
    return max(complete, key=lambda path: int(path.name), default=None)
