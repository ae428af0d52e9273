"""Model files that are damaged or edited are named in one sentence."""

import io
import json
import zipfile

import h5py
import numpy as np
import pytest

from keras_dgggan import Generator
from keras_dgggan.errors import WeightsError
from keras_dgggan.pretrained.load import load_generator
from keras_dgggan.pretrained.weights_file import save_weights_file


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    generator = Generator(filters=4, blocks=2, gradient_every=1, se_reduction=2)
    generator.save(folder / "model.keras")
    save_weights_file(generator, folder / "model.weights.h5")
    return folder / "model.keras"


def sentence(path):
    with pytest.raises(WeightsError) as caught:
        load_generator(path)
    (line,) = str(caught.value).splitlines()
    assert str(path) in line and len(line) <= 200 + len(f"cannot load a model from {str(path)!r}: ")
    return line


def edited(model_file, target, changes):
    """A copy whose config was changed by hand."""
    with zipfile.ZipFile(model_file) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "config.json":
                config = json.loads(data)
                config["config"] |= changes
                data = json.dumps(config).encode()
            new.writestr(name, data)
    return target


def test_a_cut_file_is_named(model_file, tmp_path):
    data = model_file.read_bytes()
    for part in (2, 10, len(data) // 2, len(data) - 1):
        path = tmp_path / "cut.keras"
        path.write_bytes(data[:part])
        sentence(path)


@pytest.mark.parametrize("ending", ["keras", "weights.h5"])
def test_flipped_bytes_anywhere_load_or_are_named(model_file, tmp_path, rng, ending):
    data = model_file.with_name(f"model.{ending}").read_bytes()
    for _ in range(6):
        damaged = bytearray(data)
        for place in rng.integers(0, len(data), 20):
            damaged[place] ^= int(rng.integers(1, 256))
        path = tmp_path / f"damaged.{ending}"
        path.write_bytes(damaged)
        try:
            load_generator(path)
        except WeightsError as error:
            assert len(str(error).splitlines()) == 1


@pytest.mark.parametrize("changes", [{"blocks": 1}, {"blocks": 3}, {"filters": "x"}, {"se": False}])
def test_a_config_that_describes_another_network_is_named(model_file, tmp_path, changes):
    sentence(edited(model_file, tmp_path / "edited.keras", changes))


@pytest.mark.parametrize("described", ["", "{", "[]", '{"class_name": "Dense"}', "{}"])
def test_a_weights_file_with_a_malformed_description_is_named(model_file, tmp_path, described):
    path = tmp_path / "bad.weights.h5"
    path.write_bytes(model_file.with_name("model.weights.h5").read_bytes())
    with h5py.File(path, "a") as file:
        file.attrs["keras_dgggan_network"] = described
    sentence(path)


def test_a_weights_file_of_nothing_or_of_arrays_alone_is_named(tmp_path):
    path = tmp_path / "bad.weights.h5"
    for data in (b"", b"not HDF5", np.zeros(100).tobytes()):
        path.write_bytes(data)
        sentence(path)
    file = io.BytesIO()
    with h5py.File(file, "w") as made:
        made["x"] = np.zeros(3)
    path.write_bytes(file.getvalue())
    with pytest.raises(WeightsError, match="does not say of which network"):
        load_generator(path)
