import inspect

import numpy as np
import pytest
from checks import python

pytest.importorskip("tensorflow")

from keras_dgggan.networks import EDSR, Generator
from keras_dgggan.pretrained.generator_weights import GeneratorWeights


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"se": False, "gradient_branch": False},
        {"upsampler": "pixel_shuffle", "image_skip": True, "dtype": "mixed_bfloat16"},
    ],
)
def test_a_file_is_read_as_the_network_is(options, tmp_path):
    generator = Generator(filters=6, blocks=3, se_reduction=2, **options)
    generator.save(tmp_path / "g.keras")
    read = GeneratorWeights.read(tmp_path / "g.keras")
    of = GeneratorWeights.of(generator)
    assert read is not None
    assert set(read.layers) == set(of.layers)
    assert sum(kernel.size + bias.size for kernel, bias in of.layers.values()) == sum(
        np.size(weight) for weight in generator.get_weights()
    )
    for path, arrays in of.layers.items():
        for found, expected in zip(read.layers[path], arrays, strict=True):
            np.testing.assert_array_equal(found, expected)
    for name in ("filters", "blocks", "scale", "upsampler", "image_skip", "negative_slope"):
        assert getattr(read, name) == getattr(of, name) == getattr(generator, name)


def test_other_files_are_none(tmp_path):
    (tmp_path / "text.keras").write_text("no archive")
    EDSR(filters=4, blocks=1).save(tmp_path / "edsr.keras")
    assert GeneratorWeights.read(tmp_path / "text.keras") is None
    assert GeneratorWeights.read(tmp_path / "edsr.keras") is None


def test_reading_imports_neither_keras_nor_tensorflow():
    code = (
        "import sys\n"
        "from keras_dgggan.presets import preset_file\n"
        "from keras_dgggan.pretrained.generator_weights import GeneratorWeights\n"
        "assert GeneratorWeights.read(preset_file('dgggan_x4_light')).filters == 16\n"
        "print({'keras', 'tensorflow'} & set(sys.modules))"
    )
    assert python(code, fresh=True).strip() == "set()"


def test_a_file_that_is_not_whole_is_left_to_keras(tmp_path):
    import zipfile

    Generator(filters=4, blocks=1, se_reduction=2).save(tmp_path / "g.keras")
    with zipfile.ZipFile(tmp_path / "g.keras") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    changes = {
        "cut": {"model.weights.h5": files["model.weights.h5"][:5000]},
        "other": {"config.json": files["config.json"].replace(b'"filters": 4', b'"filters": 5')},
        "more": {"config.json": files["config.json"].replace(b'"blocks": 1', b'"blocks": 2')},
        "no_json": {"config.json": b"{"},
    }
    for name, change in changes.items():
        with zipfile.ZipFile(tmp_path / f"{name}.keras", "w") as archive:
            for file, content in {**files, **change}.items():
                archive.writestr(file, content)
        assert GeneratorWeights.read(tmp_path / f"{name}.keras") is None, name


def test_every_argument_of_the_generator_is_known_to_what_computes_it_without_keras():
    # One that is not would be left out of the fused graphs: inference/cpu, inference/onnx.
    arguments = {*inspect.signature(Generator).parameters} - {"kwargs"}
    assert arguments == {*GeneratorWeights.__dataclass_fields__} - {"layers"} | {"se_reduction"}
