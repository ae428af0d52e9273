import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from keras_dgggan.bulk.actor import DatasetActor
from keras_dgggan.bulk.settings import Settings

NAMES = ["OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"]


@pytest.fixture
def actor(monkeypatch: pytest.MonkeyPatch) -> DatasetActor:
    for name in [*NAMES, "CUDA_VISIBLE_DEVICES", "TF_FORCE_GPU_ALLOW_GROWTH"]:
        monkeypatch.setenv(name, "1")
    settings = Settings(model="dgggan_x4_light", format="png")
    options: dict[str, Any] = {"settings": settings, "threads": 1, "gpus": 0}
    return DatasetActor(models=settings.models(), column="photo", **options)


def encoded(size: tuple[int, int]) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, "teal").save(stream, "JPEG")
    return stream.getvalue()


def test_bytes_become_the_bytes_of_a_larger_file(actor: DatasetActor) -> None:
    row = actor({"photo": encoded((8, 6)), "id": 7})
    assert (row["id"], row["error"]) == (7, None)
    with Image.open(io.BytesIO(row["photo"])) as image:
        assert (image.size, image.format) == ((32, 24), "PNG")


@pytest.mark.parametrize("shape", [(6, 8), (6, 8, 1), (6, 8, 4)])
def test_arrays_become_larger_arrays(actor: DatasetActor, shape: tuple[int, ...]) -> None:
    row = actor({"photo": np.zeros(shape, np.uint16)})
    assert row["photo"].shape == (24, 32, *shape[2:])
    assert row["photo"].dtype == np.uint16


@pytest.mark.parametrize("picture", [b"nonsense", np.zeros((2, 2, 7), np.uint8), None])
def test_what_is_no_picture_is_a_row_with_an_error(actor: DatasetActor, picture: Any) -> None:
    row = actor({"photo": picture, "path": "s3://shop/a.png"})
    assert row["photo"] is None
    assert "s3://shop/a.png" in row["error"]
