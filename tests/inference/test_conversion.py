"""Images as people hold them, through an upscaler that ONNX Runtime runs."""

import numpy as np
import pytest
from checks import assert_levels_agree
from PIL import Image

from keras_dgggan.errors import UsageError
from keras_dgggan.images import Picture, read_image, write_image
from keras_dgggan.inference import Upscaler


@pytest.fixture(scope="module")
def upscaler() -> Upscaler:
    return Upscaler("dgggan_x4_light", engine="onnxruntime")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_a_pillow_image_gives_a_pillow_image(upscaler, mode, rng):
    if mode == "I;16":
        image = Image.fromarray(rng.integers(0, 65536, (7, 9), np.uint16))
    else:
        image = Image.fromarray(rng.integers(0, 256, (7, 9, 3), np.uint8)).convert(mode)
    result = upscaler(image)
    assert isinstance(result, Image.Image)
    assert result.size == (36, 28)
    assert result.mode == {"1": "L", "P": "RGB", "CMYK": "RGB"}.get(mode, mode)


def test_arrays_batches_and_lists_are_what_upscale_gives(upscaler, rng):
    batch = rng.integers(0, 256, (2, 6, 5, 3), np.uint8)
    each = [upscaler.upscale(image) for image in batch]
    assert_levels_agree(upscaler(batch), np.stack(each))
    assert_levels_agree(upscaler(batch[0]), each[0])
    gray = batch[0, ..., 0]
    mixed = upscaler([batch[1], gray, Image.fromarray(gray)])
    assert_levels_agree(mixed[0], each[1])
    assert_levels_agree(mixed[1], np.asarray(mixed[2]))


def test_tensors_come_back_as_tensors(upscaler, rng):
    tf = pytest.importorskip("tensorflow")
    image = rng.random((1, 6, 5, 3)).astype(np.float32)
    result = upscaler(tf.constant(image))
    assert tf.is_tensor(result)
    assert result.dtype == tf.float32
    np.testing.assert_allclose(result, upscaler(image), rtol=1e-5, atol=1e-5)


def test_a_path_gives_a_pillow_image_and_upscale_file_keeps_the_files_kind(upscaler, tmp_path, rng):
    pixels = rng.integers(0, 65536, (6, 5, 3), np.uint16)
    write_image(Picture(pixels, dpi=(300.0, 300.0)), tmp_path / "a.png")
    assert upscaler(tmp_path / "a.png").size == (20, 24)
    assert upscaler(str(tmp_path / "a.png")).mode == "RGB"
    upscaler.upscale_file(tmp_path / "a.png", tmp_path / "b.tif")
    written = read_image(tmp_path / "b.tif")
    assert_levels_agree(written.pixels, upscaler.upscale(pixels))
    assert written.dpi == pytest.approx((300, 300), abs=0.1)
    with pytest.raises(UsageError, match="would be replaced"):
        upscaler.upscale_file(tmp_path / "a.png", tmp_path / "a.png")


def test_an_upscaler_describes_itself(upscaler):
    assert repr(upscaler) == (
        "Upscaler('dgggan_x4_light', scale=4, engine='onnxruntime', tile='auto')"
    )
    assert "scale=2.5" in repr(Upscaler("dgggan_x4_light", outscale=2.5, engine="onnxruntime"))
