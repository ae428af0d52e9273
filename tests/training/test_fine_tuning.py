"""Own training in one command."""

import numpy as np
import pytest
from PIL import Image

from keras_dgggan.errors import RecipeError, UsageError
from keras_dgggan.recipe import find_recipe, load_recipe, recipe_text
from keras_dgggan.training.fine_tuning import fine_tuning_recipe


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "my photos"
    folder.mkdir()
    for i in range(30):
        Image.fromarray(np.full([8, 8, 3], i, "uint8")).save(folder / f"{i:02}.png")
    return folder


def test_the_recipe_of_the_preset_goes_on_from_it_on_the_folder(photos):
    recipe = fine_tuning_recipe("dgggan_x4_light", photos, steps=100)
    base = load_recipe(find_recipe("dgggan_x4_light"), check_paths=False)
    assert recipe.network == base.network and recipe.loss == base.loss
    assert recipe.training.init_from == "dgggan_x4_light" and recipe.training.steps == 100
    assert recipe.optimizer.learning_rate == pytest.approx(base.optimizer.learning_rate / 10)
    assert recipe.name == "dgggan_x4_light-my-photos"
    assert recipe.data.degradation is None


def test_images_to_measure_on_are_set_apart(photos):
    data = fine_tuning_recipe("dgggan_x4_light", photos).data
    train, valid = set(data.train.path), set(data.valid.path)
    assert len(valid) == 3 and not train & valid and train | valid == set(photos.iterdir())
    # The same images each time: the run goes on.
    assert fine_tuning_recipe("dgggan_x4_light", photos).data == data


def test_degrade_makes_lr_as_the_photo_preset_learned_from(photos):
    recipe = fine_tuning_recipe("dgggan_x4_light", photos, degrade=True)
    photo = load_recipe(find_recipe("dgggan_x4_photo"), check_paths=False)
    assert recipe.data.degradation == photo.data.degradation
    assert fine_tuning_recipe("dgggan_x4_photo", photos).data.degradation == photo.data.degradation


def test_degrade_keeps_the_degradation_that_a_run_was_trained_with(photos, tmp_path):
    change = "data.degradation.last.compression.quality=[10, 20]"
    first = fine_tuning_recipe("dgggan_x4_photo", photos, overrides=(change,))
    (tmp_path / "recipe.yaml").write_text(recipe_text(first))
    recipe = fine_tuning_recipe(str(tmp_path), photos, degrade=True)
    assert recipe.data.degradation == first.data.degradation


def test_a_run_folder_is_gone_on_from_by_its_own_recipe(photos, tmp_path):
    run = tmp_path / "runs" / "mine"
    run.mkdir(parents=True)
    first = fine_tuning_recipe("dgggan_x4_light", photos, overrides=("data.lr_crop=12",))
    (run / "recipe.yaml").write_text(recipe_text(first))
    (run / "generator.keras").touch()
    recipe = fine_tuning_recipe(str(run), photos)
    assert recipe.data.lr_crop == 12 and recipe.training.init_from == run


def test_overrides_come_last_and_mistakes_are_told(photos, tmp_path):
    recipe = fine_tuning_recipe("dgggan_x4_light", photos, overrides=("training.steps=7",))
    assert recipe.training.steps == 7
    with pytest.raises(RecipeError, match=r"training\.stps: unknown key"):
        fine_tuning_recipe("dgggan_x4_light", photos, overrides=("training.stps=7",))
    with pytest.raises(UsageError, match="did you mean 'dgggan_x4_light'"):
        fine_tuning_recipe("dgggan_x4_lite", photos)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="has 0 images; at least 2"):
        fine_tuning_recipe("dgggan_x4_light", tmp_path / "empty")
