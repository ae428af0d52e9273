import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from checks import ROOT

from keras_dgggan.errors import RecipeError, UsageError
from keras_dgggan.recipe import (
    find_recipe,
    json_schema,
    load_recipe,
    recipe_differences,
    recipe_text,
    shipped_recipes,
)

BASE = """\
name: test
data: {train: {source: skimage, images: [coffee]}}
training: {steps: 10}
"""


@pytest.fixture
def write(tmp_path):
    def write(text, name="r.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def problems(path, *overrides):
    with pytest.raises(RecipeError) as caught:
        load_recipe(path, overrides)
    assert caught.value.exit_code == 2
    return str(caught.value).replace(f"{path.parent}/", "").splitlines()


def test_one_layer_of_features_or_a_list_of_them(write):
    text = BASE + "features: {layer: %s, unit: true}\n"
    assert load_recipe(write(text % "block3_conv3")).features.layer == "block3_conv3"
    recipe = load_recipe(write(text % "[block2_conv2, block3_conv3]"))
    assert recipe.features.layer == ("block2_conv2", "block3_conv3")
    assert load_recipe(write(recipe_text(recipe), "again.yaml")) == recipe
    assert "features.layer: []" in "\n".join(problems(write(text % "[]")))


def test_defaults_are_the_paper_numbers(write):
    recipe = load_recipe(write(BASE))
    assert recipe.loss.model_dump() == {
        "perceptual": 1.0,
        "pixel": 0.01,
        "gradient": 0.01,
        "adversarial": 0.005,
        "gradient_adversarial": 0.005,
        "gradient_branch": 0.5,
        "grid": 0.0,
    }
    assert (recipe.network.filters, recipe.network.blocks) == (64, 10)
    assert recipe.network.gradient_every == 3
    assert (recipe.data.lr_crop, recipe.hr_crop, recipe.training.batch_size) == (48, 192, 16)
    assert (recipe.optimizer.learning_rate, recipe.optimizer.beta_2) == (1e-4, 0.999)
    assert recipe.critic.gradient_penalty == 10


def test_a_recipe_cannot_be_changed(write):
    recipe = load_recipe(write(BASE))
    with pytest.raises(ValueError, match="frozen"):
        recipe.training.steps = 3


def test_an_unknown_key_is_named_with_line_value_allowed_keys_and_the_nearest(write):
    (line,) = problems(write(BASE + "optimizer:\n  learning_rte: 1e-3\n"))
    assert line.startswith("r.yaml:5: optimizer.learning_rte: unknown key (value 0.001); ")
    assert "did you mean 'learning_rate'? allowed are learning_rate, beta_1" in line


def test_every_problem_has_a_line_of_its_own(write):
    lines = problems(
        write(
            BASE
            + "network: {scale: 5, se: 1, blocks: '3', filters: 0, upsampler: cubic}\n"
            + "optimizer: {learning_rate: fast, beta_1: 1.5}\n"
        )
    )
    assert lines == [
        "r.yaml:4: network.filters: 0; it must be greater than or equal to 1",
        "r.yaml:4: network.blocks: '3'; it must be a whole number",
        "r.yaml:4: network.scale: 5; it must be 2, 3 or 4",
        "r.yaml:4: network.se: 1; it must be true or false",
        "r.yaml:4: network.upsampler: 'cubic'; it must be 'nearest' or 'pixel_shuffle'",
        "r.yaml:5: optimizer.learning_rate: 'fast'; it must be a number",
        "r.yaml:5: optimizer.beta_1: 1.5; it must be less than 1",
    ]


@pytest.mark.parametrize(
    "source, message",
    [
        (
            "{source: web}",
            "data.train: source is 'web'; it must be one of 'folder', 'pairs', 'tfds', 'skimage'",
        ),
        ("{path: x}", "data.train: 'source' is missing; it must be one of 'folder', 'pairs'"),
        ("{source: folder}", "data.train.path: missing; it must be given"),
        ("{source: folder, path: no/where}", "data.train.path: 'no/where' does not exist"),
        ("{source: folder, path: [a, b]}", "data.train.path: 'a' does not exist"),
        (
            "{source: pairs, lr: a, hr: b, hrr: c}",
            "data.train.hrr: unknown key (value 'c'); did you mean 'hr'? allowed are source, ",
        ),
        ("3", "data.train: 3; it must be a section of keys"),
    ],
)
def test_bad_sources_are_explained(write, source, message):
    text = BASE.replace("{source: skimage, images: [coffee]}", source)
    assert message in problems(write(text))[0]


@pytest.mark.parametrize(
    "text, message",
    [
        ("a: [", "r.yaml:1: not valid YAML"),
        ("- 1", "r.yaml: a recipe is a mapping of keys"),
        ("name: x\nname: y\n", "r.yaml:2: not valid YAML: the key 'name' is given twice"),
        ("name: x", "r.yaml: data: missing; it must be given"),
        (BASE.replace("test", "../up"), "r.yaml:1: name: '../up'; it must match the pattern"),
        ("x: !!python/object/apply:os.system [ls]", "not valid YAML"),
    ],
)
def test_files_that_are_no_recipe_are_explained(write, text, message):
    assert message in problems(write(text))[0]


@pytest.mark.parametrize(
    "text, message",
    [
        (
            "network: {gradient_branch: false}",
            "loss.gradient_branch: 0.5; it must be 0 where network.gradient_branch is false",
        ),
        ("schedule: {kind: multi_step}", "r.yaml:4: schedule.milestones: empty"),
        (
            "loss: {perceptual: 0, pixel: 0, gradient: 0, adversarial: 0,"
            " gradient_adversarial: 0, gradient_branch: 0}",
            "r.yaml:4: loss: all weights are 0",
        ),
        (
            "data: {train: {source: skimage, images: [coffee]}, lr_crop: 8, degradation: {}}",
            "data.lr_crop: 8; with data.degradation at least 10 are needed",
        ),
        (
            "data: {train: {source: skimage, images: [coffee]}, degradation: {jpeg: [90, 40]}}",
            "data.degradation.jpeg: [90, 40]; it must lie between 1 and 100, the smaller number",
        ),
        (
            "data: {train: {source: skimage, images: [coffee]},"
            " degradation: {kind: photo, first: {blur: {sigma: [2, 1]}}}}",
            "data.degradation.first.blur.sigma: [2, 1]; it must lie between 0 and 5, the smaller",
        ),
        (
            "data: {train: {source: skimage, images: [coffee]},"
            " degradation: {kind: photo, last: {compression: {jpeg: [30, 95]}}}}",
            "data.degradation.last.compression.jpeg: unknown key (value [30, 95]); allowed are",
        ),
        (
            "data: {train: {source: skimage, images: [coffee]}, degradation: {kind: film}}",
            "kind is 'film'; it must be one of 'shuffled', 'photo'",
        ),
        ("critic: {n_critic: 2}\ntraining: {steps: 1, accumulate: 2}", "training.accumulate: 2"),
    ],
)
def test_keys_that_contradict_each_other_are_explained(write, text, message):
    base = BASE.replace("training: {steps: 10}\n", "") if "training:" in text else BASE
    if text.startswith("data:"):
        base = base.replace("data: {train: {source: skimage, images: [coffee]}}\n", "")
    assert message in problems(write(base + text))[0]


def test_a_crop_that_the_critics_cannot_halve_is_refused(write):
    (line,) = problems(write(BASE), "data.lr_crop=20")
    assert line.startswith("--set: data.lr_crop: 20; the critics halve HR crops of 80 pixels")


@pytest.mark.parametrize("text", ["2e-4", "2E-4", "2.0e-4", "0.0002", "+2e-04"])
def test_numbers_with_an_exponent_are_numbers(write, text):
    assert load_recipe(write(BASE), [f"optimizer.learning_rate={text}"]) == load_recipe(
        write(BASE + "optimizer: {learning_rate: 0.0002}\n", "other.yaml")
    )


@pytest.mark.parametrize(
    "override, message",
    [
        ("training.steps", "write KEY=VALUE"),
        ("=3", "write KEY=VALUE"),
        ("name.first=x", "'name' is a value"),
        ("training.steps=[", "not valid YAML"),
    ],
)
def test_bad_overrides_are_explained(write, override, message):
    with pytest.raises(UsageError, match=r"--set .*") as caught:
        load_recipe(write(BASE), [override])
    assert message in str(caught.value)


def test_a_misspelt_override_is_laid_to_the_command_line(write):
    (line,) = problems(write(BASE), "training.stps=3")
    assert line.startswith("--set: training.stps: unknown key (value 3); did you mean 'steps'?")


def test_paths_start_at_the_recipe_and_those_of_overrides_at_the_working_folder(
    write, tmp_path, monkeypatch
):
    (tmp_path / "here").mkdir()
    (tmp_path / "images").mkdir()
    (tmp_path / "here" / "images").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    text = BASE.replace("source: skimage, images: [coffee]", "source: folder, path: ./images")
    assert load_recipe(write(text)).data.train.path == tmp_path / "images"
    override = ["data.train.path=images"]
    assert load_recipe(write(text), override).data.train.path == tmp_path / "here" / "images"


def test_the_resolved_text_gives_the_same_recipe_from_anywhere(write, tmp_path):
    (tmp_path / "images").mkdir()
    recipe = load_recipe(
        write(BASE.replace("source: skimage, images: [coffee]", "source: folder, path: images"))
    )
    (tmp_path / "run").mkdir()
    copy = tmp_path / "run" / "recipe.yaml"
    copy.write_text(recipe_text(recipe))
    assert load_recipe(copy) == recipe


def test_differences_name_key_old_and_new(write):
    old, new = (load_recipe(write(BASE), [f"training.steps={n}"]) for n in (10, 20))
    assert recipe_differences(old, new) == ["training.steps: 10 -> 20"]
    assert recipe_differences(old, old) == []


@pytest.mark.parametrize("name", sorted(shipped_recipes()))
def test_shipped_recipes_are_valid_and_name_the_published_schema(name):
    path = shipped_recipes()[name]
    recipe = load_recipe(path, check_paths=False)
    assert recipe.name == name
    assert recipe.description
    assert path.read_text().startswith("# yaml-language-server: $schema=recipe.schema.json\n")
    published = json.loads((path.parent / "recipe.schema.json").read_text())
    jsonschema.validate(yaml.safe_load(recipe_text(recipe)), published)


def test_the_published_schema_is_the_package_schema():
    published = json.loads((ROOT / "recipes" / "recipe.schema.json").read_text())
    assert published == json_schema()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(BASE + "netwrk: {}\n"), published)


def test_every_key_of_the_schema_is_described():
    def keys(schema, place):
        for name, entry in schema.get("properties", {}).items():
            yield f"{place}.{name}", entry

    definitions = json_schema()["$defs"]
    for section, schema in definitions.items():
        assert schema.get("description"), section
        for key, entry in keys(schema, section):
            # A tag has one value, and its section says what that is.
            assert "const" in entry or entry.get("description"), key


def test_the_paper_recipe_holds_the_paper_numbers():
    recipe = load_recipe(find_recipe("dgggan_x4"), check_paths=False)
    assert recipe.loss.model_dump() == type(recipe.loss)().model_dump()
    assert recipe.schedule.milestones == (50_000, 100_000, 200_000, 300_000)
    assert (recipe.training.steps, recipe.training.batch_size) == (500_000, 16)
    ablation = load_recipe(find_recipe("ablation_no_gradient_branch"), check_paths=False)
    weights = ablation.loss
    assert not (weights.gradient or weights.gradient_adversarial or weights.gradient_branch)
    assert not ablation.network.gradient_branch
    assert not load_recipe(find_recipe("ablation_no_se"), check_paths=False).network.se


def test_what_only_the_user_knows_is_asked_for_by_its_key(tmp_path):
    with pytest.raises(RecipeError) as caught:
        load_recipe(find_recipe("dgggan_x4"))
    keys = ("data.train.path", "data.valid.path", "training.init_from")
    lines = str(caught.value).splitlines()
    for key, line in zip(keys, lines, strict=True):
        assert f": {key}: to be given: " in line and f"--set {key}=" in line
    given = [f"data.train.path={tmp_path}", "data.valid=null", "training.init_from=null"]
    assert load_recipe(find_recipe("dgggan_x4"), given).data.train.path == tmp_path


@pytest.mark.parametrize("name", sorted(shipped_recipes()))
def test_shipped_recipes_name_no_path(name):
    recipe = load_recipe(find_recipe(name), check_paths=False)
    paths = [value for key, value in flat(recipe.model_dump()) if isinstance(value, Path)]
    assert all(path.name == "???" for path in paths)


def flat(values, prefix=""):
    for key, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def test_an_unknown_recipe_name_lists_the_shipped_ones():
    with pytest.raises(UsageError, match=r"no recipe 'quikstart'.*quickstart"):
        find_recipe("quikstart")
    assert find_recipe("quickstart") == Path(ROOT / "recipes" / "quickstart.yaml")


def test_a_degradation_without_a_kind_is_what_it_was(write):
    data = "{train: {source: skimage, images: [coffee]}, degradation: {jpeg: [40, 90]}}"
    old = load_recipe(write(f"name: x\ndata: {data}\ntraining: {{steps: 1}}\n"))
    assert old.data.degradation.kind == "shuffled" and old.data.degradation.blur == (0.2, 3.0)
    named = data.replace("{jpeg", "{kind: shuffled, jpeg")
    again = load_recipe(write(f"name: x\ndata: {named}\ntraining: {{steps: 1}}\n"))
    assert recipe_differences(old, again) == []
