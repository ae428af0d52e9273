import numpy as np
import pytest

pytest.importorskip("tensorflow")
onnxruntime = pytest.importorskip("onnxruntime")

from keras_dgggan.inference.onnx.graph import whole_generator  # noqa: E402
from keras_dgggan.pretrained.generator_weights import GeneratorWeights  # noqa: E402

SIZES = [(1, 1, 1), (2, 1, 9), (1, 5, 3), (3, 17, 30)]

# Every option in both states, both tails with and without each, all scales.
OPTIONS = [
    {},
    {"upsampler": "pixel_shuffle", "image_skip": True, "gradient_every": 1},
    {"gradient_branch": False, "se": False, "scale": 3, "image_skip": True},
    {"se": False, "scale": 2, "gradient_every": 1, "image_skip": True},
    {"image_skip": True, "negative_slope": 0.1, "gradient_every": 5},
    {"filters": 16, "gradient_branch": False, "upsampler": "pixel_shuffle", "scale": 3},
    {"filters": 8, "upsampler": "pixel_shuffle", "scale": 2, "se": False},
]


def session(model: bytes):
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(map(str, options)))
def test_the_graph_computes_what_the_layers_do(make_generator, options, rng):
    generator = make_generator(**options)
    run = session(whole_generator(GeneratorWeights.of(generator)))
    for size in SIZES:
        image = rng.random((*size, 3), np.float32)
        expected = generator(image)
        names = [entry.name for entry in run.get_outputs()]
        assert set(names) == set(expected)
        for name, found in zip(names, run.run(None, {"lr": image}), strict=True):
            assert found.shape == expected[name].shape
            np.testing.assert_allclose(found, np.asarray(expected[name]), atol=1e-5)


def test_the_model_is_a_valid_onnx_model_of_few_operations(make_generator):
    onnx = pytest.importorskip("onnx")
    for options in ({"image_skip": True}, {"upsampler": "pixel_shuffle"}):
        weights = GeneratorWeights.of(make_generator(**options))
        model = onnx.load_from_string(whole_generator(weights, ("image",)))
        onnx.checker.check_model(model, full_check=True)
        assert [value.name for value in model.graph.output] == ["image"]
        operators = [node.op_type for node in model.graph.node]
        # At the edges alone.
        assert operators.count("Transpose") == 2
        assert not {"Scatter", "ScatterND", "Tile", "Resize", "Identity"} & set(operators)


def test_the_predicted_gradient_map_costs_nothing_where_it_is_not_wanted(make_generator):
    weights = GeneratorWeights.of(make_generator(upsampler="pixel_shuffle"))
    onnx = pytest.importorskip("onnx")

    def convolutions(names):
        graph = onnx.load_from_string(whole_generator(weights, names)).graph
        return sum(node.op_type == "Conv" for node in graph.node)

    assert convolutions(("image", "gradient_map")) == convolutions(("image",)) + 1
