import errno

import keras
import numpy as np
import pytest

from keras_dgggan import Critic, Generator
from keras_dgggan.errors import CheckpointError
from keras_dgggan.gan import DGGGAN
from keras_dgggan.gan.checkpoint import (
    CheckpointFolder,
    copy_generator,
    load_checkpoint,
    restore,
    restore_generator,
    save_checkpoint,
)
from keras_dgggan.losses import LossWeights

OPTIMIZERS = ("optimizer", "image_critic_optimizer", "gradient_critic_optimizer")


def tiny_model(*, dtype="float32", filters=4, ema_decay=0.9):
    keras.utils.set_random_seed(0)
    model = DGGGAN(
        Generator(filters, 1, 1, se_reduction=2, dtype=dtype, name="generator"),
        Critic(16, filters=2, dtype="float32", name="image_critic"),
        Critic(16, filters=2, dtype="float32", name="gradient_critic"),
        ema_decay=ema_decay,
    )
    model.compile(loss_weights=LossWeights(perceptual=0))
    return model


def everything(model):
    """Weights, moments, loss scales, counters."""
    variables = list(model.weights)
    for name in OPTIMIZERS:
        variables += getattr(model, name).variables
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def scramble(model, seed):
    """Give every variable, moments and counters included, a value of its own."""
    generator = np.random.default_rng(seed)
    variables = list(model.weights)
    for name in OPTIMIZERS:
        variables += getattr(model, name).variables
    for variable in variables:
        whole = "int" in variable.dtype
        value = generator.integers(1, 99, variable.shape) if whole else None
        variable.assign(generator.normal(size=variable.shape) if value is None else value)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    model = tiny_model()
    scramble(model, 1)
    path = tmp_path_factory.mktemp("saved") / "step.npz"
    save_checkpoint(path, model, {"best_psnr": 31.5})
    return model, path


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_everything_comes_back_moments_of_all_three_optimizers_included(dtype, tmp_path):
    model, other = tiny_model(dtype=dtype), tiny_model(dtype=dtype)
    scramble(model, 1)
    scramble(other, 2)
    save_checkpoint(tmp_path / "a.npz", model, {"best_psnr": 31.5})
    checkpoint = load_checkpoint(tmp_path / "a.npz")
    restore(other, checkpoint)
    assert checkpoint.meta["best_psnr"] == 31.5
    before, after = everything(model), everything(other)
    # Two moments for every weight that trains, beside the weights themselves.
    assert len(before) > 3 * len(model.generator.trainable_variables)
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)
    names = {name.partition("/")[0] for name in checkpoint.arrays}
    assert names >= {*OPTIMIZERS, "generator", "ema_generator", "step", "skipped_steps"}


def test_a_torn_newest_checkpoint_gives_way_to_the_one_before_and_says_so(saved, tmp_path):
    folder = CheckpointFolder(tmp_path / "checkpoints")
    for step in (1, 2):
        folder.save(step, saved[0], {"best_psnr": None})
    newest = folder.paths()[-1]
    newest.write_bytes(newest.read_bytes()[:-2000])
    checkpoint, problems = folder.newest_whole()
    assert checkpoint.source.endswith("step-00000001.npz")
    assert len(problems) == 1 and "step-00000002.npz" in problems[0] and "corrupt" in problems[0]


def test_a_single_flipped_bit_anywhere_is_noticed(saved, tmp_path, rng):
    whole = saved[1].read_bytes()
    path = tmp_path / "flipped.npz"
    expected = load_checkpoint(saved[1]).arrays
    noticed = 0
    # Half of them in the list of contents at the end, which checksums do not cover.
    positions = [
        *rng.integers(0, len(whole), 40),
        *rng.integers(len(whole) - 20_000, len(whole), 40),
    ]
    for position in positions:
        flipped = bytearray(whole)
        flipped[position] ^= 1 << int(rng.integers(8))
        path.write_bytes(flipped)
        try:
            arrays = load_checkpoint(path).arrays
        except CheckpointError as error:
            assert str(path) in str(error)
            noticed += 1
        else:
            # Zip has fields that nothing reads, like a time of change; no value may differ.
            assert arrays.keys() == expected.keys()
            for name, array in arrays.items():
                np.testing.assert_array_equal(array, expected[name])
    assert noticed > 40


def test_no_readable_checkpoint_at_all_is_an_error_that_names_each(saved, tmp_path):
    folder = CheckpointFolder(tmp_path)
    for step in (1, 2):
        (tmp_path / f"step-{step:08d}.npz").write_bytes(b"PK no zip")
    with pytest.raises(CheckpointError, match=r"step-00000002[\s\S]*step-00000001"):
        folder.newest_whole()


def test_the_last_few_are_kept(saved, tmp_path):
    folder = CheckpointFolder(tmp_path, keep=2)
    for step in (1, 2, 3, 10):
        path = folder.save(step, saved[0], {})
    folder.keep_as_best(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "best.npz",
        "step-00000003.npz",
        "step-00000010.npz",
    ]


def test_a_full_disk_leaves_the_old_checkpoints_and_nothing_else(saved, tmp_path, monkeypatch):
    folder = CheckpointFolder(tmp_path)
    folder.save(1, saved[0], {})
    writes = []

    def full(file, **arrays):
        file.write(b"the first part")
        writes.append(file.name)
        raise OSError(errno.ENOSPC, "No space left on device", file.name)

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        folder.save(2, saved[0], {})
    assert writes
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001.npz"]


def test_another_network_is_refused_by_the_names_that_differ(saved):
    other = tiny_model(filters=8)
    before = everything(other)
    with pytest.raises(CheckpointError, match="shape"):
        restore(other, load_checkpoint(saved[1]))
    for a, b in zip(before, everything(other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_checkpoint_without_an_average_lacks_it(saved, tmp_path):
    save_checkpoint(tmp_path / "plain.npz", tiny_model(ema_decay=None), {})
    with pytest.raises(CheckpointError, match="lacks ema_generator/"):
        restore(saved[0], load_checkpoint(tmp_path / "plain.npz"))


def test_a_generator_is_taken_strictly(saved):
    model, path = saved
    generator = Generator(4, 1, 1, se_reduction=2, name="generator")
    restore_generator(generator, load_checkpoint(path))
    for a, b in zip(generator.weights, model.ema_generator.weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    larger = Generator(4, 2, 1, se_reduction=2, name="generator")
    with pytest.raises(CheckpointError, match=r"'psnr' does not fit: it lacks \S*_block_2"):
        copy_generator(generator, larger, "psnr")
    with pytest.raises(CheckpointError, match=r"it has \S*_block_2\S*, .*which the network does"):
        copy_generator(larger, generator, "psnr")
