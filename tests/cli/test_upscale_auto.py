"""Which model `upscale` takes where none is named."""

import json

import numpy as np
import pytest
from checks import assert_levels_agree
from PIL import Image

from keras_dgggan.images.compression import Compression
from keras_dgggan.presets import DEFAULT_PRESET, PHOTO_PRESET, preset_for


@pytest.fixture
def small():
    import skimage.data

    return Image.fromarray(skimage.data.astronaut()[:24, 150:180])


@pytest.mark.parametrize("format", ["JPEG", "WebP"])
def test_low_quality_asks_for_the_photo_model_and_high_quality_for_the_faithful_one(format):
    chosen = [preset_for(Compression(format, quality)) for quality in range(1, 101)]
    crossing = chosen.index(DEFAULT_PRESET)
    assert chosen == [PHOTO_PRESET] * crossing + [DEFAULT_PRESET] * (100 - crossing)
    assert crossing > 75


def test_each_file_gets_the_model_that_suits_it(here, upscale, small):
    small.save("lossy.jpg", quality=40)
    small.save("lossy.webp", quality=40)
    small.save("exact.png")
    small.save("exact.webp", lossless=True)
    done = upscale("lossy.jpg", "exact.png", "lossy.webp", "-o", "out", "--json")
    assert done.exit_code == 0, done.output
    models = {entry["input"]: entry["model"] for entry in json.loads(done.stdout)["results"]}
    assert models == {
        "lossy.jpg": PHOTO_PRESET,
        "exact.png": DEFAULT_PRESET,
        "lossy.webp": PHOTO_PRESET,
    }
    assert f"{PHOTO_PRESET} for JPEG of quality 40" in done.stderr
    assert f"{DEFAULT_PRESET} for no known lossy compression" in done.stderr

    lossless = upscale("exact.webp", "-o", "out2")
    assert f"{DEFAULT_PRESET} for no known" in lossless.stderr


def test_a_model_that_is_named_is_taken_whatever_the_file(here, upscale, small):
    small.save("lossy.jpg", quality=40)
    small.save("exact.png")
    arguments = ("lossy.jpg", "exact.png", "--format", "png")
    named = upscale(*arguments, "--model", DEFAULT_PRESET, "-o", "named")
    auto = upscale(*arguments, "-o", "auto")
    assert named.exit_code == auto.exit_code == 0
    assert DEFAULT_PRESET not in named.stderr
    pixels = {
        (folder, name): np.asarray(Image.open(here / folder / f"{name}_sr.png"))
        for folder in ("named", "auto")
        for name in ("lossy", "exact")
    }
    assert_levels_agree(pixels["named", "exact"], pixels["auto", "exact"])
    assert not np.array_equal(pixels["named", "lossy"], pixels["auto", "lossy"])
