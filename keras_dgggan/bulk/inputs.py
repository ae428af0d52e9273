"""What INPUT stands for: the pictures of a folder, a glob, a list, or a single picture."""

import os
import re
from collections.abc import Iterator

from keras_dgggan.bulk.storage import Entry, Place, place_of
from keras_dgggan.errors import UsageError
from keras_dgggan.images.formats import READABLE_SUFFIXES

# Columns of a Parquet list that name the pictures.
_COLUMNS = ("input", "path", "uri", "url", "file")

_MAGIC = re.compile(r"[*?\[]")
_ROWS = 8192


def list_inputs(text: str, output: Place) -> Iterator[Entry]:
    """The pictures that an INPUT stands for; listed as they are asked for.

    Args:
        text: A folder or bucket, a glob, a `.txt` list with a path or URI a line (relative ones
            to the list's folder), a `.parquet` list, or one picture.
        output: Where the outputs go; passed over where it lies below the input.

    Raises:
        UsageError: There is no such thing, or it cannot be read.

    Examples:
        >>> _ = open("a.png", "w"), open("notes.txt", "w")
        >>> [entry.inside for entry in list_inputs(".", place_of("elsewhere"))]
        ['a.png']
    """
    place = place_of(text)
    if place.is_folder():
        return _pictures(place, output)
    suffix = os.path.splitext(place.path)[1].lower()
    if place.is_file():
        if suffix in (".parquet", ".pq"):
            return _parquet_list(place)
        if suffix in (".txt", ".lst", ".list"):
            return _text_list(place)
        return iter([Entry(place.name, os.path.basename(place.path))])
    if _MAGIC.search(text):
        return _globbed(text, output)
    raise UsageError(f"no folder, list or picture '{text}'")


def _pictures(folder: Place, output: Place) -> Iterator[Entry]:
    root = folder.path.rstrip("/" + os.sep)
    below = output.path[len(root) :].replace(os.sep, "/").strip("/") + "/"
    holds_output = folder / below.rstrip("/") == output
    for entry in folder.walk():
        is_output = holds_output and entry.inside.startswith(below)
        if not is_output and os.path.splitext(entry.inside)[1].lower() in READABLE_SUFFIXES:
            yield entry


def _globbed(text: str, output: Place) -> Iterator[Entry]:
    from fsspec.utils import glob_translate

    parts = text.replace(os.sep, "/").split("/")
    first = next(k for k, part in enumerate(parts) if _MAGIC.search(part))
    base, below = "/".join(parts[:first]), "/".join(parts[first:])
    folder = place_of(base or ("/" if first else "."))
    if not folder.is_folder():
        raise UsageError(f"no folder '{folder.name}', which '{text}' begins with")
    matches = re.compile(glob_translate(below)).match
    return (entry for entry in _pictures(folder, output) if matches(entry.inside))


def _text_list(place: Place) -> Iterator[Entry]:
    try:
        lines = place.read().decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"the list '{place.name}' is not UTF-8 text: {error.reason}") from None
    names = (line.strip() for line in lines)
    return (_listed(name, place) for name in names if name)


def _parquet_list(place: Place) -> Iterator[Entry]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(place.path, filesystem=place.filesystem)
    except (OSError, pa.ArrowInvalid) as error:
        raise UsageError(f"'{place.name}' is not a Parquet file: {error}") from error
    column = next((name for name in _COLUMNS if name in file.schema_arrow.names), None)
    if column is None:
        raise UsageError(
            f"the list '{place.name}' has no column {', '.join(_COLUMNS[:-1])} or {_COLUMNS[-1]}; "
            f"its columns are {', '.join(file.schema_arrow.names)}"
        )

    def entries() -> Iterator[Entry]:
        for batch in file.iter_batches(_ROWS, columns=[column]):
            values: list[str | None] = batch.column(0).to_pylist()
            yield from (_listed(str(value), place) for value in values if value)

    return entries()


def _listed(name: str, of_list: Place) -> Entry:
    """A line of a list: a relative path keeps its folders, others all that follows the root."""
    scheme, is_uri, below_root = name.partition("://")
    if is_uri and scheme != "file":
        # Whether it can be opened is known when it is read: one bad line must not end the rest.
        place, inside = Place(scheme + is_uri, below_root), below_root
    elif is_uri or os.path.isabs(name):
        place = place_of(name)
        inside = os.path.splitdrive(place.path)[1].replace(os.sep, "/").lstrip("/")
    else:
        inside = name.replace(os.sep, "/")
        folder = os.path.dirname(of_list.path)
        place = Place(of_list.prefix, folder, of_list.filesystem) / inside
    parts = [part for part in inside.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise UsageError(
            f"'{name}' in the list '{of_list.name}' leads out of the list's folder: give it whole"
        )
    return Entry(place.name, "/".join(parts))
