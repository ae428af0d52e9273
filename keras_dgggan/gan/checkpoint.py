"""Checkpoints: every variable of a training model in one file, written whole or not at all."""

import io
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_dgggan._types import JsonObject
from keras_dgggan._version import __version__
from keras_dgggan.errors import CheckpointError, first_line
from keras_dgggan.files import atomic_path

_META = "meta"
_NETWORKS = ("generator", "ema_generator", "image_critic", "gradient_critic")
_OPTIMIZERS = ("optimizer", "image_critic_optimizer", "gradient_critic_optimizer")
_COUNTERS = ("step", "skipped_steps")


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What a checkpoint file holds.

    Attributes:
        arrays: The variables by name, like `generator/image_head/kernel`.
        meta: What is to be remembered besides, like the best PSNR so far.
        source: The file it came from, for messages.
    """

    arrays: dict[str, np.ndarray]
    meta: JsonObject
    source: str

    @property
    def batches(self) -> int:
        """Batches that the model had been trained on."""
        return int(self.arrays["step"])


def save_checkpoint(path: Path, model: keras.Model, meta: JsonObject) -> None:
    """Write networks, optimizers and counters of a compiled `DGGGAN`.

    The file is a zip of arrays with checksums: reading it tells whether it is whole.

    Raises:
        OSError: The disk is full or the folder is read-only; no file is left behind.
    """
    arrays: dict[str, Any] = {name: variable.value.numpy() for name, variable in _variables(model)}
    # The checksums of a zip do not cover its list of contents.
    text = json.dumps({**meta, "version": __version__, "arrays": list(arrays)})
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **{**arrays, _META: np.array(text)})


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint and check that it is whole.

    Raises:
        CheckpointError: The file is missing, torn or corrupt.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        meta = json.loads(str(arrays.pop(_META)))
        if list(arrays) != meta["arrays"]:
            raise ValueError("its list of contents is damaged")
    except FileNotFoundError:
        raise CheckpointError(f"no checkpoint at '{path}'") from None
    # Damage in the right place makes the readers of zip and npy raise anything at all.
    except Exception as error:
        reason = first_line(error)
        raise CheckpointError(f"the checkpoint '{path}' is corrupt ({reason})") from error
    return Checkpoint(arrays=arrays, meta=meta, source=str(path))


def restore(model: keras.Model, checkpoint: Checkpoint) -> None:
    """Set every variable of a compiled `DGGGAN`, and use every array of the checkpoint.

    Raises:
        CheckpointError: A variable is missing, extra or of another shape; nothing is changed.
    """
    _assign(dict(_variables(model)), checkpoint.arrays, checkpoint.source)


def restore_generator(generator: keras.Model, checkpoint: Checkpoint) -> None:
    """Set a generator's weights to the averaged ones of a checkpoint, or else the plain ones.

    Raises:
        CheckpointError: A weight is missing, extra or of another shape; nothing is changed.
    """
    arrays = _generator_arrays(checkpoint)
    _assign({variable.path: variable for variable in generator.weights}, arrays, checkpoint.source)


def holds_generator(checkpoint: Checkpoint, generator: keras.Model) -> bool:
    """Whether a generator's weights are those that `restore_generator` would set."""
    arrays = _generator_arrays(checkpoint)
    weights = {variable.path: variable for variable in generator.weights}
    return weights.keys() == arrays.keys() and all(
        np.array_equal(weights[name].value.numpy(), array) for name, array in arrays.items()
    )


def _generator_arrays(checkpoint: Checkpoint) -> dict[str, np.ndarray]:
    averaged = any(name.startswith("ema_generator/") for name in checkpoint.arrays)
    prefix = "ema_generator/" if averaged else "generator/"
    return {
        name.removeprefix(prefix): array
        for name, array in checkpoint.arrays.items()
        if name.startswith(prefix)
    }


def copy_generator(source: keras.Model, target: keras.Model, name: str) -> None:
    """Set a generator's weights to those of another, each by its name.

    Raises:
        CheckpointError: A weight is missing, extra or of another shape; nothing is changed.
    """
    arrays = {variable.path: variable.value.numpy() for variable in source.weights}
    _assign({variable.path: variable for variable in target.weights}, arrays, name)


def _variables(model: keras.Model) -> Iterator[tuple[str, keras.Variable]]:
    for network in _NETWORKS:
        if getattr(model, network) is not None:
            for variable in getattr(model, network).weights:
                yield f"{network}/{variable.path}", variable
    for optimizer in _OPTIMIZERS:
        if getattr(model, optimizer) is not None:
            # Their names carry counters that differ from process to process; their order does not.
            for i, variable in enumerate(getattr(model, optimizer).variables):
                yield f"{optimizer}/{i:04d}", variable
    for counter in _COUNTERS:
        yield counter, getattr(model, counter)


def _assign(
    variables: dict[str, keras.Variable], arrays: dict[str, np.ndarray], source: str
) -> None:
    missing = sorted(variables.keys() - arrays.keys())
    extra = sorted(arrays.keys() - variables.keys())
    if missing or extra:
        parts = [f"it lacks {_few(missing)}"] * bool(missing)
        parts += [f"it has {_few(extra)}, which the network does not have"] * bool(extra)
        raise CheckpointError(f"{source!r} does not fit: {'; '.join(parts)}")
    for name, variable in variables.items():
        if tuple(variable.shape) != arrays[name].shape:
            raise CheckpointError(
                f"{source!r} does not fit: {name} has shape {arrays[name].shape}, the network's "
                f"is {tuple(variable.shape)}"
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


class CheckpointFolder:
    """The checkpoints of a run: the last few, and the best by validation.

    Args:
        folder: Where they are; made when the first is saved.
        keep: How many of the newest to keep.
    """

    _NAME = re.compile(r"step-(\d{8})\.npz")

    def __init__(self, folder: Path, keep: int = 3) -> None:
        self.folder = folder
        self.keep = keep

    def paths(self) -> list[Path]:
        """The checkpoints, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if self._NAME.fullmatch(path.name))

    def save(self, step: int, model: keras.Model, meta: JsonObject) -> Path:
        """Write the checkpoint of a step, then remove those that are too old."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"step-{step:08d}.npz"
        save_checkpoint(path, model, meta)
        for old in self.paths()[: -self.keep]:
            old.unlink(missing_ok=True)
        return path

    def keep_as_best(self, path: Path) -> None:
        """Keep a checkpoint as `best.npz`, whatever becomes of its own file."""
        with atomic_path(self.folder / "best.npz") as temporary:
            shutil.copyfile(path, temporary)

    def best(self) -> Checkpoint | None:
        """`best.npz`; None where it is not there or damaged."""
        try:
            return load_checkpoint(self.folder / "best.npz")
        except CheckpointError:
            return None

    def settle_best(self, newest: Checkpoint) -> Checkpoint | None:
        """Make `best.npz` what it was about to be when the run was killed.

        Args:
            newest: The checkpoint that the run goes on from.

        Returns:
            The best checkpoint, or None where it is lost.
        """
        best = self.best()
        if best is not None and best.batches > newest.batches:
            return best
        if best is None or best.meta["best_psnr"] != newest.meta["best_psnr"]:
            # A checkpoint of 0.1.0 does not say which was the best: then the newest was, if
            # another PSNR stands in it.
            wanted = newest.meta.get("best_step", None if best is None else newest.batches)
            for path in [] if wanted is None else [Path(newest.source), *self.paths()]:
                with suppress(CheckpointError):
                    if (found := load_checkpoint(path)).batches == wanted:
                        self.keep_as_best(path)
                        return found
        return best

    def newest_whole(self) -> tuple[Checkpoint | None, list[str]]:
        """The newest checkpoint that can be read, and a line for each that could not.

        Raises:
            CheckpointError: There are checkpoints, and none can be read.
        """
        problems: list[str] = []
        for path in reversed(self.paths()):
            try:
                return load_checkpoint(path), problems
            except CheckpointError as error:
                problems.append(str(error))
        if problems:
            raise CheckpointError("no checkpoint can be read:\n" + "\n".join(problems))
        return None, problems
