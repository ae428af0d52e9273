import logging

import pytest

from keras_dgggan.data import FolderSource, PairsSource, Source, check_source
from keras_dgggan.errors import DataError


@pytest.fixture
def mixed(tmp_path, write):
    """Two good images among one that is cut short, one too small, one empty and one of text."""
    for name in ("good1.png", "good2.webp", "short.jpg", "small.png"):
        write(name, *((24, 52) if name == "small.png" else (40, 52)))
    data = (tmp_path / "short.jpg").read_bytes()
    (tmp_path / "short.jpg").write_bytes(data[: len(data) // 2])
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no image at all")
    return FolderSource(tmp_path)


def test_all_bad_files_are_reported_at_once_with_their_reasons(mixed):
    with pytest.raises(DataError) as caught:
        check_source(mixed, scale=4, hr_crop=32)
    lines = str(caught.value).splitlines()
    assert lines[0] == "4 images cannot be used:"
    for name, reason in (
        ("short.jpg", "cut short or damaged"),
        ("small.png", "52x24, smaller than the crop of 32x32"),
        ("empty.png", "empty"),
        ("text.png", "no"),
    ):
        assert any(name in line and reason in line for line in lines), name
    assert "on_bad_file: skip" in lines[-1]


def test_bad_files_can_be_left_out_with_a_warning(mixed, caplog):
    with caplog.at_level(logging.WARNING):
        good = check_source(mixed, scale=4, hr_crop=32, on_bad="skip")
    assert [name.rsplit("/", 1)[-1] for name in good.names] == ["good1.png", "good2.webp"]
    assert good.load(1).name == good.names[1]
    assert "short.jpg" in caplog.text


def test_skipping_everything_is_an_error(tmp_path, write):
    write("a.png", 8, 8)
    with pytest.raises(DataError, match="No image is left"):
        check_source(FolderSource(tmp_path), scale=4, hr_crop=32, on_bad="skip")


def test_what_is_left_after_cutting_to_the_scale_must_hold_the_crop(tmp_path, write):
    write("a.png", 35, 35)
    with pytest.raises(DataError, match="35x35"):
        check_source(FolderSource(tmp_path), scale=4, hr_crop=34)
    check_source(FolderSource(tmp_path), scale=4, hr_crop=32)


def test_pairs_of_unlike_size_and_files_without_a_partner_are_reported(tmp_path, write):
    for name, lr in (("a", (10, 13)), ("b", (10, 12)), ("c", None)):
        # Cut to a multiple of 4, HR is 40 x 52.
        write(f"hr/{name}.png", 42, 55)
        if lr:
            write(f"lr/{name}x4.png", *lr)
    source = PairsSource(lr=tmp_path / "lr", hr=tmp_path / "hr")
    with pytest.raises(DataError) as caught:
        check_source(source, scale=4, hr_crop=32)
    message = str(caught.value)
    assert "c.png' has no LR image" in message
    assert "b.png' is 55x42 and its LR image 12x10: at scale 4 it should be 13x10" in message
    assert "a.png" not in message


def test_a_second_check_decodes_nothing_and_a_changed_file_again(tmp_path, write, monkeypatch):
    write("a.png")
    write("b.png")
    source = FolderSource(tmp_path)
    decoded = []
    load = FolderSource.load
    monkeypatch.setattr(
        FolderSource, "load", lambda self, index: decoded.append(index) or load(self, index)
    )
    check_source(source, scale=4, hr_crop=32)
    check_source(source, scale=2, hr_crop=16)
    assert sorted(decoded) == [0, 1]
    (tmp_path / "b.png").write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"b\.png"):
        check_source(source, scale=4, hr_crop=32)


def test_a_cache_that_cannot_be_used_is_done_without(tmp_path, write, monkeypatch):
    write("images/a.png")
    (tmp_path / "file").touch()
    monkeypatch.setenv("KERAS_DGGGAN_CACHE", str(tmp_path / "file"))
    assert isinstance(check_source(FolderSource(tmp_path / "images"), scale=4, hr_crop=32), Source)


def test_progress_counts_to_the_end(tmp_path, write):
    for name in ("a.png", "b.png", "c.png"):
        write(name)
    seen = []
    check_source(
        FolderSource(tmp_path), scale=4, hr_crop=32, on_progress=lambda *now: seen.append(now)
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]
