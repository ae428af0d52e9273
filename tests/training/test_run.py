import csv
import errno

import keras
import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from tiny_runs import GAN

from keras_dgggan import losses
from keras_dgggan.errors import DataError, DggganError, UsageError
from keras_dgggan.gan.checkpoint import load_checkpoint
from keras_dgggan.gan.schedules import Cosine
from keras_dgggan.training import callbacks, run, train

SCHEDULE = {"kind": "cosine", "warmup_steps": 2}


def quiet():
    return Console(quiet=True)


@pytest.fixture
def said(monkeypatch):
    """A console, and what was printed on it."""
    console = Console(width=400, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    return console, console.export_text


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_after_a_resume_step_k_has_the_rate_of_the_schedule_at_k(tiny):
    for steps in (2, 4):
        recipe = tiny(schedule=SCHEDULE, training={"steps": steps})
        train(recipe, "run", console=quiet(), allow_changes=True)
    logged = rows("run/log.csv")
    assert [row["step"] for row in logged] == ["1", "2", "3", "4"]
    # The rate written beside step k is the one that step k + 1 will use.
    rate = Cosine(1e-3, steps=4, warmup_steps=2)
    assert [float(row["learning_rate"]) for row in logged[2:]] == pytest.approx(
        [float(rate(3)), float(rate(4))], rel=1e-5
    )


def test_a_changed_recipe_is_refused_with_what_differs_unless_allowed(tiny, said):
    console, text = said
    train(tiny(training={"steps": 1}), "run", console=quiet())
    changed = tiny(training={"steps": 2}, optimizer={"beta_1": 0.5})
    with pytest.raises(UsageError) as caught:
        train(changed, "run", console=quiet())
    assert "optimizer.beta_1: 0.9 -> 0.5" in str(caught.value)
    assert "training.steps: 1 -> 2" in str(caught.value)
    assert "--allow-changes" in str(caught.value)
    assert train(changed, "run", allow_changes=True, console=console).step == 2
    assert "optimizer.beta_1: 0.9 -> 0.5" in text()


def test_fresh_keeps_the_earlier_run_under_another_name(tiny, tmp_path):
    recipe = tiny(training={"steps": 1})
    first = train(recipe, "run", console=quiet())
    weights = (first.run_dir / "generator.keras").stat().st_mtime_ns
    train(recipe, "run", fresh=True, console=quiet())
    kept = tmp_path / "run.old-1"
    assert (kept / "generator.keras").stat().st_mtime_ns == weights
    assert (kept / "checkpoints" / "step-00000001.npz").is_file()
    assert len(rows(tmp_path / "run" / "log.csv")) == 1


def test_a_run_goes_back_to_the_checkpoint_before_a_torn_one(tiny, tmp_path, said):
    console, text = said
    train(tiny(training={"steps": 2}), "run", console=quiet())
    newest = tmp_path / "run" / "checkpoints" / "step-00000002.npz"
    whole = load_checkpoint(newest).arrays
    newest.write_bytes(newest.read_bytes()[:5000])
    assert train(tiny(training={"steps": 2}), "run", console=console).step == 2
    printed = text()
    assert "step-00000002.npz' is corrupt" in printed
    assert "going on from step 1" in printed
    for name, array in load_checkpoint(newest).arrays.items():
        np.testing.assert_array_equal(array, whole[name], err_msg=name)


@pytest.mark.slow
def test_init_from_takes_the_generator_and_names_what_does_not_fit(tiny, tmp_path):
    first = train(tiny(training={"steps": 1}), "psnr", console=quiet())
    start = {"steps": 1, "init_from": str(first.run_dir.absolute())}
    # A rate so small that no weight moves.
    still = {"learning_rate": 1e-30}
    train(tiny(loss=GAN, training=start, optimizer=still), "gan", console=quiet())
    models = [keras.saving.load_model(f"{name}/generator.keras") for name in ("psnr", "gan")]
    for a, b in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)
    with pytest.raises(UsageError, match=r"another network than the recipe's: blocks is 1, not 2"):
        train(tiny(training=start, network={"blocks": 2}), "larger", console=quiet())
    with pytest.raises(UsageError, match=r"se is True, not False"):
        train(tiny(training=start, network={"se": False}), "smaller", console=quiet())


def test_an_image_deleted_while_training_is_named(tiny, tmp_path, monkeypatch):
    recipe = tiny(training={"steps": 20})
    build = run.build_model

    def build_and_delete(recipe):
        for name in ("1.png", "3.png"):
            (tmp_path / "images" / name).unlink()
        return build(recipe)

    monkeypatch.setattr(run, "build_model", build_and_delete)
    with pytest.raises(DataError, match=r"(1|3)\.png"):
        train(recipe, "run", console=quiet())


@pytest.fixture
def one_image_gives_nan(tmp_path, monkeypatch):
    """The pixel loss of a batch with white.png in it is not a number."""

    def install(recipe):
        Image.new("RGB", (24, 24), "white").save(tmp_path / "images" / "white.png")
        pixel_loss = losses.pixel_loss

        def poisoned(hr, sr):
            white = keras.ops.any(keras.ops.min(hr, axis=(1, 2, 3)) == 1.0)
            return keras.ops.where(white, np.nan, pixel_loss(hr, sr))

        monkeypatch.setattr(losses, "pixel_loss", poisoned)
        return recipe

    return install


def test_a_loss_that_is_not_finite_stops_the_run_naming_term_and_files(
    tiny, one_image_gives_nan, tmp_path
):
    recipe = one_image_gives_nan(tiny(training={"steps": 10}))
    with pytest.raises(DggganError) as caught:
        train(recipe, "run", console=quiet())
    message = str(caught.value)
    assert "pixel" in message and "white.png" in message and "step" in message
    assert "training.on_nonfinite: skip" in message
    checkpoints = sorted((tmp_path / "run" / "checkpoints").glob("step-*.npz"))
    for path in checkpoints:
        assert all(np.isfinite(array).all() for array in load_checkpoint(path).arrays.values())


@pytest.mark.slow
def test_such_batches_are_skipped_and_counted_on_request(tiny, one_image_gives_nan, said):
    console, text = said
    recipe = one_image_gives_nan(tiny(training={"steps": 10, "on_nonfinite": "skip"}))
    result = train(recipe, "run", console=console)
    assert result.step == 10
    lines = [line for line in text().splitlines() if "skipped (" in line]
    assert lines and all("white.png" in line for line in lines)
    arrays = load_checkpoint(result.run_dir / "checkpoints" / "step-00000010.npz").arrays
    assert int(arrays["skipped_steps"]) == len(lines)
    assert all(np.isfinite(array).all() for array in arrays.values())
    # In each of 2 epochs of 6 images white.png is in one batch; the last 2 samples are in neither.
    assert 1 <= len(lines) <= 4


@pytest.mark.slow
def test_a_full_disk_ends_the_run_and_the_next_goes_on(tiny, tmp_path, monkeypatch):
    recipe = tiny(training={"steps": 3})
    save = callbacks.CheckpointFolder.save

    def full(self, step, *arguments):
        if step == 2:
            raise OSError(errno.ENOSPC, "No space left on device", "step-00000002.npz")
        return save(self, step, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(callbacks.CheckpointFolder, "save", full)
        with pytest.raises(OSError, match="No space left"):
            train(recipe, "run", console=quiet())
    assert [p.name for p in (tmp_path / "run" / "checkpoints").iterdir()] == ["step-00000001.npz"]
    assert train(recipe, "run", console=quiet()).step == 3


def test_a_run_folder_that_cannot_be_written_is_told_before_training(tiny, monkeypatch):
    def read_only(*arguments, **options):
        raise PermissionError(errno.EACCES, "Permission denied", "run/recipe.yaml")

    monkeypatch.setattr("keras_dgggan.training.folder.atomic_write_text", read_only)
    monkeypatch.setattr(run, "build_model", lambda recipe: pytest.fail("training began"))
    with pytest.raises(PermissionError, match=r"run/recipe\.yaml"):
        train(tiny(), "run", console=quiet())


def test_a_folder_that_is_no_run_is_left_alone(tiny, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("precious")
    for fresh in (False, True):
        with pytest.raises(UsageError, match="is not the folder of a run"):
            train(tiny(), "run", fresh=fresh, console=quiet())
    with pytest.raises(UsageError, match="nothing to resume"):
        train(tiny(), "other", must_resume=True, console=quiet())
