import numpy as np
import pytest
from PIL import Image

from keras_dgggan.images.headers import pixels_of, size_of


@pytest.fixture
def files(tmp_path) -> dict:
    frame = Image.new("P", (40, 30))
    frame.save(tmp_path / "still.gif")
    other = Image.fromarray(np.full((30, 40), 9, np.uint8))
    frame.save(tmp_path / "moving.gif", save_all=True, append_images=[other])
    Image.new("RGBA", (40, 30)).save(tmp_path / "alpha.png")
    Image.new("RGB", (40, 30)).save(tmp_path / "photo.jpg")
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG and no more")
    return {path.stem: path for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("still", (30, 40, 1)),
        ("alpha", (30, 40, 2)),
        ("photo", (30, 40, 1)),
        ("moving", None),
        ("damaged", None),
    ],
)
def test_only_single_pictures_have_a_size(files, name, expected):
    assert size_of(files[name]) == expected


def test_a_file_that_is_not_there_has_no_size(tmp_path):
    assert size_of(tmp_path / "nothing.png") is None


def test_pixels_are_summed_until_there_are_enough(files):
    assert pixels_of([files["photo"], files["alpha"]], 10**6) == 3 * 1200
    assert pixels_of([files["photo"], files["damaged"]], 10**6) is None
    assert pixels_of([files["photo"], files["damaged"]], 1000) == 1200
    assert pixels_of([files["photo"], None], 10**6) is None
