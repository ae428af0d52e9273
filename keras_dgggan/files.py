"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` on success, remove it on failure.

    The temporary name keeps the suffix, since many writers choose the format by it, and starts
    with a dot, so that folder listings and file watchers pass over it. The data is flushed to
    the disk before the rename: after a power cut the final name holds the old or the new file.

    Args:
        path: The final path. Its folder must exist.

    Example:
        >>> with atomic_path("result.txt") as temporary:
        ...     temporary.write_text("done")
    """
    path = Path(path)
    handle, name = tempfile.mkstemp(prefix=".tmp-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        # mkstemp makes files for the owner alone; a result gets what the umask grants.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise


def atomic_write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write `data` to `path` under a temporary name, then rename."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def atomic_write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8 to `path` under a temporary name, then rename."""
    atomic_write_bytes(path, text.encode("utf-8"))


def _umask() -> int:
    # The mask can only be read by setting it.
    mask = os.umask(0)
    os.umask(mask)
    return mask


def cache_folder() -> Path:
    """Where things are kept that can be made again: `$KERAS_DGGGAN_CACHE`, or the user's cache."""
    chosen = os.environ.get("KERAS_DGGGAN_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "keras-dgggan"
