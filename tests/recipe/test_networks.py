"""The networks of other systems in recipes."""

import inspect

import pytest

from keras_dgggan.errors import RecipeError
from keras_dgggan.networks import NETWORKS, make_network, network_of
from keras_dgggan.recipe import json_schema, load_recipe, recipe_text

BASE = """\
name: test
network: %s
loss: {gradient_branch: 0}
data: {train: {source: skimage, images: [coffee]}}
training: {steps: 10}
"""


@pytest.fixture
def write(tmp_path):
    def write(network):
        path = tmp_path / "r.yaml"
        path.write_text(BASE % network)
        return path

    return write


@pytest.mark.parametrize("kind", NETWORKS)
def test_the_defaults_of_a_recipe_are_those_of_the_network(kind, write):
    section = load_recipe(write(f"{{kind: {kind}}}")).network
    parameters = inspect.signature(NETWORKS[kind].network.__init__).parameters
    for name, value in section.model_dump().items():
        if name != "kind":
            assert parameters[name].default == value, name


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_kind_alone_is_its_section_with_the_defaults(kind, write):
    assert load_recipe(write(kind)) == load_recipe(write(f"{{kind: {kind}}}"))


def test_a_kind_alone_can_be_given_and_refined_on_the_command_line(write):
    refined = load_recipe(write("edsr"), ["network.blocks=2"])
    assert refined.network.kind == "edsr" and refined.network.blocks == 2
    assert load_recipe(write("{}"), ["network=edsr", "network.blocks=2"]) == refined


def test_the_json_schema_takes_a_kind_alone_and_a_section():
    jsonschema = pytest.importorskip("jsonschema")
    recipe = {
        "name": "test",
        "data": {"train": {"source": "skimage", "images": ["coffee"]}},
        "training": {"steps": 10},
    }
    validator = jsonschema.Draft202012Validator(json_schema())
    for network in [*NETWORKS, {"kind": "edsr", "blocks": 2}, {"blocks": 2}, {"kind": "dgggan"}]:
        assert validator.is_valid({**recipe, "network": network}), network
    for network in ["swinir", {"kind": "edsr", "stages": 2}, {"stages": 2}, 5]:
        assert not validator.is_valid({**recipe, "network": network}), network


def test_what_the_recipe_says_is_what_is_built(write):
    recipe = load_recipe(write("{kind: spsr, filters: 4, blocks: 4, growth: 3, tap_every: 1}"))
    network = network_of(recipe.network)
    assert (network.filters, network.blocks, network.growth) == (4, 4, 3)
    assert recipe.network.gradient_branch and network.gradient_branch


def test_our_own_network_needs_no_kind_and_none_is_written(write):
    bare, named = (load_recipe(write(text)) for text in ("{}", "{kind: dgggan}"))
    assert bare == named
    assert "kind: dgggan" not in recipe_text(named)


def test_a_resolved_recipe_of_another_network_loads_again(write, tmp_path):
    recipe = load_recipe(write("{kind: srcnn, filters: [8, 4]}"))
    (tmp_path / "again.yaml").write_text(recipe_text(recipe))
    assert load_recipe(tmp_path / "again.yaml") == recipe


@pytest.mark.parametrize(
    "network, message",
    [
        ("swinir", r"network: kind is 'swinir'; it must be one of .*'esrgan'"),
        ("{kind: swinir}", r"network: kind is 'swinir'; it must be one of .*'esrgan'"),
        ("{kind: edsr, block: 3}", r"network\.block: unknown key.*did you mean 'blocks'"),
        ("{kind: edsr, blocks: 0}", r"network\.blocks: 0; it must be"),
        ("{blocks: 0}", r"network\.blocks: 0; it must be"),
        ("{block: 3}", r"network\.block: unknown key.*did you mean 'blocks'"),
        ("{kind: spsr, blocks: 5}", r"network: .*at least 4 x tap_every"),
        ("5", r"network: 5; it must be a section of keys"),
    ],
)
def test_what_is_wrong_is_named(network, message, write):
    with pytest.raises(RecipeError, match=message):
        load_recipe(write(network))


def test_the_gradient_branch_term_needs_a_network_with_that_branch(write):
    with pytest.raises(RecipeError, match="gradient_branch"):
        load_recipe(write("{kind: edsr}"), ["loss.gradient_branch=0.5"])


def test_a_network_is_made_with_options():
    assert make_network("edsr", filters=4, blocks=1, name="generator").name == "generator"
