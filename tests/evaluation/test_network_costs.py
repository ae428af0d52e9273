"""The shipped table of what networks cost says what the built networks do, and is quick to read."""

import json
import re
import subprocess
import sys
import zipfile

import pytest
from click.testing import CliRunner

from keras_dgggan.cli import main
from keras_dgggan.evaluation.complexity_report import all_known_networks, known_network, parts
from keras_dgggan.evaluation.network_costs import (
    Growth,
    find_known,
    known_networks,
    parts_table,
    summed,
)
from keras_dgggan.networks import NETWORKS, SRCNN, Generator, make_network
from keras_dgggan.networks.complexity import count_parts
from keras_dgggan.presets import preset_file, preset_names
from keras_dgggan.recipe import load_recipe, shipped_recipes

WRITE = "run `python -m keras_dgggan.evaluation.complexity_report`, which writes the table anew"


def as_read(entry):
    return {**entry, "parts": {name: list(growth) for name, growth in entry["parts"].items()}}


@pytest.mark.slow
def test_the_table_is_what_the_built_networks_give():
    table = [as_read(vars(known)) for known in known_networks()]
    assert table == [as_read(entry) for entry in all_known_networks()], WRITE


def test_every_network_recipe_and_preset_is_in_the_table():
    published = {known.kind: known.published for known in known_networks() if known.published}
    assert published == {kind: entry.published for kind, entry in NETWORKS.items()}, WRITE
    for path in shipped_recipes().values():
        section = {"kind": "dgggan", **load_recipe(path, check_paths=False).network.model_dump()}
        assert find_known(section.pop("kind"), section) is not None, f"{path}: {WRITE}"
    for name in preset_names():
        with zipfile.ZipFile(preset_file(name)) as archive:
            config = json.loads(archive.read("config.json"))["config"]
        arguments = {key: config[key] for key in known_networks()[0].arguments}
        assert find_known("dgggan", arguments) is not None, f"the recipe of {name} is missing"


@pytest.mark.parametrize("size", [8, 13, 48])
@pytest.mark.parametrize("kind", ["srcnn", "vdsr"])
def test_the_table_gives_the_counts_of_a_built_network(kind, size):
    known, network = find_known(kind, {}), make_network(kind)
    assert vars(known) == known_network(kind, network, known.published), WRITE
    counts = {n: (c.params, c.macs, c.flops) for n, c in count_parts(network, size, size).items()}
    assert known.counts(size) == counts
    text = parts_table(known.scale, known.description, known.counts(size), size)
    assert text == parts(network, size)


def test_gates_cost_something_for_each_image():
    entry = known_network("dgggan", Generator(filters=16, blocks=1), None)
    assert entry["parts"]["image branch: blocks"].macs_of_image == 2 * 16 * 16 // 16
    assert entry["parts"]["outputs"].macs_of_image == 0
    assert summed({"a": Growth(1, 2, 3, 4, 5).at(2), "b": Growth(1, 0, 0, 0, 0).at(2)}) == (
        2,
        11,
        21,
    )


def test_what_does_not_grow_with_the_pixels_is_no_entry(monkeypatch):
    monkeypatch.setattr(
        "keras_dgggan.evaluation.complexity_report.count_parts",
        lambda network, height, width: {"all": Growth(0, 1, 0, 1, 0).at(height * width)},
    )
    with pytest.raises(ValueError, match="srcnn's all do not grow"):
        known_network("srcnn", SRCNN(), None)


def test_other_arguments_are_not_known():
    assert find_known("edsr", {"scale": 4}).published == "43.1 M"
    assert find_known("edsr", {"scale": 3}) is None
    assert find_known("edsr", {"no_such": 1}) is None
    assert find_known("swinir", {}) is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["networks"],
        ["info"],
        ["info", "--network", "spsr"],
        ["info", "--recipe", "quickstart"],
        ["info", "--table"],
    ],
    ids=" ".join,
)
def test_fixed_answers_need_no_tensorflow(arguments):
    program = (
        "import sys\n"
        "from keras_dgggan.cli import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], check=True, capture_output=True, text=True
    )
    asked = "MACs at LR 48" if "--table" in arguments else "x4, LR 48x48 to HR 192x192"
    assert asked in done.stdout
    if "info" in arguments and "--table" not in arguments:
        assert "TF_ENABLE_ONEDNN_OPTS=" in done.stdout


def test_networks_lists_them_all_at_the_size_asked_for():
    result = CliRunner().invoke(main, ["networks", "--lr-size", "96"])
    assert result.exit_code == 0, result.output
    assert "LR 96x96 to HR 384x384" in result.output
    # Four times the paper's 12.5 G for 48x48.
    assert re.search(r"\| natsr +\| +44 \| +5.0 M \| +4,959,235 \| +49.98. G \|", result.output)
    rows = [line for line in result.output.splitlines() if line.startswith("| ")]
    assert [row.split()[1] for row in rows[2:]] == [*NETWORKS]


def test_a_misspelt_network_is_asked_about():
    result = CliRunner().invoke(main, ["info", "--network", "ersgan"])
    assert (result.exit_code, "did you mean 'esrgan'?" in result.output) == (2, True)
