"""Files of PyTorch as training code writes them, made by PyTorch's format and by PyTorch."""

import collections
import io
import os
import pickle
import subprocess
import sys
import types
import zipfile

import numpy as np
import pytest

from keras_dgggan.errors import WeightsError
from keras_dgggan.importing.reading import read_state

_KINDS = {"<f4": "FloatStorage", "<c8": "ComplexFloatStorage", "<f2": "HalfStorage"}


class _Fake:
    """What a tensor of an array pickles to in PyTorch's zip format."""

    def __init__(self, array):
        self.array = array


class _Callback:
    """Of a class that this process has and the reader must not need."""


def saved(tree) -> bytes:
    """`tree`, with arrays for tensors, as `torch.save` writes it."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for name in _KINDS.values():
        kind = type(name, (), {})
        kind.__module__ = "torch"
        setattr(torch, name, kind)

    def rebuild(*_):
        raise AssertionError

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = rebuild
    storages = []

    class Pickler(pickle.Pickler):
        def persistent_id(self, thing):
            return thing[1] if isinstance(thing, tuple) and thing[:1] == ("storage!",) else None

        def reducer_override(self, thing):
            if not isinstance(thing, np.ndarray):
                return NotImplemented
            key = str(len(storages))
            storages.append(thing.tobytes())
            kind = getattr(torch, _KINDS[thing.dtype.str])
            pid = ("storage!", ("storage", kind, key, "cpu", thing.size))
            strides = tuple(stride // thing.itemsize for stride in thing.strides)
            return rebuild, (pid, 0, thing.shape, strides, False, collections.OrderedDict())

    data, modules = io.BytesIO(), {"torch": torch, "torch._utils": utils}
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        Pickler(data, protocol=2).dump(tree)
    finally:
        for name, module in before.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", data.getvalue())
        for i, raw in enumerate(storages):
            archive.writestr(f"archive/data/{i}", raw)
    return file.getvalue()


def read(tree, tmp_path, name="w.pth"):
    (tmp_path / name).write_bytes(saved(tree))
    return read_state(tmp_path / name)


def net(value):
    return collections.OrderedDict({"conv.weight": np.full([2, 3], value, "float32")})


@pytest.mark.parametrize(
    "tree",
    [
        net(1),
        {"params": net(0), "params_ema": net(1)},
        {"params": net(0), "params-ema": net(1)},
        {"g": net(0), "d": net(2), "g_ema": net(1), "args": _Callback()},
        {"model": net(1), "optimizer": {"state": {0: {"exp_avg": np.zeros(3, "float32")}}}},
        {"net": net(1), "epoch": 3},
        {"netG": net(1), "netD": net(0)},
        {"model_state_dict": net(1), "loss": 0.5, "callbacks": {_Callback: {}}},
        {"state_dict": {f"module.{name}": value for name, value in net(1).items()}},
        {"model": {"state_dict": net(1)}},
        {"whatever": net(1), "epoch": 1},
    ],
    ids=lambda tree: "+".join(tree),
)
def test_the_generator_is_found_in_what_training_code_wraps_it_in(tree, tmp_path):
    state = read(tree, tmp_path)
    assert {*state} == {"conv.weight"}
    np.testing.assert_array_equal(state["conv.weight"], 1)


@pytest.mark.parametrize(
    "tree, named",
    [
        ({"first": net(0), "second": net(1)}, "'first', 'second'"),
        ({"a.weight": np.zeros(2, "complex64")}, "complex64"),
        ({"a.weight": np.full(2, np.nan, "float32")}, "NaN"),
        ({"a.weight": np.zeros(2, "float32"), "b": 3}, "'b', which is not a tensor"),
        ({}, "no tensors"),
        ([1, 2], "no tensors"),
    ],
)
def test_what_is_not_one_network_of_real_numbers_is_refused(tree, named, tmp_path):
    with pytest.raises(WeightsError, match=named) as caught:
        read(tree, tmp_path)
    assert "w.pth" in str(caught.value)


class Attack:
    def __reduce__(self):
        return os.system, ("touch attacked",)


def test_code_in_a_file_does_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    state = read({"params": net(1), "hook": Attack()}, tmp_path)
    assert {*state} == {"conv.weight"}
    assert not (tmp_path / "attacked").exists()


@pytest.mark.parametrize("keep", [0, 10, 0.5, -20])
def test_a_cut_file_gives_one_sentence(keep, tmp_path):
    data = saved(net(1))
    (tmp_path / "w.pt").write_bytes(data[: int(keep * len(data)) if keep == 0.5 else keep])
    with pytest.raises(WeightsError, match=r"w\.pt") as caught:
        read_state(tmp_path / "w.pt")
    assert "\n" not in str(caught.value)


_TORCH = """
import sys, torch
torch.manual_seed(0)
tree = {"params_ema": {
    "a": torch.randn(3, 4).t(), "b": torch.randn(5).half(), "c": torch.randn(5).bfloat16(),
    "d": torch.nn.Parameter(torch.randn(2, 2)), "e": torch.tensor(7), "f": torch.randn(6)[2:4],
}, "optimizer": torch.optim.Adam([torch.nn.Parameter(torch.zeros(2))]).state_dict()}
torch.save(tree, sys.argv[1] + "/new.pth")
torch.save(tree, sys.argv[1] + "/old.pth", _use_new_zipfile_serialization=False)
import numpy as np
np.savez(sys.argv[1] + "/y.npz", **{k: (v if k == "e" else v.float()).detach().numpy()
                                   for k, v in tree["params_ema"].items()})
"""


def test_both_formats_of_pytorch_are_read_as_pytorch_reads_them(tmp_path):
    interpreter = os.environ.get("KERAS_DGGGAN_PEERS")
    if not interpreter:
        pytest.skip("KERAS_DGGGAN_PEERS names no interpreter with torch")
    subprocess.run([interpreter, "-c", _TORCH, str(tmp_path)], check=True, timeout=300)
    with np.load(tmp_path / "y.npz") as expected:
        for name in ("new", "old"):
            state = read_state(tmp_path / f"{name}.pth")
            assert {*state} == {*expected.files}
            for key, value in state.items():
                np.testing.assert_array_equal(value, expected[key])
