"""Files decoded in the graph: formats, sizes read from headers, and what is refused."""

import io
import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_dgggan.export.headers import first_frame, picture_size


def encode(pixels: np.ndarray, format_: str, **options) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format_, **options)
    return stream.getvalue()


def animation(rng: np.random.Generator, frames: int = 4) -> bytes:
    images = [
        Image.fromarray(rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)) for _ in range(frames)
    ]
    stream = io.BytesIO()
    images[0].save(stream, "GIF", save_all=True, append_images=images[1:], loop=0)
    return stream.getvalue()


@pytest.fixture
def files(rng) -> dict[str, bytes]:
    pixels = rng.integers(0, 256, (7, 300, 3), dtype=np.uint8)
    gray = pixels[..., 0]
    return {
        "png": encode(pixels, "PNG"),
        "gray png": encode(gray, "PNG"),
        "16-bit png": encode(gray.astype(np.uint16) * 257, "PNG"),
        "rgba png": encode(np.dstack([pixels, gray]), "PNG"),
        "jpeg": encode(pixels, "JPEG"),
        "progressive jpeg": encode(pixels, "JPEG", progressive=True),
        "gif": encode(pixels, "GIF"),
        "bmp": encode(pixels, "BMP"),
        "animation": animation(rng),
    }


def test_sizes_are_those_that_pillow_reads(files):
    for name, file in files.items():
        width, height = picture_size(tf.constant(file))
        assert (int(width), int(height)) == Image.open(io.BytesIO(file)).size, name


def test_a_top_down_bmp_has_a_positive_size():
    file = bytearray(encode(np.zeros((5, 6, 3), np.uint8), "BMP"))
    file[22:26] = struct.pack("<i", -5)
    assert tuple(map(int, picture_size(tf.constant(bytes(file))))) == (6, 5)


def test_a_frame_larger_than_its_canvas_counts(files):
    frame = struct.pack("<BHHHH", 0x2C, 0, 0, 300, 7)
    huge = files["gif"].replace(frame, struct.pack("<BHHHH", 0x2C, 0, 0, 60000, 50000))
    assert tuple(map(int, picture_size(tf.constant(huge)))) == (60000, 50000)


def test_an_animation_is_cut_to_its_first_frame(rng):
    file = animation(rng)
    first = first_frame(tf.constant(file)).numpy()
    assert len(first) < len(file) / 2
    alone, whole = Image.open(io.BytesIO(first)), Image.open(io.BytesIO(file))
    assert (alone.n_frames, whole.n_frames) == (1, 4)
    np.testing.assert_array_equal(alone.convert("RGB"), whole.convert("RGB"))


def test_files_cut_short_are_refused(files):
    for name, file in files.items():
        # The shortest that holds a whole header is different for each format.
        for length in (1, 3, 9, 15):
            with pytest.raises(tf.errors.InvalidArgumentError):
                width, height = picture_size(tf.constant(file[:length]))
                pytest.fail(f"{length} bytes of {name}: {int(width)}x{int(height)}")


@pytest.mark.parametrize("file", [b"", b"BM", b"GIF8", b"RIFF____WEBPVP8 ", b"\x00" * 100])
def test_what_is_no_picture_is_refused(file):
    with pytest.raises(tf.errors.InvalidArgumentError):
        picture_size(tf.constant(file))


def test_every_format_gives_what_its_pixels_give(version_folder, files):
    signatures = tf.saved_model.load(str(version_folder)).signatures
    answers = signatures["encoded"](image_bytes=tf.constant(list(files.values())))
    for (name, file), answer in zip(files.items(), answers["image_bytes"].numpy(), strict=True):
        image = Image.open(io.BytesIO(file))
        if name == "16-bit png":
            pixels = np.repeat((np.asarray(image) // 257).astype(np.uint8)[..., None], 3, axis=-1)
        elif name == "rgba png":
            # TensorFlow drops alpha and keeps the colours under it.
            pixels = np.asarray(image)[..., :3]
        else:
            pixels = np.asarray(image.convert("RGB"))
        expected = signatures["serving_default"](image=tf.constant(pixels[None]))["image"][0]
        received = np.asarray(Image.open(io.BytesIO(answer))).astype(int)
        most = 8 if "jpeg" in name else 1
        assert np.abs(received - expected.numpy()).max() <= most, name
