import os
import uuid
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from keras_dgggan.bulk.inputs import list_inputs
from keras_dgggan.bulk.storage import place_of
from keras_dgggan.errors import UsageError

NAMES = ["a.png", "b c.JPG", "sub/_d.webp", "sub/deep/e[1].tif", "notes.txt", ".hidden/f.png"]
PICTURES = ["a.png", "b c.JPG", "sub/_d.webp", "sub/deep/e[1].tif"]


@pytest.fixture(params=["folder", "bucket"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder with files, on the disk or where fsspec has it."""
    name = str(tmp_path / "in") if request.param == "folder" else f"memory://{uuid.uuid4().hex}"
    for inside in NAMES:
        (place_of(name) / inside).write(b"?")
    return name


def inside(text: str, output: str = "/elsewhere") -> list[str]:
    return [entry.inside for entry in list_inputs(text, place_of(output))]


def test_a_folder_stands_for_the_pictures_below_it(root: str) -> None:
    assert inside(root) == PICTURES


def test_sizes_and_names_lead_back_to_the_files(root: str) -> None:
    for entry in list_inputs(root, place_of("/elsewhere")):
        assert entry.bytes == 1
        assert place_of(entry.name).read() == b"?"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.png", ["a.png"]),
        ("**/*.tif", ["deep/e[1].tif"]),
        ("s*b/*", ["sub/_d.webp"]),
        ("**/*", PICTURES),
    ],
)
def test_a_glob_is_matched_below_its_plain_part(
    root: str, pattern: str, expected: list[str]
) -> None:
    text = f"{root}/sub/{pattern}" if ".tif" in pattern else f"{root}/{pattern}"
    assert inside(text) == expected


def test_the_output_folder_below_the_input_is_passed_over(root: str) -> None:
    assert inside(root, f"{root}/sub") == ["a.png", "b c.JPG"]


def test_a_picture_stands_for_itself(root: str) -> None:
    assert inside(f"{root}/sub/_d.webp") == ["_d.webp"]


def test_a_text_list_takes_paths_relative_to_itself_and_whole_ones(tmp_path: Path) -> None:
    lines = ["sub/a.png", "", "  #b.png ", str(tmp_path / "c.png"), "s3://shop/d e.png"]
    (tmp_path / "list.txt").write_text("\n".join(lines), encoding="utf-8-sig")
    entries = list(list_inputs(str(tmp_path / "list.txt"), place_of("/elsewhere")))
    assert [entry.name for entry in entries] == [
        str(tmp_path / "sub" / "a.png"),
        str(tmp_path / "#b.png"),
        str(tmp_path / "c.png"),
        "s3://shop/d e.png",
    ]
    whole = str(tmp_path / "c.png").replace(os.sep, "/").partition("/")[2]
    assert [entry.inside for entry in entries] == ["sub/a.png", "#b.png", whole, "shop/d e.png"]


@pytest.mark.parametrize("column", ["input", "path", "uri"])
def test_a_parquet_list_has_a_column_of_paths(tmp_path: Path, column: str) -> None:
    table = pa.table({"size": [1, 2, 3], column: ["a.png", None, "sub/b.png"]})
    parquet.write_table(table, tmp_path / "list.parquet")
    assert inside(str(tmp_path / "list.parquet")) == ["a.png", "sub/b.png"]


def test_a_list_with_an_unknown_scheme_still_names_all_pictures(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("nonsense://x/a.png\nb.png\n")
    assert inside(str(tmp_path / "list.txt")) == ["x/a.png", "b.png"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "none", "no folder, list or picture"),
        (lambda folder: folder / "none" / "*.png", "which '.*' begins with"),
        (lambda folder: _written(folder / "x.parquet", b"PAR"), "is not a Parquet file"),
        (lambda folder: _written(folder / "x.txt", b"\xff\xfe\xff"), "is not UTF-8"),
        (lambda folder: _table(folder / "y.parquet"), "its columns are name"),
        (lambda folder: _written(folder / "y.txt", b"../a.png"), "leads out of the list's folder"),
        (lambda folder: "nonsense://bucket", "nonsense"),
    ],
)
def test_what_cannot_be_an_input_is_named(tmp_path: Path, make, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        list(list_inputs(str(make(tmp_path)), place_of("/elsewhere")))


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _table(path: Path) -> Path:
    parquet.write_table(pa.table({"name": ["a.png"]}), path)
    return path
