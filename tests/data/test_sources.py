import numpy as np
import pytest
from PIL import Image

from keras_dgggan.data import FolderSource, PairsSource, SkimageSource
from keras_dgggan.errors import DataError, UsageError


def stems(source):
    return [name.rsplit("/", 1)[-1] for name in source.names]


def test_a_folder_gives_its_images_by_name_and_nothing_else(tmp_path, write):
    for name in ("b.png", "a.webp", "C.JPG", ".hidden.png"):
        write(name)
    (tmp_path / "notes.txt").write_text("no image")
    assert stems(FolderSource(tmp_path)) == ["C.JPG", "a.webp", "b.png"]


def test_subfolders_are_for_the_asking(tmp_path, write):
    write("a.png")
    write("deep/er/b.png")
    assert stems(FolderSource(tmp_path)) == ["a.png"]
    assert stems(FolderSource(tmp_path, recursive=True)) == ["a.png", "b.png"]


def test_lossless_formats_have_one_and_the_same_decoder(tmp_path, write):
    for name, options in (("a.png", {}), ("b.webp", {"lossless": True}), ("c.bmp", {})):
        pixels = write(name, **options)
        assert np.array_equal(FolderSource(tmp_path / name).load(0).hr, pixels)


def test_a_photograph_is_turned_as_its_exif_says(tmp_path, write):
    exif = Image.Exif()
    exif[0x0112] = 6
    write("a.jpg", height=40, width=60, exif=exif)
    assert FolderSource(tmp_path).load(0).hr.shape == (60, 40, 3)


def test_brackets_and_other_alphabets_in_names_are_plain_characters(tmp_path, write):
    write("[1] straße 海.png")
    assert stems(FolderSource(tmp_path)) == ["[1] straße 海.png"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(UsageError, match="nowhere' does not exist"):
        FolderSource(tmp_path / "nowhere")


def test_an_empty_folder_says_what_is_looked_for(tmp_path):
    with pytest.raises(UsageError, match=r"No images in .*sub-folders are not.*\.png"):
        FolderSource(tmp_path)


def test_a_file_deleted_meanwhile_is_named(tmp_path, write):
    write("a.png")
    source = FolderSource(tmp_path)
    (tmp_path / "a.png").unlink()
    with pytest.raises(DataError, match=r"a\.png"):
        source.load(0)


@pytest.mark.parametrize("lr_name", ["0001.png", "0001x4.png", "0001.webp"])
def test_pairs_go_by_name_with_or_without_the_scale(tmp_path, write, lr_name):
    write("hr/0001.png", 40, 52)
    write(f"lr/{lr_name}", 10, 13)
    source = PairsSource(lr=tmp_path / "lr", hr=tmp_path / "hr")
    sample = source.load(0)
    assert source.paired and sample.hr.shape == (40, 52, 3) and sample.lr.shape == (10, 13, 3)


def test_sub_images_of_pairs_go_together(tmp_path, write):
    write("hr/0001_s003.png")
    write("lr/0001x4_s003.png", 10, 13)
    assert len(PairsSource(lr=tmp_path / "lr", hr=tmp_path / "hr")) == 1


def test_an_hr_name_that_ends_like_a_scale_is_taken_as_it_is(tmp_path, write):
    write("hr/boxx4.png")
    write("lr/boxx4.png", 10, 13)
    assert stems(PairsSource(lr=tmp_path / "lr", hr=tmp_path / "hr")) == ["boxx4.png"]


def test_two_files_for_one_partner_are_a_problem(tmp_path, write):
    write("hr/a.png")
    write("hr/b.png")
    write("lr/a.png", 10, 13)
    write("lr/b.png", 10, 13)
    write("lr/bx4.png", 10, 13)
    source = PairsSource(lr=tmp_path / "lr", hr=tmp_path / "hr")
    assert stems(source) == ["a.png"]
    assert "b.png" in source.problems[0] and "bx4.png" in source.problems[0]


def test_folders_without_a_pair_are_refused(tmp_path, write):
    write("hr/a.png")
    write("lr/b.png", 10, 13)
    with pytest.raises(UsageError, match="0001x4"):
        PairsSource(lr=tmp_path / "lr", hr=tmp_path / "hr")


def test_photographs_of_scikit_image_are_what_it_loads():
    import skimage.data

    source = SkimageSource(["astronaut", "rocket"])
    assert source.names == ("astronaut.png", "rocket.jpg")
    assert np.array_equal(source.load(0).hr, skimage.data.astronaut())


def test_an_unknown_photograph_gets_the_nearest_name():
    with pytest.raises(UsageError, match=r"'astronut'.*mean 'astronaut'"):
        SkimageSource(["astronut"])


def test_without_scikit_image_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"keras-dgggan\[quickstart\]"):
        SkimageSource(["astronaut"])
