"""The plan of a bulk run: the output of each input, less what is done, in little memory."""

import functools
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from keras_dgggan.bulk.keys import KeyTable, keys_of
from keras_dgggan.bulk.manifest import Manifest
from keras_dgggan.bulk.settings import Settings
from keras_dgggan.bulk.storage import Entry, Place
from keras_dgggan.errors import UsageError
from keras_dgggan.images.formats import output_name

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 8192


@dataclass(frozen=True)
class Plan:
    """The pictures to make.

    Attributes:
        file: A Parquet file with a row for each: `input`, `output`, `format`.
        count: How many they are.
        skipped: Inputs whose outputs are there already.
    """

    file: Path
    count: int
    skipped: int

    def tables(self, rows: int) -> Iterator["pa.Table"]:
        """The rows as Arrow tables of at most so many."""
        import pyarrow as pa
        from pyarrow import parquet

        if self.count:
            for batch in parquet.ParquetFile(self.file).iter_batches(rows):
                yield pa.Table.from_batches([batch])


def make_plan(
    inputs: Iterable[Entry],
    output: Place,
    settings: Settings,
    fingerprint: str,
    file: Path,
    *,
    replace: bool,
) -> Plan:
    """Decide for every input where its output goes and whether it is done; write the rest down.

    An input is done if the manifest has its output with these settings and without an error, the
    output is there in its full size, and the input has the size that it had.

    Args:
        inputs: What `list_inputs` gives.
        replace: Files that are in the outputs' places and not in the manifest are replaced.

    Raises:
        UsageError: Two inputs would write one output, an input lies where the outputs go, or an
            output exists already.
    """
    existing = _existing(output)
    done = _done(output, existing, fingerprint)
    planned = KeyTable()
    count = skipped = 0
    entries = iter(inputs)
    with _plan_file(file) as write:
        while batch := list(islice(entries, _BATCH)):
            named = [output_name(each.inside, settings.suffix, settings.format) for each in batch]
            keys = keys_of(name for name, _ in named)
            new = planned.add(keys, [0] * len(keys))
            _check(batch, [name for name, _ in named], new, output)
            sizes = np.array([-1 if each.bytes is None else each.bytes for each in batch])
            before = done.find(keys)
            left = (before < 0) | ((sizes >= 0) & (sizes != before))
            if not replace and (taken := left & (existing.find(keys) >= 0)).any():
                name = named[int(taken.argmax())][0]
                raise UsageError(
                    f"'{(output / name).name}' exists and was not made by this command: give "
                    "another OUTPUT or --suffix, or --overwrite"
                )
            write([(batch[k].name, *named[k]) for k in np.flatnonzero(left)])
            count += int(left.sum())
            skipped += int((~left).sum())
    return Plan(file, count, skipped)


@contextmanager
def _plan_file(file: Path) -> Iterator[Callable[[list[tuple[str, str, str]]], None]]:
    """A function that writes rows of `input`, `output`, `format` into a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([(name, pa.string()) for name in ("input", "output", "format")])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:

        def write(rows: list[tuple[str, str, str]]) -> None:
            if rows:
                columns = [pa.array(column) for column in zip(*rows, strict=True)]
                writer.write_table(pa.Table.from_arrays(columns, schema=schema))

        yield write


def _existing(output: Place) -> KeyTable:
    """The sizes of the files below a folder; none where there is no folder."""
    table = KeyTable()
    if not output.is_folder():
        return table
    entries = output.walk()
    while batch := list(islice(entries, _BATCH)):
        table.add(keys_of(each.inside for each in batch), [each.bytes or 0 for each in batch])
    return table


def _done(output: Place, existing: KeyTable, fingerprint: str) -> KeyTable:
    """The inputs' sizes, by output, of what is done and still there."""
    table = KeyTable()
    columns = ["output", "input_bytes", "output_bytes", "error", "settings"]
    for batch in Manifest(output).latest(columns):
        rows = batch.to_pydict()
        keys = keys_of(rows["output"])
        made = zip(rows["error"], rows["settings"], strict=True)
        good = np.array([error is None and by == fingerprint for error, by in made], bool)
        good &= existing.find(keys) == np.array([size or 0 for size in rows["output_bytes"]])
        sizes = np.array([size or 0 for size in rows["input_bytes"]])
        table.add(keys[good], sizes[good])
    return table


def _check(batch: list[Entry], names: list[str], new: npt.NDArray[np.bool_], output: Place) -> None:
    if not new.all():
        k = int((~new).argmax())
        raise UsageError(
            f"'{batch[k].name}' and another input would both write '{(output / names[k]).name}': "
            "give different names, or run them apart"
        )
    for entry in batch:
        if _is_below(entry.name, output):
            raise UsageError(
                f"the input '{entry.name}' lies in OUTPUT, '{output.name}': name another folder"
            )


def _is_below(name: str, output: Place) -> bool:
    if not output.local:
        return name.startswith(output.name.rstrip("/") + "/")
    if "://" in name:
        return False
    folder = _real(os.path.dirname(name))
    root = _real(output.path)
    return folder == root or folder.startswith(root.rstrip(os.sep) + os.sep)


@functools.lru_cache(maxsize=256)
def _real(folder: str) -> str:
    return os.path.normcase(os.path.realpath(folder))
