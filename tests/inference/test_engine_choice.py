import numpy as np
import pytest
from checks import python

from keras_dgggan.images import Picture, read_image, write_image
from keras_dgggan.inference.engine_choice import onnxruntime_is_faster

MANY, FEW = 10**14, 10**10
OF_GENERATOR = 16_100_000


@pytest.mark.parametrize(
    ("filters", "options", "expected"),
    [
        (64, {}, True),
        (40, {}, True),
        (64, {"macs": None}, False),
        (64, {"macs": MANY}, False),
        (64, {"started": True}, False),
        (16, {"macs": None}, True),
        (16, {"macs": MANY, "started": True}, True),
        (64, {"macs": MANY, "avx512": False}, True),
        # `Generator()` on pictures of so many pixels a side.
        (64, {"macs": 290**2 * OF_GENERATOR}, True),
        (64, {"macs": 310**2 * OF_GENERATOR}, False),
        (64, {"macs": 250**2 * OF_GENERATOR, "cores": 1}, False),
        (64, {"macs": 310**2 * OF_GENERATOR, "cores": 64}, False),
    ],
)
def test_the_start_of_tensorflow_counts_where_there_is_little_to_do(filters, options, expected):
    usual = {"avx512": True, "macs": FEW, "started": False, "cores": 2}
    assert onnxruntime_is_faster(filters, **{**usual, **options}) is expected


@pytest.mark.parametrize("options", [{}, {"upsampler": "pixel_shuffle"}, {"scale": 2}])
def test_the_weights_know_the_work_that_the_layers_do(options):
    pytest.importorskip("tensorflow")
    from keras_dgggan.networks import Generator
    from keras_dgggan.networks.complexity import count_network
    from keras_dgggan.pretrained.generator_weights import GeneratorWeights

    generator = Generator(filters=8, blocks=2, gradient_every=2, **options)
    counted = count_network(generator, 16, 16).macs / 16**2
    assert GeneratorWeights.of(generator).macs_per_pixel == pytest.approx(counted, rel=1e-3)


@pytest.mark.slow
def test_the_command_does_not_start_tensorflow_for_a_small_picture(tmp_path, rng):
    pytest.importorskip("tensorflow")
    from keras_dgggan.networks import Generator

    Generator(filters=40, blocks=1).save(tmp_path / "wide.keras")
    write_image(Picture(rng.integers(0, 256, (20, 30, 4), np.uint8)), tmp_path / "a.png")
    code = f"""
import sys
from keras_dgggan.cli import main
main(["upscale", {str(tmp_path / "a.png")!r}, "-o", {str(tmp_path / "out.png")!r},
      "--model", {str(tmp_path / "wide.keras")!r}], standalone_mode=False)
assert not {{"tensorflow", "keras"}} & set(sys.modules)
"""
    python(code, fresh=True, CUDA_VISIBLE_DEVICES="")
    assert read_image(tmp_path / "out.png").pixels.shape == (80, 120, 4)
