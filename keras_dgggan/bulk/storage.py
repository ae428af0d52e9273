"""Files in folders and buckets by one name: a path, or a URI that pyarrow or fsspec opens."""

import functools
import os
import posixpath
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from keras_dgggan.errors import ImageFileError, OutputError, UsageError, first_line
from keras_dgggan.files import atomic_write_bytes, naming_output

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")

# By pyarrow itself; every other scheme by fsspec. A bucket is the first part of a path, a host not.
_BUCKETS = ("s3", "gs", "gcs", "abfs", "abfss")
_CLUSTERS = ("hdfs", "viewfs")

# Where a file appears when its upload ends, so that a temporary name would only cost a copy.
_WHOLE_BY_THEMSELVES = (*_BUCKETS, "az", "oss", "memory")


@dataclass(frozen=True)
class Entry:
    """A file that was listed.

    Attributes:
        name: The path or URI.
        inside: Its path below the folder that was listed, with "/" between parts.
        bytes: Its size; None where listing does not tell.
    """

    name: str
    inside: str
    bytes: int | None = None


@dataclass(frozen=True)
class Place:
    """A file or folder somewhere.

    Attributes:
        prefix: What comes before the path, like "s3://"; empty for this machine's own files.
        path: As its file system names it.
        filesystem: pyarrow's file system; None for this machine's own files.

    Examples:
        >>> place_of("photos/a.png").local
        True
        >>> place_of("memory://photos/a.png").name
        'memory://photos/a.png'
    """

    prefix: str
    path: str
    filesystem: Any = None

    @property
    def name(self) -> str:
        return self.prefix + self.path

    @property
    def local(self) -> bool:
        return self.filesystem is None

    def __truediv__(self, inside: str) -> "Place":
        joined = os.path.join(self.path, *inside.split("/")) if self.local else None
        path = joined or f"{self.path.rstrip('/')}/{inside}"
        return Place(self.prefix, path, self.filesystem)

    def is_folder(self) -> bool:
        """Whether it is a folder, or a part of names in a bucket that files have in common."""
        if self.local:
            return os.path.isdir(self.path)
        from pyarrow import fs

        with _naming(self.name, UsageError):
            return self.filesystem.get_file_info(self.path).type == fs.FileType.Directory

    def is_file(self) -> bool:
        """Whether it is a file."""
        if self.local:
            return os.path.isfile(self.path)
        from pyarrow import fs

        with _naming(self.name, UsageError):
            return self.filesystem.get_file_info(self.path).type == fs.FileType.File

    def read(self) -> bytes:
        """The content.

        Raises:
            ImageFileError: It cannot be read.
        """
        with _naming(self.name, ImageFileError):
            if self.local:
                return Path(self.path).read_bytes()
            with self.filesystem.open_input_stream(self.path) as stream:
                return stream.read()

    def write(self, data: bytes) -> None:
        """Write a file, whole or not at all; its folder is made, a file that is there replaced.

        Raises:
            OutputError: It cannot be written.
        """
        if self.local:
            with naming_output(self.path):
                os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
            atomic_write_bytes(self.path, data)
            return
        with _naming(self.name, OutputError, "written"):
            if self.prefix.split(":")[0] in _WHOLE_BY_THEMSELVES:
                self._put(self.path, data)
                return
            folder, name = posixpath.split(self.path)
            self.filesystem.create_dir(folder, recursive=True)
            temporary = posixpath.join(folder, f".tmp-{secrets.token_hex(8)}-{name}")
            try:
                self._put(temporary, data)
                self.filesystem.move(temporary, self.path)
            except BaseException:
                with suppress(OSError):
                    self.filesystem.delete_file(temporary)
                raise

    def _put(self, path: str, data: bytes) -> None:
        with self.filesystem.open_output_stream(path) as stream:
            stream.write(data)

    def delete(self) -> None:
        """Remove a file; it is no fault if it is gone."""
        with suppress(FileNotFoundError):
            if self.local:
                os.unlink(self.path)
            else:
                self.filesystem.delete_file(self.path)

    def walk(self, *, hidden: bool = False) -> Iterator[Entry]:
        """The files below a folder, in order of name within each of its folders.

        Only one folder's names are in memory at a time.

        Args:
            hidden: Give files and folders whose names begin with a dot too.

        Raises:
            UsageError: The folder cannot be listed.
        """
        yield from self._walk(self.path, "", hidden)

    def _walk(self, path: str, inside: str, hidden: bool) -> Iterator[Entry]:
        with _naming(self.prefix + path, UsageError, "listed"):
            children = _local_children(path) if self.local else self._remote_children(path)
        for name, child, is_folder, size in children:
            if not hidden and name.startswith("."):
                continue
            if is_folder:
                yield from self._walk(child, f"{inside}{name}/", hidden)
            else:
                yield Entry((self / (inside + name)).name, inside + name, size)

    def _remote_children(self, path: str) -> list[tuple[str, str, bool, int | None]]:
        from pyarrow import fs

        infos = self.filesystem.get_file_info(fs.FileSelector(path))
        return sorted(
            (info.base_name, info.path, info.type == fs.FileType.Directory, info.size)
            # A bucket may hold an empty object that stands for the folder itself.
            for info in infos
            if info.base_name and info.path.rstrip("/") != path.rstrip("/")
        )


def place_of(name: str) -> Place:
    """The file or folder of a path or URI; a path's is made absolute.

    Raises:
        UsageError: No file system here opens such names.
    """
    uri = _URI.match(name)
    if uri is None:
        return Place("", os.path.abspath(name))
    scheme = uri[1].lower()
    if scheme == "file":
        return Place("", os.path.abspath(url2pathname(unquote(urlsplit(name).path))))
    below = name[uri.end() :]
    container, _, rest = below.partition("/")
    try:
        filesystem = _filesystem(scheme, container)
    # ImportError names the package that fsspec would need for the scheme.
    except (ImportError, OSError, ValueError) as error:
        raise UsageError(f"'{name}' cannot be opened: {_reason(error)}") from error
    if scheme in _BUCKETS:
        path = below
    elif scheme in _CLUSTERS:
        path = f"/{rest}"
    else:
        # Whether what follows the scheme is a host or a folder is known to fsspec.
        path = filesystem.handler.fs._strip_protocol(f"{scheme}://{below}")
    prefix = f"{scheme}://{below}".removesuffix(path)
    return Place(prefix, path, filesystem)


@functools.lru_cache(maxsize=64)
def _filesystem(scheme: str, container: str) -> "FileSystem":
    from pyarrow import fs

    root = f"{scheme}://{container}"
    if scheme == "s3":
        return _s3(root)
    if scheme in _BUCKETS + _CLUSTERS:
        return fs.FileSystem.from_uri(root)[0]
    import fsspec

    return fs.PyFileSystem(fs.FSSpecHandler(fsspec.core.url_to_fs(root)[0]))


def _s3(root: str) -> "FileSystem":
    from pyarrow import fs

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        return fs.S3FileSystem(endpoint_override=endpoint)
    # Asks the bucket for its region.
    return fs.FileSystem.from_uri(root)[0]


def _local_children(path: str) -> list[tuple[str, str, bool, int | None]]:
    with os.scandir(path) as entries:
        return sorted(
            (entry.name, entry.path, entry.is_dir(), None if entry.is_dir() else _size(entry))
            for entry in entries
            # A link to a folder may lead back to where we are.
            if not (entry.is_symlink() and entry.is_dir())
        )


def _size(entry: os.DirEntry) -> int | None:
    try:
        return entry.stat().st_size
    except OSError:  # a link to nothing: reading will say so
        return None


@contextmanager
def _naming(name: str, kind: type[Exception], what: str = "read") -> Iterator[None]:
    try:
        yield
    except kind:
        raise
    except Exception as error:
        raise kind(f"'{name}' cannot be {what}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "access is denied"
    told = error.strerror if isinstance(error, OSError) else None
    first = (told or first_line(error)).rstrip(".")
    if re.search(r"ACCESS_DENIED|Forbidden|\b403\b", first):
        return f"access is denied ({first})"
    return first
