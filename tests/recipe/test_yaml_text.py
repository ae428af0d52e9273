"""Texts that no recipe should be are told in a sentence, however odd."""

import random

import pytest
import yaml

from keras_dgggan.errors import RecipeError, UsageError
from keras_dgggan.recipe import find_recipe, load_recipe
from keras_dgggan.recipe.yaml_text import parse_yaml, yaml_problem

BASE = """\
name: test
data: {train: {source: skimage, images: [coffee]}}
training: {steps: 10}
"""
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)
)


@pytest.mark.parametrize(
    "text, message",
    [
        (BOMB, "r.yaml:5: not valid YAML: aliases make more than 100,000 values"),
        ("a: &a [*a]", "r.yaml:1: not valid YAML: an alias stands inside of what it repeats"),
        ("a: &a {b: *a}", "an alias stands inside of what it repeats"),
        (
            "x: 1\n? [a, b]\n: 1",
            "r.yaml:2: not valid YAML: a list or mapping as a key: keys must be text",
        ),
        ("1: 2", "r.yaml:1: not valid YAML: the key '1': keys must be text"),
        ("on: 2", "the key 'on': keys must be text"),
        ("a: {2024-01-01: 2}", "the key '2024-01-01': keys must be text"),
        ("a: " + "[" * 1000, "r.yaml:1: not valid YAML: nested more than 50 deep"),
        ("a: " + "{b: " * 60 + "1" + "}" * 60, "nested more than 50 deep"),
        ("a: " + "9" * 5000, "r.yaml:1: not valid YAML: cannot read the value '9999"),
        ("a: 2024-02-31", "cannot read the value '2024-02-31'"),
        ("a: !!int x", "cannot read the value 'x'"),
        ("a: &a\n  <<: 3", "not valid YAML"),
        ("a: \x00", "not valid YAML"),
        ("a: 1\n---\nb: 1", "not valid YAML"),
        ("", "a recipe is a mapping of keys, this is None"),
        ("9" * 4000, "a recipe is a mapping of keys, this is 999"),
        ("x" * 5_000_000, "a recipe has at most 4,194,304 bytes"),
    ],
)
def test_what_no_recipe_can_be_is_told_in_one_line(tmp_path, text, message):
    path = tmp_path / "r.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    (line,) = str(caught.value).replace(f"{tmp_path}/", "").splitlines()
    assert message in line and len(line) < 300


@pytest.mark.parametrize("key", ["training.steps", "optimizer.learning_rate", "log.every"])
@pytest.mark.parametrize("number", ["1" + "0" * 40, "-1", "1e999", ".nan", "9" * 5000])
def test_numbers_that_no_training_can_take_are_refused(tmp_path, key, number):
    path = tmp_path / "r.yaml"
    path.write_text(BASE)
    with pytest.raises(UsageError) as caught:
        load_recipe(path, [f"{key}={number}"])
    (line,) = str(caught.value).splitlines()
    assert line.startswith("--set") and key in line and len(line) < 300


def test_merge_keys_take_over_another_section_and_change_it(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(
        BASE
        + "optimizer: &adam {learning_rate: 2e-4, beta_1: 0.5}\n"
        + "critic_optimizer: {<<: *adam, learning_rate: 1e-4}\n"
    )
    recipe = load_recipe(path)
    assert recipe.critic_optimizer.beta_1 == 0.5
    assert recipe.critic_optimizer.learning_rate == 1e-4
    assert recipe.optimizer.learning_rate == 2e-4


@pytest.mark.parametrize(
    ("key", "place"), [("scale", "network.scale"), ("steps", "training.steps")]
)
def test_a_key_outside_of_its_section_is_sent_there(tmp_path, key, place):
    path = tmp_path / "r.yaml"
    path.write_text(BASE + f"{key}: 2\n")
    with pytest.raises(RecipeError, match=f"did you mean {place}\\?"):
        load_recipe(path)


def test_mutated_recipes_load_or_are_told_in_a_sentence(tmp_path):
    generator = random.Random(5)
    text = find_recipe("quickstart").read_text()
    pieces = [
        "&a ",
        "*a",
        "<<: ",
        "? ",
        "[",
        "{",
        "!!binary ",
        "!!set ",
        "\t",
        "9" * 5000,
        "'",
        "- ",
    ]
    for _ in range(60):
        mutated = text
        for _ in range(generator.randint(1, 4)):
            at = generator.randrange(len(mutated))
            end = at + generator.choice([0, 0, 1, 5])
            mutated = mutated[:at] + generator.choice(pieces) + mutated[end:]
        path = tmp_path / "r.yaml"
        path.write_text(mutated)
        try:
            load_recipe(path, check_paths=False)
        except RecipeError as error:
            assert all(len(line) < 500 for line in str(error).splitlines())


def test_a_problem_says_its_line():
    with pytest.raises(yaml.YAMLError) as caught:
        parse_yaml("a: 1\na: 2")
    assert yaml_problem(caught.value) == ("the key 'a' is given twice", 2)
