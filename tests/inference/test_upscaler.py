import sys

import numpy as np
import pytest
from checks import python

tf = pytest.importorskip("tensorflow")

from keras_dgggan.errors import DggganError, UsageError, WeightsError  # noqa: E402
from keras_dgggan.images import Picture, read_image, write_image  # noqa: E402
from keras_dgggan.images.blended import BlendedTiling  # noqa: E402
from keras_dgggan.images.resize import imresize  # noqa: E402
from keras_dgggan.inference import Upscaler  # noqa: E402
from keras_dgggan.inference.onnx import engine as onnx_engine  # noqa: E402
from keras_dgggan.networks import EDSR, Generator  # noqa: E402
from keras_dgggan.pretrained.load import load_model  # noqa: E402
from keras_dgggan.pretrained.saved_model import SavedModel  # noqa: E402

ENGINES = ["tensorflow", "onnxruntime"]


def enlarged(image: np.ndarray, scale: int) -> np.ndarray:
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


@pytest.fixture(scope="module")
def nearest(nearest_generator):
    return nearest_generator()


@pytest.fixture(scope="module", params=ENGINES)
def engine(request) -> str:
    return request.param


@pytest.fixture(scope="module", params=["auto", "off", 16])
def nearest_upscaler(request, nearest, engine) -> Upscaler:
    return Upscaler(nearest, tile=request.param, engine=engine)


@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_every_layout_and_depth_comes_back_enlarged(nearest_upscaler, rng, channels, dtype):
    shape = (21, 34, channels) if channels else (21, 34)
    top = 1 if dtype == np.float32 else np.iinfo(dtype).max
    image = (rng.random(shape) * top).astype(dtype)
    if channels in (2, 4):
        image[..., -1] = top
    result = nearest_upscaler.upscale(image)
    assert result.dtype == dtype
    np.testing.assert_allclose(result, enlarged(image, 4), atol=1e-6 if dtype == np.float32 else 0)


def test_sixteen_bits_give_more_than_256_levels(make_generator, rng):
    image = rng.integers(0, 65536, (24, 24, 3), np.uint16)
    result = Upscaler(make_generator()).upscale(image)
    assert result.dtype == np.uint16
    assert len(np.unique(result)) > 5000


def test_the_tile_option_changes_nothing_that_is_seen(make_generator, engine, rng):
    generator = make_generator(image_skip=True)
    image = rng.integers(0, 65536, (50, 61, 4), np.uint16)
    whole, edges = Upscaler(generator, tile="off").upscale_with_gradient_map(image)
    tiled, tiled_edges = Upscaler(generator, tile=16, engine=engine).upscale_with_gradient_map(
        image
    )
    # Rounding of a value near one half may fall either way; dividing by a small alpha widens it.
    opaque = whole[..., 3] > 6000
    assert np.abs(whole.astype(int) - tiled)[opaque].max() <= 8
    assert np.abs(edges.astype(int) - tiled_edges).max() <= 1


def test_outscale_is_the_exact_resize_of_the_models_result(make_generator, engine, rng):
    generator = make_generator(image_skip=True)
    image = rng.random((20, 30, 3)).astype(np.float32)
    full = Upscaler(generator, engine="tensorflow").upscale(image)
    for outscale, shape in [
        (2, (40, 60, 3)),
        (3.3, (66, 99, 3)),
        (6, (120, 180, 3)),
        (0.5, (10, 15, 3)),
    ]:
        result = Upscaler(generator, outscale=outscale, engine=engine).upscale(image)
        assert result.shape == shape
        np.testing.assert_allclose(result, imresize(full, None, output_shape=shape[:2]), atol=1e-5)


def test_the_gradient_map_has_the_size_of_the_result(make_generator, rng):
    image = rng.random((20, 30)).astype(np.float32)
    result, edges = Upscaler(make_generator(), outscale=3).upscale_with_gradient_map(image)
    assert result.shape == (60, 90)
    assert edges.shape == (60, 90, 3) and edges.dtype == np.uint8


def test_a_model_without_a_gradient_branch_says_so(make_generator):
    upscaler = Upscaler(make_generator(gradient_branch=False))
    with pytest.raises(UsageError, match="no gradient branch"):
        upscaler.upscale_with_gradient_map(np.zeros((4, 4, 3), np.uint8))


def test_the_ensemble_turns_with_the_image(make_generator, engine, rng):
    upscaler = Upscaler(make_generator(image_skip=True), ensemble=True, tile=16, engine=engine)
    image = rng.random((18, 25, 3)).astype(np.float32)
    result = upscaler.upscale(image)
    assert np.abs(result - Upscaler(upscaler.model).upscale(image)).max() > 1e-3
    for turn in (np.rot90, np.flipud, np.fliplr, lambda x: x.swapaxes(0, 1)):
        np.testing.assert_allclose(turn(result), upscaler.upscale(turn(image)), atol=1e-5)


def test_the_ensemble_of_an_identity_is_the_identity(nearest, rng):
    image = rng.integers(0, 256, (9, 14, 3), np.uint8)
    result = Upscaler(nearest, ensemble=True).upscale(image)
    np.testing.assert_array_equal(result, enlarged(image, 4))


def test_one_trace_serves_images_of_all_sizes(nearest, monkeypatch, rng):
    upscaler = Upscaler(nearest, engine="tensorflow")
    for size in [(5, 5), (6, 9), (9, 6)]:
        upscaler.upscale(rng.random((*size, 3)).astype(np.float32))
    (function,) = upscaler.engine.untiled.traced.values()
    assert function.experimental_get_tracing_count() == 1


def test_an_untiled_image_without_memory_is_tiled_unless_tiles_are_off(make_generator, rng):
    def exhausted(images):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    generator = make_generator()
    image = rng.random((60, 60, 3)).astype(np.float32)
    upscaler = Upscaler(generator, engine="tensorflow")
    upscaler.engine.untiled.traced["image",] = exhausted
    np.testing.assert_allclose(
        upscaler.upscale(image), np.asarray(generator(image[None])["image"][0]), atol=1e-5
    )
    upscaler = Upscaler(generator, tile="off", engine="tensorflow")
    upscaler.engine.untiled.traced["image",] = exhausted
    with pytest.raises(DggganError, match="cannot run on 60x60 pixels: OOM when allocating"):
        upscaler.upscale(image)


@pytest.mark.parametrize(
    "options",
    [
        {"tile": 8},
        {"tile": "big"},
        {"outscale": 0},
        {"outscale": float("nan")},
        {"outscale": "4"},
        {"outscale": True},
        {"tile": True},
        {"engine": "torch"},
    ],
)
def test_options_that_cannot_be_meant_are_usage_errors(nearest, options):
    with pytest.raises(UsageError, match="Received"):
        Upscaler(nearest, **options)


def test_models_are_named_by_files(nearest, tmp_path, rng):
    nearest.save(tmp_path / "m.keras")
    image = rng.integers(0, 256, (5, 6, 3), np.uint8)
    for upscaler in (
        Upscaler(tmp_path / "m.keras"),
        Upscaler.from_preset(str(tmp_path / "m.keras"), tile="off"),
    ):
        np.testing.assert_array_equal(upscaler.upscale(image), enlarged(image, 4))


def test_unknown_models_are_usage_errors_that_name_the_presets(tmp_path):
    with pytest.raises(UsageError, match="no model 'nothing-of-this-name'"):
        load_model("nothing-of-this-name")


@pytest.fixture(scope="module")
def saved_model(make_generator, tmp_path_factory):
    import keras

    generator = make_generator(se=False, blocks=1, gradient_every=1, scale=2)
    folder = tmp_path_factory.mktemp("saved") / "model"
    archive = keras.export.ExportArchive()
    archive.track(generator)
    archive.add_endpoint(
        "float",
        lambda image: generator(image),
        input_signature=[tf.TensorSpec([None, None, None, 3], tf.float32, name="image")],
    )
    for version in ("3", "12"):
        archive.write_out(str(folder / version), verbose=False)
    return generator, folder


def test_a_saved_model_is_found_by_its_folder_or_version_and_tells_its_scale(saved_model):
    _, folder = saved_model
    for path in (folder, folder / "3"):
        assert load_model(path).scale == 2


def test_a_saved_model_runs_untiled_and_in_blended_tiles(saved_model, rng):
    generator, folder = saved_model
    image = rng.random((130, 90, 3)).astype(np.float32)
    expected = np.asarray(generator(image[None])["image"][0])
    for tile in ("auto", "off", 32):
        result = Upscaler(str(folder), tile=tile).upscale(image)
        np.testing.assert_allclose(result, expected, atol=1e-5)


def test_a_model_that_refuses_an_image_is_quoted(saved_model):
    def refusing(images):
        raise tf.errors.InvalidArgumentError(
            None, None, "At node:\nassertion failed: [Too large] [9]\nx"
        )

    upscaler = Upscaler(str(saved_model[1]))
    upscaler.engine.untiled.traced["image",] = refusing
    with pytest.raises(DggganError, match=r"cannot run.*: assertion failed: \[Too large\] \[9\]$"):
        upscaler.upscale(np.zeros((4, 5, 3), np.uint8))


def test_blended_tiles_are_halved_when_memory_runs_out(rng):
    def limited(x):
        if x.shape[1] > 90:
            raise MemoryError
        return {"image": np.asarray(x)}

    image = rng.random((150, 120, 3)).astype(np.float32)
    (outputs,) = BlendedTiling(limited, 1, tile=80)(image)
    np.testing.assert_allclose(outputs["image"], image, rtol=1e-5)


def test_large_images_are_tiled_by_themselves_and_small_ones_run_whole(make_generator):
    engine = Upscaler(make_generator()).engine
    assert engine.tile_for(100, 100) is None
    assert engine.tile_for(3000, 3000) == 256


def test_a_folder_that_holds_another_saved_model_is_named(tmp_path):
    module = tf.Module()
    tf.saved_model.save(module, str(tmp_path / "other"))
    with pytest.raises(WeightsError, match="has no endpoint 'float'"):
        SavedModel(tmp_path / "other")


def test_blended_tiles_have_no_seam_in_a_flat_image():
    def model(x):
        return {"image": np.repeat(np.repeat(x, 3, axis=1), 3, axis=2)}

    image = np.full((200, 77, 3), 0.7, np.float32)
    (outputs,) = BlendedTiling(model, 3, tile=40)(image)
    np.testing.assert_allclose(outputs["image"], enlarged(image, 3), rtol=1e-6)


def test_weights_that_change_are_used(make_generator, engine, rng):
    generator = Generator.from_config(make_generator(image_skip=True).get_config())
    generator.set_weights(make_generator(image_skip=True).get_weights())
    upscaler = Upscaler(generator, engine=engine)
    image = rng.random((9, 8, 3)).astype(np.float32)
    for change in (
        lambda: generator.set_weights([1.1 * weight for weight in generator.get_weights()]),
        lambda: generator.weights[3].assign_add(0.5 * np.ones(generator.weights[3].shape)),
    ):
        before = upscaler.upscale(image)
        change()
        after = upscaler.upscale(image)
        assert np.abs(after - before).max() > 1e-4
        np.testing.assert_allclose(after, generator(image[None])["image"][0], atol=1e-5)


@pytest.mark.slow
def test_engines_agree_in_whole_and_in_tiles(make_generator, rng):
    for options in (
        {"filters": 16, "image_skip": True},
        {"upsampler": "pixel_shuffle", "image_skip": True, "gradient_every": 1},
        {"se": False, "gradient_branch": False, "scale": 3},
    ):
        generator = make_generator(**options)
        image = rng.random((37, 50, 3)).astype(np.float32)
        results = [
            Upscaler(generator, engine=engine, tile=tile).upscale(image)
            for engine in ENGINES
            for tile in ("off", 16, 21)
        ]
        for result in results[1:]:
            np.testing.assert_allclose(result, results[0], atol=1e-5)


def test_onnx_runtime_tells_memory_and_progress_as_tensorflow_does(
    make_generator, rng, monkeypatch
):
    generator = make_generator()
    image = rng.random((60, 60, 3)).astype(np.float32)

    def exhausted(**inputs):
        raise MemoryError("Failed to allocate memory for requested buffer")

    whole, session = object(), onnx_engine.session
    monkeypatch.setattr(onnx_engine, "whole_generator", lambda weights, names: whole)
    monkeypatch.setattr(
        onnx_engine,
        "session",
        lambda model, *args, **options: (
            exhausted if model is whole else session(model, *args, **options)
        ),
    )
    upscaler = Upscaler(generator, engine="onnxruntime")
    seen: list[float] = []
    result = upscaler.upscale(image, report=seen.append)
    np.testing.assert_allclose(result, generator(image[None])["image"][0], atol=1e-5)
    assert seen == sorted(seen) and seen[-1] == pytest.approx(1)
    upscaler = Upscaler(generator, engine="onnxruntime", tile="off")
    with pytest.raises(DggganError, match="cannot run on 60x60 pixels: Failed to allocate"):
        upscaler.upscale(image)


def test_what_onnx_runtime_cannot_do_is_a_usage_error(make_generator, tmp_path):
    generator = make_generator()
    for options, said in (
        ({"precision": "bfloat16"}, "in float32 alone, not in bfloat16"),
        ({"device": "gpu:1"}, "on the CPU alone, not on gpu:1"),
    ):
        with pytest.raises(UsageError, match=said):
            Upscaler(generator, engine="onnxruntime", **options)
    network = EDSR(filters=4, blocks=1)
    network.save(tmp_path / "edsr.keras")
    for model in (network, tmp_path / "edsr.keras"):
        with pytest.raises(UsageError, match="this package's Generator alone"):
            Upscaler(model, engine="onnxruntime")
        assert Upscaler(model).engine.name == "tensorflow"


def test_without_onnx_runtime_auto_is_tensorflow(make_generator, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert Upscaler(make_generator()).engine.name == "tensorflow"
    with pytest.raises(UsageError, match="pip install onnxruntime"):
        Upscaler(make_generator(), engine="onnxruntime")


def test_the_command_neither_imports_tensorflow_nor_keras_for_a_preset(tmp_path, rng):
    """In a fresh process, with an import hook that refuses them."""
    write_image(Picture(rng.integers(0, 256, (20, 30, 4), np.uint8)), tmp_path / "a.png")
    code = f"""
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("tensorflow", "keras", "onnx", "jax", "torch"):
            raise AssertionError(f"{{name}} was imported")

sys.meta_path.insert(0, Refuse())
from keras_dgggan.cli import main
main(["upscale", {str(tmp_path / "a.png")!r}, "-o", {str(tmp_path / "out.png")!r},
      "--gradient-map", "--compare", "--tile", "16"], standalone_mode=False)
"""
    python(code, fresh=True, CUDA_VISIBLE_DEVICES="")
    assert read_image(tmp_path / "out.png").pixels.shape == (80, 120, 4)
