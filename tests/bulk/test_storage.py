import uuid
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from keras_dgggan.bulk.storage import Place, place_of
from keras_dgggan.errors import ImageFileError, OutputError, UsageError


@pytest.fixture(params=["folder", "bucket", "renamed"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A folder of this machine, a place whose uploads are whole, and one that needs a rename."""
    if request.param == "folder":
        return place_of(str(tmp_path))
    if request.param == "bucket":
        return place_of(f"memory://{uuid.uuid4().hex}")
    from pyarrow import fs

    return Place("remote://", str(tmp_path), fs.LocalFileSystem())


def test_what_is_written_is_read_and_listed(folder: Place) -> None:
    (folder / "a/b c.png").write(b"first")
    (folder / "a/b c.png").write(b"again")
    assert (folder / "a/b c.png").read() == b"again"
    assert [(each.inside, each.bytes) for each in folder.walk(hidden=True)] == [("a/b c.png", 5)]


def test_a_write_that_fails_leaves_what_was_there(
    folder: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if folder.prefix == "memory://":
        pytest.skip("an upload that does not end is the store's to forget")
    (folder / "a.png").write(b"first")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if folder.local:
        monkeypatch.setattr("os.fsync", fail)
    else:
        monkeypatch.setattr(Place, "_put", fail)
    with pytest.raises(OutputError, match=r"a\.png' cannot be written: No space left"):
        (folder / "a.png").write(b"second")
    assert [each.inside for each in folder.walk(hidden=True)] == ["a.png"]
    assert (folder / "a.png").read() == b"first"


def test_a_missing_file_is_named(folder: Place) -> None:
    with pytest.raises(ImageFileError, match=r"none\.png' cannot be read: there is no such file"):
        (folder / "none.png").read()


def test_deleting_what_is_gone_is_no_fault(folder: Place) -> None:
    (folder / "a.png").write(b"?")
    (folder / "a.png").delete()
    (folder / "a.png").delete()
    assert not (folder / "a.png").is_file()


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    assert [each.inside for each in place_of(str(tmp_path)).walk()] == ["a.png"]


def test_file_uris_are_paths(tmp_path: Path) -> None:
    assert place_of((tmp_path / "b c").as_uri()) == place_of(str(tmp_path / "b c"))


def test_a_scheme_that_nothing_opens_is_named() -> None:
    with pytest.raises(UsageError, match=r"'nonsense://.*' cannot be opened"):
        place_of("nonsense://bucket/a.png")


def test_a_host_is_no_part_of_the_path() -> None:
    class Hosted(MemoryFileSystem):
        protocol = "hosted"

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            below = path.removeprefix("hosted://")
            return "/" + below.partition("/")[2] if below != path else path

    fsspec.register_implementation("hosted", Hosted)
    folder = place_of(f"hosted://machine:22/{uuid.uuid4().hex}")
    assert folder.path == "/" + folder.name.rsplit("/", 1)[1]
    (folder / "a/b.png").write(b"?")
    (entry,) = folder.walk()
    assert (entry.name, entry.inside) == (f"{folder.name}/a/b.png", "a/b.png")
    assert place_of(entry.name).read() == b"?"
