"""A recipe's section of a network against the network's class."""

import inspect

import pytest

from keras_dgggan.networks import NETWORKS
from keras_dgggan.recipe.networks import NetworkSection
from keras_dgggan.recipe.peers import SECTIONS

# Arguments that choose another form than what is trained here.
_NOT_IN_RECIPES = {
    "srresnet": {"modified"},
    "dbpn": {"rgb_range", "mean_shift"},
    "sftgan": {"segmentation"},
}


def test_every_network_has_a_section():
    assert [NetworkSection.kind, *SECTIONS] == [*NETWORKS]


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_section_has_the_arguments_and_defaults_of_its_class(kind):
    section = SECTIONS.get(kind, NetworkSection)
    parameters = inspect.signature(NETWORKS[kind].network).parameters
    arguments = {name: p.default for name, p in parameters.items() if name != "kwargs"}
    for name in _NOT_IN_RECIPES.get(kind, ()):
        del arguments[name]
    fields = {name: field.default for name, field in section.model_fields.items()}
    fields.pop("kind", None)
    assert fields == arguments
