"""The manifest: what became of every input, in Parquet beside the outputs.

While work goes on rows are added as parts, small files in `.bulk/`; at the end of a run they and
`manifest.parquet` become the new `manifest.parquet`, with the last row of every output.
"""

import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from keras_dgggan.bulk.keys import KeyTable, keys_of
from keras_dgggan.bulk.settings import RECORDS
from keras_dgggan.bulk.storage import Place

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST = "manifest.parquet"

# In the manifest's order, with the names of Arrow's types.
COLUMNS = {
    "input": "string",
    "output": "string",  # below OUTPUT, with "/" between parts
    "width": "int32",
    "height": "int32",
    "input_bytes": "int64",
    "output_bytes": "int64",
    "model": "string",
    "sha256": "string",
    "seconds": "float32",
    "error": "string",  # null for what is done
    "machine": "string",
    "settings": "string",
}

# A row of it by column, as Arrow gives and takes it.
Row: TypeAlias = dict[str, Any]

_PART = re.compile(r"rows-(\d+)-\d+-[0-9a-f]+\.parquet")
_BATCH = 8192

# Seconds between parts: few at first, and never so many parts that reading them takes long.
_SHORTEST, _LONGEST, _SHARE = 5.0, 60.0, 0.05


def schema() -> "pa.Schema":
    """Arrow's schema of the manifest."""
    import pyarrow as pa

    return pa.schema([(name, getattr(pa, kind)()) for name, kind in COLUMNS.items()])


class Manifest:
    """The manifest of one OUTPUT.

    Examples:
        >>> from keras_dgggan.bulk.storage import place_of
        >>> manifest = Manifest(place_of("larger"))
        >>> with manifest.writer() as add:
        ...     add([{"input": "a.png", "output": "a_sr.png", "settings": "0"}])
        >>> [batch.to_pylist()[0]["output"] for batch in manifest.latest()]
        ['a_sr.png']
    """

    def __init__(self, output: Place) -> None:
        self.place = output / MANIFEST
        self._records = output / RECORDS

    def latest(self, columns: list[str] | None = None) -> Iterator["pa.RecordBatch"]:
        """The last row of every output, in Arrow's record batches; errors among them.

        Args:
            columns: Those that are wanted, `output` first; all by default.
        """
        import pyarrow as pa
        from pyarrow import parquet

        seen = KeyTable()
        for file in reversed(self._files()):
            table = parquet.ParquetFile(file.path, filesystem=file.filesystem)
            # What comes later in a part is newer; an output has one row in a part and a manifest.
            for batch in table.iter_batches(_BATCH, columns=columns):
                keys = keys_of(batch.column("output").to_pylist())
                new = seen.add(keys, [0] * len(keys))
                yield batch if new.all() else batch.filter(pa.array(new))

    @contextmanager
    def writer(self) -> Iterator["Writer"]:
        """A context that adds rows during a run; however it ends, the manifest is whole."""
        numbers = [int(part[1]) for file in self._parts() if (part := _PART.search(file.name))]
        writer = Writer(self._records, max(numbers, default=0) + 1)
        try:
            yield writer
        finally:
            writer.flush()
            self._compact()

    def _compact(self) -> None:
        from pyarrow import parquet

        parts = self._parts()
        if not parts:
            return
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder, MANIFEST)
            with parquet.ParquetWriter(whole, schema(), compression="zstd") as file:
                for batch in self.latest():
                    file.write_batch(batch)
            self.place.write(whole.read_bytes())
        for part in parts:
            part.delete()

    def _files(self) -> list[Place]:
        return ([self.place] if self.place.is_file() else []) + self._parts()

    def _parts(self) -> list[Place]:
        if not self._records.is_folder():
            return []
        names = sorted(entry.inside for entry in self._records.walk() if _PART.match(entry.inside))
        return [self._records / name for name in names]


class Writer:
    """Adds rows to a manifest, some seconds' worth at a time.

    Args:
        records: The folder for parts.
        run: The number of the run: its parts come after those of earlier runs.
    """

    def __init__(self, records: Place, run: int) -> None:
        self._records = records
        # Two commands that run at once do not write one file.
        self._name = (f"rows-{run:06d}-", f"-{secrets.token_hex(4)}.parquet")
        self._rows: list[Row] = []
        self._parts = 0
        self._start = self._flushed = time.monotonic()

    def __call__(self, rows: list[Row]) -> None:
        """Add rows, of the manifest's columns; those that are not given are null."""
        self._rows.extend(rows)
        now = time.monotonic()
        wait = min(max(_SHARE * (now - self._start), _SHORTEST), _LONGEST)
        if now - self._flushed >= wait or len(self._rows) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what was added since the last part."""
        import pyarrow as pa
        from pyarrow import parquet

        self._flushed = time.monotonic()
        if not self._rows:
            return
        # A picture that was tried twice has one row, the last.
        rows = list({row["output"]: row for row in self._rows}.values())
        stream = pa.BufferOutputStream()
        parquet.write_table(pa.Table.from_pylist(rows, schema()), stream, compression="zstd")
        first, last = self._name
        (self._records / f"{first}{self._parts:06d}{last}").write(stream.getvalue().to_pybytes())
        self._parts += 1
        self._rows = []
