"""Files and folders that appear whole or not at all, on every system."""

import errno
import functools
import hashlib
import os
import platform
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from keras_dgggan.errors import OutputError

# Hidden, so that folder listings and file watchers pass over it; the machine and the process that
# it belongs to, so that what a killed process left can be told from what is being written.
_TEMPORARY = re.compile(r"\.tmp-(?P<machine>[0-9a-f]{8})-(?P<process>\d+)-[0-9a-f]{8}")

# What a file system says of an output that it does not take.
_REFUSALS = {
    code
    for name in (
        *("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EFBIG", "EIO", "ENOENT", "ENOTDIR"),
        *("EISDIR", "ENAMETOOLONG", "EINVAL", "ENOTEMPTY"),
    )
    if (code := getattr(errno, name, None)) is not None
}
# Libraries that write files themselves have errors of their own: HDF5 with the system's words in
# them, TensorFlow with these at the end.
_DISK = [
    os.strerror(code)
    for name in ("ENOSPC", "EDQUOT", "EROFS")
    if (code := getattr(errno, name, None)) is not None
]
_AT_THE_END = [f"; {os.strerror(code)}" for code in _REFUSALS]

# Seconds between tries to replace a file. On Windows one that another program has open cannot be
# replaced; scanners and indexers let go of it soon.
_PATIENCE = (0.05, 0.1, 0.2, 0.4)

_swept: set[str] = set()


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` on success, remove it on failure.

    The temporary name keeps the suffix, since many writers choose the format by it. The data is
    flushed to the disk before the rename: after a power cut the final name holds the old or the
    new file. What an earlier process left in the folder when it was killed is removed.

    Args:
        path: The final path. Its folder must exist.

    Raises:
        OutputError: The disk is full or read-only, or the path cannot be written otherwise.

    Examples:
        >>> with atomic_path("result.txt") as temporary:
        ...     _ = temporary.write_text("done")
        >>> os.listdir()
        ['result.txt']
    """
    path = Path(path)
    temporary = _temporary_in(path.parent, _suffix(path))
    with naming_output(path, temporary):
        try:
            # Made by nobody else, with what the umask grants.
            temporary.open("xb").close()
            yield temporary
            _sync_file(temporary)
            _replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


def atomic_write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path` under a temporary name, then rename."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def atomic_write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8 to `path` under a temporary name, then rename."""
    atomic_write_bytes(path, text.encode("utf-8"))


def cache_folder() -> Path:
    """The cache folder: `$KERAS_DGGGAN_CACHE`, or this package's folder in the user's cache."""
    chosen = os.environ.get("KERAS_DGGGAN_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "keras-dgggan"


@contextmanager
def temporary_folder(parent: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a new hidden folder in `parent`, which is made; afterwards it is removed.

    What is renamed away from it before stays; `parent` goes again if it was made and nothing did.
    What an earlier process left in `parent` when it was killed is removed.

    Raises:
        OutputError: The disk is full or read-only, or the folder cannot be written otherwise.

    Examples:
        >>> with temporary_folder(".") as folder:
        ...     _ = folder.rename("result")
        >>> os.listdir()
        ['result']
    """
    parent = Path(parent)
    made = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    with naming_output(parent):
        parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary_in(parent, "")
        try:
            temporary.mkdir()
            yield temporary
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            for folder in made:
                # Only after a failure are they empty.
                with suppress(OSError):
                    folder.rmdir()


def sync_tree(folder: Path) -> None:
    """Flush a folder's files to the disk, then the folders, so that names follow contents."""
    paths = [*folder.rglob("*"), folder]
    for path in paths:
        if path.is_file():
            _sync_file(path)
    for path in reversed(paths):
        if path.is_dir():
            _sync_folder(path)


@contextmanager
def naming_output(
    output: str | os.PathLike[str], temporary: str | os.PathLike[str] | None = None
) -> Iterator[None]:
    """Turn file system errors raised inside into an `OutputError` that names the output.

    Args:
        output: What is written: a path, or words for it.
        temporary: The name that it has while it is written.

    Raises:
        OutputError: The disk is full or read-only, or the path cannot be written otherwise.

    Examples:
        >>> with naming_output("large.png"):
        ...     raise OSError(errno.ENOSPC, "No space left on device")
        Traceback (most recent call last):
        ...
        keras_dgggan.errors.OutputError: 'large.png' cannot be written: No space left on device
    """
    try:
        yield
    except OutputError:
        raise
    except Exception as error:
        reason = _refusal(error, output, temporary)
        if reason is None:
            raise
        raise OutputError(f"'{os.fspath(output)}' cannot be written: {reason}") from error


def process_runs(process: int) -> bool:
    """Whether there is a process of this number on this machine.

    Examples:
        >>> process_runs(os.getpid())
        True
    """
    if sys.platform == "win32":  # where os.kill would end it
        import ctypes

        query_limited_information, still_active = 0x1000, 259
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(query_limited_information, False, process)
        if not handle:
            return False
        code = ctypes.c_ulong()
        known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return not known or code.value == still_active
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _refusal(
    error: Exception, output: str | os.PathLike[str], temporary: str | os.PathLike[str] | None
) -> str | None:
    """The reason why an output was not written; None for an error about something else."""
    if isinstance(error, OSError) and error.errno is not None and error.errno in _REFUSALS:
        ours = tuple(os.fspath(path) for path in (output, temporary) if path is not None)
        named = [str(name) for name in (error.filename, error.filename2) if name is not None]
        # Its own file or a folder above: other files are read to make the output.
        if not all(name.startswith(ours) or ours[0].startswith(name) for name in named):
            return None
        folder = Path(output).parent
        if error.errno == errno.ENOENT and not folder.is_dir():
            return f"there is no folder '{folder}'"
        return os.strerror(error.errno)
    told = next((words for words in (*_DISK, *_AT_THE_END) if words in str(error)), None)
    return None if told is None else told.removeprefix("; ")


def _replace(temporary: Path, path: Path) -> None:
    for seconds in _PATIENCE:
        try:
            temporary.replace(path)
        except PermissionError:
            time.sleep(seconds)
        else:
            return
    temporary.replace(path)


def _sync_file(path: Path) -> None:
    # Windows flushes only what is open for writing.
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    # Windows has no descriptors of folders, and some network drives do not flush them.
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _suffix(path: Path) -> str:
    # Keras goes by the double ending.
    return ".weights.h5" if path.name.endswith(".weights.h5") else path.suffix


def _temporary_in(folder: Path, suffix: str) -> Path:
    _sweep(folder)
    return folder / f".tmp-{_machine()}-{os.getpid()}-{secrets.token_hex(4)}{suffix}"


def _sweep(folder: Path) -> None:
    """Remove what killed processes of this machine left in a folder, once for each folder."""
    key = os.path.abspath(folder)
    if key in _swept:
        return
    _swept.add(key)
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            owner = _TEMPORARY.match(entry.name)
            if owner and owner["machine"] == _machine() and not process_runs(int(owner["process"])):
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path, ignore_errors=True)
                    else:
                        os.unlink(entry.path)


@functools.cache
def _machine() -> str:
    """An identifier of the machine or container: process numbers are unique in one."""
    namespace = ""
    with suppress(OSError):
        namespace = os.readlink("/proc/self/ns/pid")
    return hashlib.sha256(f"{platform.node()} {namespace}".encode()).hexdigest()[:8]
