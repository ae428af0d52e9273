"""The version folder: what is in it, and that it is never seen half-written."""

import json
import os
import threading
from pathlib import Path

import keras
import pytest
import tensorflow as tf

from keras_dgggan._version import __version__
from keras_dgggan.errors import DggganError
from keras_dgggan.export import check_graph, export_saved_model, saved_model

MAX_PIXELS = 150 * 150
WARMUP = "assets.extra/tf_serving_warmup_requests"
ENDPOINTS = {"serving_default", "float", "encoded", "describe"}


def test_the_folder_holds_model_recipe_and_description(version_folder, generator):
    assert version_folder.name == "1"
    assert (version_folder / "recipe.yaml").read_text() == "name: small\n"
    described = json.loads((version_folder / "model.json").read_text())
    assert described["scale"] == 4
    assert described["parameters"] == generator.count_params()
    assert described["training"] == {"step": 7}
    assert described["versions"] == {
        "keras_dgggan": __version__,
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
    }
    assert set(described["endpoints"]) == ENDPOINTS
    assert os.stat(version_folder).st_mode & 0o555 == 0o555


def test_endpoints_have_named_inputs_and_outputs_of_any_size(version_folder):
    signatures = tf.saved_model.load(str(version_folder)).signatures
    pixels = (None, None, None, 3)
    described = {
        name: (
            {key: (spec.dtype.name, tuple(spec.shape)) for key, spec in
             signature.structured_input_signature[1].items()},
            {key: (spec.dtype.name, tuple(spec.shape)) for key, spec in
             signature.structured_outputs.items()},
        )
        for name, signature in signatures.items()
    }  # fmt: skip
    assert described == {
        "serving_default": ({"image": ("uint8", pixels)}, {"image": ("uint8", pixels)}),
        "float": (
            {"image": ("float32", pixels)},
            {"image": ("float32", pixels), "gradient_map": ("float32", pixels)},
        ),
        "encoded": (
            {"image_bytes": ("string", (None,))},
            {"image_bytes": ("string", (None,))},
        ),
        "describe": (
            {"query": ("int64", (None,))},
            {"max_pixels": ("int64", (None,)), "scale": ("int64", (None,))},
        ),
    }


def test_the_limit_and_the_scale_can_be_asked_for(version_folder):
    describe = tf.saved_model.load(str(version_folder)).signatures["describe"]
    answer = describe(query=tf.zeros([2], tf.int64))
    assert {name: value.numpy().tolist() for name, value in answer.items()} == {
        "max_pixels": [MAX_PIXELS] * 2,
        "scale": [4, 4],
    }


def counts_of_kernels(version, generator):
    """How often the graph and the variables hold each of two kernels."""
    data = b"".join(p.read_bytes() for p in (version / "variables").glob("*.data-*"))
    graph = (version / "saved_model.pb").read_bytes()
    kernels = [
        generator.get_layer(block).level1_5x5.get_weights()[0].tobytes()
        for block in ("image_block_1", "gradient_block_2")
    ]
    return [(graph.count(kernel), data.count(kernel)) for kernel in kernels]


def test_a_small_models_weights_are_written_once_as_constants(version_folder, generator):
    assert counts_of_kernels(version_folder, generator) == [(1, 0), (1, 0)]


def test_a_large_models_weights_are_written_once_and_not_into_the_graph(
    generator, tmp_path, monkeypatch
):
    monkeypatch.setattr("keras_dgggan.export.computation._MOST_CONSTANT_BYTES", 1000)
    version = export_saved_model(generator, tmp_path / "model")
    assert counts_of_kernels(version, generator) == [(0, 1), (0, 1)]


def test_the_warmup_file_is_one_valid_request_for_every_endpoint(version_folder):
    prediction_log_pb2 = pytest.importorskip(
        "tensorflow_serving.apis.prediction_log_pb2",
        reason="tensorflow-serving-api is not installed",
    )
    signatures = tf.saved_model.load(str(version_folder)).signatures
    records = list(tf.data.TFRecordDataset(str(version_folder / WARMUP)).as_numpy_iterator())
    logs = [prediction_log_pb2.PredictionLog.FromString(record) for record in records]
    assert [log.WhichOneof("log_type") for log in logs] == ["predict_log"] * 3
    requests = [log.predict_log.request for log in logs]
    # There is nothing to warm in the fourth.
    warmed = {request.model_spec.signature_name for request in requests}
    assert warmed == ENDPOINTS - {"describe"}
    for request in requests:
        assert request.model_spec.name == version_folder.parent.name
        inputs = {key: tf.constant(tf.make_ndarray(t)) for key, t in request.inputs.items()}
        assert signatures[request.model_spec.signature_name](**inputs)


def test_a_model_without_gradient_branch_has_no_gradient_map(tmp_path):
    inputs = keras.Input([None, None, 3])
    image = keras.layers.UpSampling2D(2)(keras.layers.Conv2D(3, 3, padding="same")(inputs))
    model = keras.Model(inputs, {"image": image})
    model.scale = 2
    folder = export_saved_model(model, tmp_path / "plain")
    signature = tf.saved_model.load(str(folder)).signatures["float"]
    assert set(signature.structured_outputs) == {"image"}
    assert not (folder / "recipe.yaml").exists()
    assert json.loads((folder / "model.json").read_text())["scale"] == 2


def write_quickly(folder: Path) -> None:
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables").mkdir()
    (folder / "variables" / "variables.index").write_bytes(b"index")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Export without TensorFlow's part: what happens to the folders is under test."""
    monkeypatch.setattr(saved_model, "_write_graph", lambda _, folder, *__: write_quickly(folder))
    monkeypatch.setattr(saved_model, "check_graph", lambda folder: None)
    monkeypatch.setattr(saved_model, "_check_result", lambda *_: None)


def test_versions_count_up_from_the_highest(quick, generator, tmp_path):
    for number in ("1", "7", "notes"):
        (tmp_path / number).mkdir()
        (tmp_path / number / "file").touch()
    assert export_saved_model(generator, tmp_path).name == "8"


def test_exporters_at_the_same_time_get_versions_of_their_own(quick, generator, tmp_path):
    threads = [
        threading.Thread(target=export_saved_model, args=(generator, tmp_path)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(map(str, range(1, 9)))


def test_whoever_polls_the_folder_sees_whole_versions_only(quick, generator, tmp_path):
    partial, ended = [], threading.Event()
    wanted = {"saved_model.pb", "variables", "assets.extra", "model.json", "recipe.yaml"}

    def poll() -> None:
        while not ended.is_set():
            for child in tmp_path.iterdir():
                # TF Serving takes names that are numbers, and passes over all others.
                if child.name.isdecimal() and {p.name for p in child.iterdir()} != wanted:
                    partial.append(child.name)

    poller = threading.Thread(target=poll)
    poller.start()
    for _ in range(10):
        export_saved_model(generator, tmp_path, recipe_text="a: 1\n")
    ended.set()
    poller.join()
    assert partial == []


def test_an_export_that_fails_leaves_nothing(quick, generator, tmp_path, monkeypatch):
    def refuse(folder: Path) -> None:
        raise DggganError("no")

    monkeypatch.setattr(saved_model, "check_graph", refuse)
    with pytest.raises(DggganError):
        export_saved_model(generator, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_with_the_output_and_leaves_nothing(generator, tmp_path):
    resource = pytest.importorskip("resource", reason="this system has no limit of files' sizes")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The limit of a file's size is met by TensorFlow's own writer, as a full disk is.
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(DggganError) as caught:
            export_saved_model(generator, tmp_path / "models" / "small")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (
        str(caught.value) == f"'{tmp_path / 'models' / 'small'}' cannot be written: File too large"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_graph_has_none_of_the_forbidden_operations(version_folder):
    check_graph(version_folder)
    raw = (version_folder / "saved_model.pb").read_bytes()
    for word in (b"_XlaMustCompile", b"PyFunc", b"XlaCallModule", b"StatefulPyFunc"):
        assert word not in raw


def save(folder: Path, function) -> Path:
    module = tf.Module()
    module.f = tf.function(function, input_signature=[tf.TensorSpec([None], tf.float32)])
    tf.saved_model.save(module, str(folder))
    return folder


def test_a_graph_that_calls_python_is_refused(tmp_path):
    folder = save(tmp_path, lambda x: tf.numpy_function(lambda y: y, [x], tf.float32))
    with pytest.raises(DggganError, match=r"PyFunc"):
        check_graph(folder)


def test_a_graph_that_must_be_compiled_is_refused(tmp_path):
    compiled = tf.function(lambda x: x + 1, jit_compile=True)
    with pytest.raises(DggganError, match=r"_XlaMustCompile"):
        check_graph(save(tmp_path, compiled))


def test_a_graph_with_an_unknown_operation_is_refused(tmp_path):
    from tensorflow.core.protobuf import saved_model_pb2

    folder = save(tmp_path, lambda x: x + 1)
    file = folder / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    model.meta_graphs[0].graph_def.node.add(name="own", op="OwnOperation")
    file.write_bytes(model.SerializeToString())
    with pytest.raises(DggganError, match=r"custom operation, OwnOperation"):
        check_graph(folder)
