"""The lock on a run's folder: one process at a time trains in it."""

import errno
import importlib
import json
import os
import socket
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from keras_dgggan.errors import DggganError

fcntl: Any = None
with suppress(ImportError):  # Windows has msvcrt in its place
    fcntl = importlib.import_module("fcntl")

LOCK_NAME = "run.lock"
# Windows keeps others from reading the bytes that it locks: one far behind the text.
_LOCKED_BYTE = 2**30
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}


class RunLock:
    """Keeps a second process out of a run's folder, which must exist.

    The system lets go of the lock when its owner ends, in whatever way: that of a process that was
    killed is free. On a disk that knows no locks the run goes without.

    Examples:
        >>> with RunLock(Path(".")):
        ...     json.loads(Path("run.lock").read_text())["pid"] == os.getpid()
        True
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / LOCK_NAME
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
