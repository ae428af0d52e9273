from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from keras_dgggan.bulk.keys import KeyTable, keys_of
from keras_dgggan.bulk.manifest import COLUMNS, Manifest
from keras_dgggan.bulk.storage import place_of


def row(output: str, **more: Any) -> dict[str, Any]:
    return {"input": f"in/{output}", "output": output, **more}


def latest(folder: Path) -> dict[str, str | None]:
    batches = Manifest(place_of(str(folder))).latest(["output", "error"])
    rows = [each for batch in batches for each in batch.to_pylist()]
    assert len({each["output"] for each in rows}) == len(rows)
    return {each["output"]: each["error"] for each in rows}


def test_the_last_row_of_an_output_counts(tmp_path: Path) -> None:
    for error in ("broken", None):
        with Manifest(place_of(str(tmp_path))).writer() as add:
            add([row("a.png", error=error), row("b.png" if error else "c.png")])
    assert latest(tmp_path) == {"a.png": None, "b.png": None, "c.png": None}


def test_at_the_end_there_is_one_file_that_others_read(tmp_path: Path) -> None:
    with Manifest(place_of(str(tmp_path))).writer() as add:
        add([row("a.png", width=4, sha256="0" * 64)])
        add.flush()
        add([row("b.png", error="broken")])
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["manifest.parquet"]
    table = parquet.read_table(tmp_path / "manifest.parquet")
    assert table.column_names == list(COLUMNS)
    assert table.column("output").to_pylist() == ["b.png", "a.png"]


def test_rows_of_a_killed_run_are_kept(tmp_path: Path) -> None:
    writer = Manifest(place_of(str(tmp_path))).writer()
    add = writer.__enter__()
    add([row("a.png")])
    add.flush()
    # Nothing follows, as after SIGKILL.
    assert latest(tmp_path) == {"a.png": None}
    with Manifest(place_of(str(tmp_path))).writer() as add:
        add([row("b.png")])
    assert latest(tmp_path) == {"a.png": None, "b.png": None}
    assert not list((tmp_path / ".bulk").iterdir())


def test_a_run_that_fails_keeps_its_rows(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Manifest(place_of(str(tmp_path))).writer() as add:
        add([row("a.png")])
        raise KeyboardInterrupt
    assert latest(tmp_path) == {"a.png": None}


def test_a_crash_between_manifest_and_parts_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_of(str(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr("keras_dgggan.bulk.storage.Place.delete", lambda self: None)
        with Manifest(place).writer() as add:
            add([row("a.png", error="broken")])
    with Manifest(place).writer() as add:
        add([row("a.png")])
    assert latest(tmp_path) == {"a.png": None}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.tuples(st.text(max_size=2), st.integers(0, 9)), max_size=8)))
def test_a_key_table_is_a_dict_whose_first_values_stay(given: list[list[tuple[str, int]]]) -> None:
    table, expected = KeyTable(), {}
    for pairs in given:
        names = [name for name, _ in pairs]
        new = table.add(keys_of(names), [value for _, value in pairs])
        for (name, value), was_new in zip(pairs, new, strict=True):
            assert was_new == (name not in expected)
            expected.setdefault(name, value)
    asked = ["", "none", *expected]
    assert table.find(keys_of(asked)).tolist() == [expected.get(name, -1) for name in asked]
    assert len(table) == len(expected)
