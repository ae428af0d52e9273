"""A run's folder: whose it is, who writes into it now, and whether to go on in it."""

import errno
import importlib
import json
import os
import socket
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from keras_dgggan.errors import DggganError, UsageError
from keras_dgggan.files import atomic_write_text
from keras_dgggan.gan.checkpoint import CheckpointFolder
from keras_dgggan.pretrained.load import RUN_GENERATOR
from keras_dgggan.recipe import Recipe, load_recipe, recipe_differences, recipe_text

fcntl: Any = None
with suppress(ImportError):  # Windows has msvcrt in its place
    fcntl = importlib.import_module("fcntl")

_LOCK = "run.lock"
# Windows keeps others from reading the bytes that it locks: one far behind the text.
_LOCKED_BYTE = 2**30
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}


class RunLock:
    """Keeps a second process out of a run's folder.

    The system lets go of the lock when its owner ends, in whatever way: that of a process that was
    killed is free. On a disk that knows no locks the run goes without.

    Args:
        folder: The run's folder, which must exist.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with RunLock(folder):
        ...     json.loads((folder / "run.lock").read_text())["pid"] == os.getpid()
        True
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / _LOCK
        self._descriptor: int | None = None

    def __enter__(self) -> "RunLock":
        """Take the lock.

        Raises:
            DggganError: Another process has it; the message names it.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            if error.errno in _NO_LOCKS:
                return self
            raise DggganError(
                f"the run in '{self.folder}' is being trained by {self._owner()}: wait for it "
                "or stop it, or choose another folder with --run-dir"
            ) from None
        owner = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now().astimezone().isoformat(timespec="seconds"),
        }
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, json.dumps(owner).encode())
        self._descriptor = descriptor
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            # An empty file stays: removing it would free its name while another locks it.
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def _owner(self) -> str:
        try:
            owner = json.loads(self.path.read_text("utf-8"))
            return f"process {owner['pid']} on {owner['host']} since {owner['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"


def _lock(descriptor: int) -> None:
    """Lock an open file without waiting; an OSError where another holds it."""
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:
        msvcrt: Any = importlib.import_module("msvcrt")
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)


class RunFolder:
    """Where a run keeps everything.

    Args:
        path: The folder; made when claimed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = RunLock(path)

    @property
    def recipe_file(self) -> Path:
        return self.path / "recipe.yaml"

    @property
    def checkpoints(self) -> CheckpointFolder:
        return CheckpointFolder(self.path / "checkpoints")

    def claim(
        self,
        recipe: Recipe,
        *,
        fresh: bool,
        must_resume: bool,
        allow_changes: bool,
        console: Console,
    ) -> None:
        """Make the folder this recipe's, lock it, and write the resolved recipe into it.

        A folder whose run never reached a checkpoint is taken over. `release` gives the lock back.

        Raises:
            UsageError: It holds a run of another recipe, a model that cannot be gone on with, or
                something that is no run.
            DggganError: Another process trains in it.
        """
        has_run, started = self.recipe_file.is_file(), bool(self.checkpoints.paths())
        if must_resume and not (has_run and started):
            missing = "checkpoint" if has_run else "run"
            raise UsageError(f"nothing to resume: there is no {missing} in '{self.path}'")
        if not has_run and self._is_something_else():
            raise UsageError(
                f"'{self.path}' exists and is not the folder of a run: choose another with "
                "--run-dir"
            )
        if has_run:
            # Before anything of it is compared or moved.
            with self.lock:
                if fresh:
                    pass
                elif started:
                    self._compare(recipe, allow_changes, console)
                elif (self.path / RUN_GENERATOR).exists():
                    raise UsageError(
                        f"the run in '{self.path}' has a model and no checkpoint to go on "
                        "from: --fresh starts anew and keeps it, --run-dir chooses another folder"
                    )
            if fresh:
                console.print(f"the earlier run is kept as {self._put_aside()}", highlight=False)
        self.path.mkdir(parents=True, exist_ok=True)
        self.lock.__enter__()
        atomic_write_text(self.recipe_file, recipe_text(recipe))

    def release(self) -> None:
        """Give the lock back."""
        self.lock.__exit__()

    def _is_something_else(self) -> bool:
        if not self.path.is_dir():
            return self.path.exists()
        return any(path.name != _LOCK for path in self.path.iterdir())

    def _compare(self, recipe: Recipe, allow_changes: bool, console: Console) -> None:
        old = load_recipe(self.recipe_file, check_paths=False)
        differences = recipe_differences(old, recipe)
        if not differences:
            return
        changes = "\n".join(f"  {line}" for line in differences)
        if not allow_changes:
            raise UsageError(
                f"the run in '{self.path}' was made with another recipe:\n{changes}\n"
                "--allow-changes goes on with the new one, --fresh starts anew, --run-dir chooses "
                "another folder"
            )
        console.print(f"going on with a changed recipe:\n{changes}", highlight=False)

    def _put_aside(self) -> Path:
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.old-{number}")).exists():
            number += 1
        self.path.rename(aside)
        return aside
