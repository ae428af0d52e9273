"""Which generator of a run is kept as its best."""

from types import SimpleNamespace

import pytest

from keras_dgggan.recipe import load_recipe, shipped_recipes
from keras_dgggan.training.callbacks import CheckpointCallback, RunState, ValidationCallback
from keras_dgggan.training.validation import Score


class Network:
    """Saves the number of the step that it is at."""

    step = 0

    def save(self, path):
        path.write_text(str(self.step))


def kept_after(psnrs, tmp_path, **options):
    """The step whose generator a run keeps whose validations gave these PSNRs."""
    scores = iter(psnrs)
    validator = SimpleNamespace(
        run=lambda folder, step: (
            [Score(name="a", psnr_y=next(scores), ssim_y=0.9, color_error=0.1)],
            [],
        )
    )
    checkpoints = SimpleNamespace(
        save=lambda step, model, meta: step, keep_as_best=lambda path: None
    )
    state = RunState(tmp_path, checkpoints, **options)
    log = SimpleNamespace(write=lambda row: None)
    health = SimpleNamespace(validated=lambda error, step: None)
    validation = ValidationCallback(validator, state, log, [], health, every=1)
    checkpoint = CheckpointCallback(state, validation, every=100)
    network = Network()
    model = SimpleNamespace(
        inference_generator=network, step=SimpleNamespace(numpy=lambda: network.step)
    )
    for callback in (validation, checkpoint):
        callback.set_model(model)
    for step in range(1, len(psnrs) + 1):
        network.step = step
        validation.on_step(step)
        checkpoint.on_step(step)
    return int((tmp_path / "generator.keras").read_text()), state.best_psnr


def test_training_for_psnr_keeps_the_generator_of_the_highest_psnr(tmp_path):
    assert kept_after([28.0, 29.0, 28.5], tmp_path) == (2, 29.0)


def test_perception_oriented_training_keeps_the_newest_generator(tmp_path):
    assert kept_after([29.0, 28.0, 27.5], tmp_path, newest_is_best=True) == (3, 27.5)


@pytest.mark.parametrize("newest_is_best", [False, True])
def test_a_generator_validated_once_more_is_not_written_again(newest_is_best, tmp_path):
    assert kept_after([29.0, 29.0], tmp_path, newest_is_best=newest_is_best) == (1, 29.0)


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [("psnr_x4", False), ("dgggan_x4", True), ("dgggan_x4_light_gan", True)],
)
def test_recipes_with_critics_or_vgg_are_perception_oriented(recipe, expected):
    found = load_recipe(shipped_recipes()[recipe], check_paths=False)
    assert found.perception_oriented is expected
