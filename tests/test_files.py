import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from keras_dgggan import files
from keras_dgggan.errors import DggganError, OutputError
from keras_dgggan.files import (
    atomic_path,
    atomic_write_text,
    naming_output,
    process_runs,
    sync_tree,
    temporary_folder,
)

linux = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks into /proc")


@pytest.fixture
def windows(monkeypatch):
    from windows import like_windows

    return like_windows(monkeypatch)


def test_a_file_appears_whole_with_the_rights_that_the_umask_grants(tmp_path):
    mask = os.umask(0o027)
    try:
        atomic_write_text(tmp_path / "a.txt", "äöü")
    finally:
        os.umask(mask)
    assert (tmp_path / "a.txt").read_text("utf-8") == "äöü"
    if os.name == "posix":
        assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path, error):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(error), atomic_path(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise error
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_temporary_name_keeps_the_ending_that_writers_go_by(tmp_path):
    for name in ("a.png", "a.b.png", "a.weights.h5", "a"):
        with atomic_path(tmp_path / name) as temporary:
            ending = ".weights.h5" if "weights" in name else Path(name).suffix
            assert temporary.name.startswith(".tmp-") and temporary.name.endswith(ending)
            temporary.write_text("")


@linux
def test_files_and_folders_are_written_where_windows_refuses_what_it_refuses(tmp_path, windows):
    atomic_write_text(tmp_path / "a.txt", "old")
    atomic_write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "new"
    with temporary_folder(tmp_path / "made") as folder:
        (folder / "inside").mkdir()
        (folder / "inside" / "b.txt").write_text("text")
        sync_tree(folder)
        folder.rename(tmp_path / "made" / "1")
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["1"]
    # That of folders, which is only tried.
    assert set(windows.seen) <= {"open of a folder"}


@linux
def test_a_file_that_another_program_lets_go_of_is_replaced(tmp_path, windows, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with path.open() as reader:
        monkeypatch.setattr(time, "sleep", lambda seconds: reader.close())
        atomic_write_text(path, "new")
    assert path.read_text() == "new"


@linux
def test_a_file_that_stays_open_elsewhere_is_named_and_left_alone(tmp_path, windows, monkeypatch):
    monkeypatch.setattr(files, "_PATIENCE", (0.0,))
    path = tmp_path / "a.txt"
    path.write_text("old")
    with path.open(), pytest.raises(OutputError, match=r"a\.txt' cannot be written: Permission"):
        atomic_write_text(path, "new")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_full_or_read_only_disk_is_told_with_the_output(tmp_path, code):
    with pytest.raises(OutputError) as failure, atomic_path(tmp_path / "a.png") as temporary:
        raise OSError(code, os.strerror(code), str(temporary))
    assert str(failure.value) == f"'{tmp_path / 'a.png'}' cannot be written: {os.strerror(code)}"
    assert isinstance(failure.value, OSError) and isinstance(failure.value, DggganError)


def test_errors_that_libraries_make_of_a_full_disk_are_told_with_the_output(tmp_path):
    text = "Can't write (file write failed: errno = 28, error message = 'No space left on device')"
    sentence = r"a\.h5' cannot be written: No space left on device$"
    with pytest.raises(OutputError, match=sentence), atomic_path(tmp_path / "a.h5"):
        raise RuntimeError(text)


def test_an_input_that_cannot_be_read_is_not_taken_for_the_output(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "a.png"):
        (tmp_path / "absent.png").read_bytes()
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OutputError, match=r"there is no folder '.*absent'$"):
        atomic_write_text(tmp_path / "absent" / "a.txt", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no device that is always full")
def test_a_device_that_is_full_is_told():
    sentence = "'standard output' cannot be written: No space left"
    with (
        pytest.raises(OutputError, match=sentence),
        naming_output("standard output"),
        open("/dev/full", "wb", buffering=0) as full,
    ):
        full.write(b"a")


def test_paths_of_windows_are_told_as_they_are_written():
    path = r"C:\Users\Größe\a.png"
    with pytest.raises(OutputError) as failure, naming_output(path):
        raise OSError(errno.EACCES, "Permission denied", path)
    assert rf"'{path}'" in str(failure.value)


KILLED = """
import os, sys, time
from keras_dgggan.files import atomic_path, temporary_folder
with temporary_folder(sys.argv[1]) as folder, atomic_path(sys.argv[1] + "/a.png") as file:
    (folder / "inside").write_text("half")
    file.write_text("half")
    print("written", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_process_left_is_removed_by_the_next_one(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_swept", set())
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline()
        # Not while its owner lives.
        atomic_write_text(tmp_path / "b.txt", "")
        assert len(list(tmp_path.glob(".tmp-*"))) == 2
        process.kill()
    elsewhere = tmp_path / f".tmp-00000000-{process.pid}-00000000.png"
    elsewhere.write_text("of another machine")
    monkeypatch.setattr(files, "_swept", set())
    atomic_write_text(tmp_path / "b.txt", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == [elsewhere.name, "b.txt"]


def test_a_process_is_known_to_run_or_not():
    assert process_runs(os.getpid()) and process_runs(os.getppid())
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert not process_runs(process.pid)
    assert not process_runs(2**80)
