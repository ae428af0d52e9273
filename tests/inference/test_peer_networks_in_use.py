"""The networks of other systems where a model is used."""

import json

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

from keras_dgggan.cli import main
from keras_dgggan.errors import UsageError
from keras_dgggan.images import Picture, read_image, write_image
from keras_dgggan.inference import Upscaler
from keras_dgggan.networks import NETWORKS, make_network
from keras_dgggan.pretrained.load import load_generator
from keras_dgggan.pretrained.weights_file import save_weights_file

SMALL = {
    "srcnn": {"filters": (6, 4)},
    "vdsr": {"filters": 4, "depth": 3},
    "srresnet": {"filters": 4, "blocks": 1},
    "edsr": {"filters": 4, "blocks": 1},
    "rdn": {"filters": 4, "growth": 4, "blocks": 1, "depth": 2},
    "rcan": {"filters": 6, "groups": 1, "blocks": 1, "reduction": 3},
    "msrn": {"filters": 4, "blocks": 1},
    "dbpn": {"filters": 4, "head_filters": 6, "stages": 2},
    "esrgan": {"filters": 4, "blocks": 1, "growth": 3},
    "natsr": {"filters": 4, "depth": 1},
    "sftgan": {"filters": 4, "blocks": 1},
    "spsr": {"filters": 4, "blocks": 4, "growth": 3, "tap_every": 1},
    "compact": {"filters": 4, "depth": 2},
    "span": {"filters": 4},
}


def small(kind, **options):
    return make_network(kind, **SMALL[kind], **options)


@pytest.fixture
def run():
    def run(*arguments):
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_every_other_network_is_here():
    assert {*SMALL} == {*NETWORKS} - {"dgggan"}


@pytest.mark.parametrize("kind", SMALL)
def test_a_saved_network_is_a_model_like_any_other(kind, tmp_path, rng):
    network = small(kind)
    network.save(tmp_path / "model.keras")
    loaded = load_generator(tmp_path / "model.keras")
    upscaler = Upscaler(loaded)
    image = rng.integers(0, 256, [7, 9, 3], np.uint8)
    expected = np.asarray(network(image[None] / np.float32(255))["image"][0]).clip(0, 1)
    found = upscaler.upscale(image)
    assert np.abs(found - expected * 255).max() <= 0.51
    assert upscaler.upscale(image[:1, :1]).shape == (4, 4, 3)
    assert upscaler.tiles_exactly == (kind != "rcan")
    assert upscaler.has_gradient_map == (kind == "spsr")


@pytest.mark.parametrize("kind", ["srcnn", "srresnet", "edsr", "dbpn", "sftgan"])
def test_tiles_of_a_local_network_give_the_whole_image(kind, rng):
    network = small(kind)
    tiled = Upscaler(network, tile=32)
    assert tiled.tiles_exactly and network.info.receptive_radius <= 16
    image = rng.random([70, 90, 3], "float32")
    whole = Upscaler(network, tile="off").upscale(image)
    np.testing.assert_allclose(tiled.upscale(image), whole, atol=2e-6)


@pytest.mark.slow
def test_both_outputs_of_spsr_are_tiled_exactly(rng):
    network = small("spsr")
    image = rng.integers(0, 256, [20, 230, 3], np.uint8)
    tile = 2 * network.info.receptive_radius
    found = Upscaler(network, tile=tile).upscale_with_gradient_map(image)
    expected = Upscaler(network, tile="off").upscale_with_gradient_map(image)
    assert tile < 230
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a.astype(int), b, atol=1)


def test_a_halo_that_costs_too_much_is_blended(rng, run, tmp_path):
    """Where windows would have more than twice the tile's side; the command says so."""
    network = small("esrgan")
    assert network.info.receptive_radius == 19
    assert Upscaler(network, tile=38).tiles_exactly
    blended = Upscaler(network, tile=36)
    assert not blended.tiles_exactly
    image = rng.random([70, 90, 3], "float32")
    whole = Upscaler(network, tile="off").upscale(image)
    np.testing.assert_allclose(blended.upscale(image), whole, atol=2e-5)
    write_image(Picture(image), tmp_path / "a.png")
    network.save(tmp_path / "m.keras")
    for tile, said in ((36, True), (38, False)):
        arguments = ["upscale", tmp_path / "a.png", "--model", tmp_path / "m.keras"]
        output = run(*arguments, "-o", tmp_path / f"{tile}.png", "--tile", tile)
        assert ("tiles are blended" in output) == said


def test_wide_networks_get_small_tiles():
    tiles = {
        name: Upscaler(network).engine.tile_for(900, 900)
        for name, network in {
            "wide": make_network("edsr", blocks=1),
            "global": make_network("rcan", groups=1, blocks=1),
            "deep": make_network("edsr", blocks=33),
            "small": small("edsr"),
        }.items()
    }
    assert 16 <= tiles["deep"] <= tiles["wide"] < tiles["global"] < tiles["small"] == 256


def test_sftgan_with_a_segmentation_is_refused_with_the_way_out(tmp_path):
    guided = small("sftgan", segmentation=True)
    guided.save(tmp_path / "model.keras")
    for call in (lambda: load_generator(tmp_path / "model.keras"), lambda: Upscaler(guided)):
        with pytest.raises(UsageError, match=r"with_segmentation\(False\).*\[lr, segmentation\]"):
            call()
    result = CliRunner().invoke(main, ["info", "--model", str(tmp_path / "model.keras")])
    assert result.exit_code == 2
    assert "with_segmentation(False)" in result.output


def test_sftgan_goes_from_one_form_to_the_other(rng):
    plain = small("sftgan")
    guided = plain.with_segmentation()
    lr = rng.random([1, 5, 6, 3], "float32")
    background = np.zeros([1, 20, 24, 8], "float32")
    background[..., 0] = 1
    expected = np.asarray(plain(lr)["image"])
    np.testing.assert_allclose(guided([lr, background])["image"], expected, rtol=1e-5, atol=1e-5)
    found = Upscaler(guided.with_segmentation(False)).upscale(lr[0])
    np.testing.assert_allclose(found, expected[0], atol=1e-6)


@pytest.mark.parametrize(
    "kind", ["srcnn", "rcan", "dbpn", "sftgan", pytest.param("spsr", marks=pytest.mark.slow)]
)
def test_export_gives_what_the_network_gives(kind, tmp_path, run, rng):
    network = small(kind)
    network.save(tmp_path / "model.keras")
    run("export", tmp_path / "model.keras", "-o", tmp_path / kind)
    loaded = tf.saved_model.load(str(tmp_path / kind / "1"))
    image = rng.random([1, 6, 11, 3], "float32")
    outputs = loaded.signatures["float"](image=tf.constant(image))
    for name, value in network(image).items():
        np.testing.assert_allclose(outputs[name], value, atol=1e-4)
    described = json.loads((tmp_path / kind / "1" / "model.json").read_text())
    assert described["parameters"] == network.count_params()


@pytest.mark.parametrize("ending", [".keras", ".weights.h5"])
def test_every_command_takes_it(ending, tmp_path, run, rng):
    from PIL import Image

    model = tmp_path / f"edsr{ending}"
    if ending == ".keras":
        small("edsr").save(model)
    else:
        save_weights_file(small("edsr"), model)
    folder = tmp_path / "HR"
    folder.mkdir()
    Image.fromarray(rng.integers(0, 256, [48, 64, 3], np.uint8)).save(folder / "a.png")
    output = run("evaluate", "--model", model, "--bicubic", "--metrics", "psnr", "--data", folder)
    assert "| edsr " in output and "| bicubic " in output
    run("upscale", folder / "a.png", "-o", tmp_path / "b.png", "--model", model)
    assert read_image(tmp_path / "b.png").pixels.shape == (192, 256, 3)
    run("compare", folder / "a.png", "--model", model, "-o", tmp_path / "figure.png")
    assert (tmp_path / "figure.png").is_file()
    run("export", model, "-o", tmp_path / "exported")
    assert (tmp_path / "exported" / "1" / "saved_model.pb").is_file()
    assert f"{small('edsr').count_params():,}" in run("info", "--model", model)
