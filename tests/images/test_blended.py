"""Tiles and their blending, with models whose whole result is known."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keras_dgggan.images.blended import OVERLAP, BlendedTiling, blend_weights, starts, upscale_tiled


def nearest(image: np.ndarray) -> np.ndarray:
    return image.repeat(2, axis=0).repeat(2, axis=1).astype(np.float32)


sizes = st.integers(1, 70)
overlaps = st.integers(4, 30).flatmap(
    lambda tile: st.tuples(st.just(tile), st.integers(0, tile - 1))
)


@settings(deadline=None, max_examples=60)
@given(height=sizes, width=sizes, tiles=overlaps, in_flight=st.integers(1, 3))
def test_a_local_model_gives_the_whole_picture(height, width, tiles, in_flight):
    image = np.random.default_rng(height * 71 + width).random((height, width, 3))
    bands = upscale_tiled(
        image, nearest, scale=2, tile=tiles[0], overlap=tiles[1], in_flight=in_flight
    )
    result = np.concatenate(list(bands))
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, nearest(image), atol=1e-5)


@settings(deadline=None)
@given(length=st.integers(1, 300), tiles=overlaps)
def test_weights_sum_to_one_and_tiles_overlap_enough(length, tiles):
    tile, overlap = tiles
    positions = starts(length, tile, overlap)
    assert positions[0] == 0 and positions[-1] == max(length - tile, 0)
    steps = np.diff(positions)
    assert (steps <= tile - overlap).all() and (steps > 0).all()
    total = np.zeros(3 * length)
    size = min(tile, length)
    for start, weights in zip(
        positions, blend_weights(positions, size, length, overlap, 3), strict=True
    ):
        assert (weights > 0).all()
        total[3 * start : 3 * (start + size)] += weights
    np.testing.assert_allclose(total, 1, atol=1e-6)


def test_tiles_have_one_shape_so_that_a_server_can_batch_them():
    shapes = set()

    def upscale(tile):
        shapes.add(tile.shape)
        return nearest(tile)

    list(upscale_tiled(np.zeros((50, 70, 3)), upscale, scale=2, tile=16, overlap=4, in_flight=2))
    assert shapes == {(16, 16, 3)}


def test_seams_are_blended_not_cut():
    # Each tile gets a level of its own, as a global average would give it.
    levels = iter([0.0, 1.0])

    def upscale(tile):
        return np.full((2 * tile.shape[0], 2 * tile.shape[1], 3), next(levels), np.float32)

    (band,) = upscale_tiled(np.zeros((8, 28, 3)), upscale, scale=2, tile=16, overlap=4, in_flight=1)
    assert np.abs(np.diff(band[0, :, 0])).max() < 0.15
    assert band[0, 0, 0] == 0 and band[0, -1, 0] == 1


def test_no_more_requests_than_allowed_are_under_way():
    lock, running, most = threading.Lock(), 0, 0
    gate = threading.Barrier(3, timeout=10)

    def upscale(tile):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        # Nobody goes on before three are there: fewer in flight would break the barrier.
        gate.wait()
        with lock:
            running -= 1
        return nearest(tile)

    # Six tiles, twice three.
    image = np.zeros((9, 54, 3))
    list(upscale_tiled(image, upscale, scale=2, tile=9, overlap=0, in_flight=3))
    assert most == 3


def test_progress_ends_at_one():
    parts = []
    image = np.zeros((20, 30, 3))
    list(upscale_tiled(image, nearest, scale=2, tile=16, overlap=4, in_flight=2,
                       report=parts.append))  # fmt: skip
    assert parts == sorted(parts) and parts[-1] == 1


def test_a_failing_tile_fails_the_picture():
    def upscale(tile):
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        list(upscale_tiled(np.zeros((50, 50, 3)), upscale, scale=2, tile=16, overlap=4,
                           in_flight=2))  # fmt: skip


def test_the_unused_rim_of_tiles_leaves_no_trace():
    def upscale(tile):
        # What a network computes at the edge of a tile, where it pads.
        result = nearest(tile)
        result[:4], result[-4:], result[:, :4], result[:, -4:] = 9, 9, 9, 9
        return result

    image = np.random.default_rng(0).random((40, 50, 3))
    bands = upscale_tiled(image, upscale, scale=2, tile=16, overlap=6, unused=2)
    result = np.concatenate(list(bands))
    np.testing.assert_allclose(result[4:-4, 4:-4], nearest(image)[4:-4, 4:-4], atol=1e-6)


@pytest.mark.parametrize("names", [None, ("gradient_map",)])
def test_all_outputs_of_a_model_are_blended(names):
    image = np.random.default_rng(0).random((90, 150, 3), np.float32)

    def model(batch):
        large = nearest(batch[0])[None]
        return {"image": large, "gradient_map": large[..., :1] * 2}

    (whole,) = BlendedTiling(model, 2, tile=32)(image, names=names)
    assert set(whole) == set(names or ("image", "gradient_map"))
    np.testing.assert_allclose(whole["gradient_map"], nearest(image)[..., :1] * 2, atol=1e-5)


def test_tiles_are_halved_when_memory_runs_out():
    def model(batch):
        if batch.shape[1] > 16 + 2 * OVERLAP:
            raise MemoryError
        return {"image": nearest(batch[0])[None]}

    tiling = BlendedTiling(model, 2, tile=64)
    (whole,) = tiling(np.zeros((200, 200, 3), np.float32))
    assert tiling.tile == 16 and whole["image"].shape == (400, 400, 3)
    with pytest.raises(MemoryError):
        list(
            BlendedTiling(
                lambda batch: 1 / 0 if batch is None else model(batch.repeat(9, 1)), 2, 64
            )(np.zeros((200, 200, 3), np.float32))
        )
