"""A double of `os` that refuses what Windows refuses, for tests on other systems."""

import errno
import fcntl
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest


class Refusals:
    """Counts what a program asked for that Windows would have refused."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def refuse(self, what: str, code: int, path: Any = None) -> None:
        self.seen.append(what)
        raise OSError(code, os.strerror(code), None if path is None else str(path))


def like_windows(monkeypatch: pytest.MonkeyPatch) -> Refusals:
    """Make `os` behave like Windows' where it differs for files and folders.

    Read-only descriptors cannot be flushed, folders not be opened, open files neither replaced nor
    removed nor renamed, and a rename replaces nothing.
    """
    refusals = Refusals()
    fsync, open_, replace, rename = os.fsync, os.open, os.replace, os.rename
    unlink, remove = os.unlink, os.remove

    def like_fsync(descriptor: Any) -> None:
        number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        if fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            refusals.refuse("fsync of a read-only descriptor", errno.EBADF)
        fsync(number)

    def like_open(path: Any, *arguments: Any, **options: Any) -> int:
        if not isinstance(path, int) and os.path.isdir(path):
            refusals.refuse("open of a folder", errno.EACCES, path)
        return open_(path, *arguments, **options)

    def like_replace(source: Any, target: Any, **options: Any) -> None:
        for path in (source, target):
            if is_open(path):
                refusals.refuse("replace of an open file", errno.EACCES, path)
        if os.path.isdir(target):
            refusals.refuse("replace of a folder", errno.EACCES, target)
        replace(source, target, **options)

    def like_rename(source: Any, target: Any, **options: Any) -> None:
        if is_open(source):
            refusals.refuse("rename of an open file", errno.EACCES, source)
        if os.path.lexists(target):
            refusals.refuse("rename to what exists", errno.EEXIST, target)
        rename(source, target, **options)

    def refusing_open(plain: Any) -> Any:
        def like_unlink(path: Any, **options: Any) -> None:
            # Paths that are relative to a descriptor are shutil.rmtree's, which Windows has not.
            if not options and is_open(path):
                refusals.refuse("removal of an open file", errno.EACCES, path)
            plain(path, **options)

        return like_unlink

    monkeypatch.setattr(os, "fsync", like_fsync)
    monkeypatch.setattr(os, "open", like_open)
    monkeypatch.setattr(os, "replace", like_replace)
    monkeypatch.setattr(os, "rename", like_rename)
    monkeypatch.setattr(os, "unlink", refusing_open(unlink))
    monkeypatch.setattr(os, "remove", refusing_open(remove))
    # Python's own, whose file is removed while it is open, is another function there.
    monkeypatch.setattr(tempfile, "TemporaryFile", tempfile.NamedTemporaryFile)
    # rmtree without descriptors of folders, as there.
    monkeypatch.setattr("shutil._use_fd_functions", False)
    return refusals


def is_open(path: Any) -> bool:
    """Whether this process has a descriptor of a file, or of one in a folder."""
    wanted = os.path.realpath(path)
    inside = wanted + os.sep
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except OSError:
            continue
        if target == wanted or target.startswith(inside):
            return True
    return False
