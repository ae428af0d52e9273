"""Reading arrays out of pickles of other frameworks without running the code in them.

A pickle is a program. The unpicklers here resolve only the handful of names that arrays of
numbers are made of, and to harmless stand-ins; any other name is an error.
"""

import collections
import pickle
import zipfile
from collections.abc import Callable, Mapping
from typing import IO, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import WeightsError

_TORCH_MAGIC = 0x1950A86A20F9469CFC6C
_STORAGES = {
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "DoubleStorage": "<f8",
    "LongStorage": "<i8",
}


class _Storage(NamedTuple):
    key: str
    dtype: str


class _Tensor(NamedTuple):
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def build(self, numbers: npt.NDArray) -> npt.NDArray:
        end = (
            self.offset
            + 1
            + sum(
                (size - 1) * stride for size, stride in zip(self.shape, self.strides, strict=True)
            )
        )
        if min(self.shape, default=1) < 1 or min((self.offset, *self.strides)) < 0:
            raise WeightsError(f"the file holds a tensor of shape {self.shape}")
        if end > len(numbers):
            raise WeightsError("the file ends inside of a tensor: it is cut off or damaged")
        strides = [stride * numbers.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(numbers[self.offset :], self.shape, strides).copy()


class _Unpickler(pickle.Unpickler):
    """Resolves the names of `allowed` and no other."""

    def __init__(self, file: IO[bytes], allowed: Mapping[str, Any]) -> None:
        super().__init__(file)
        self._allowed = allowed
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._allowed[f"{module}.{name}"]
        except KeyError:
            raise WeightsError(
                f"the file asks for {module}.{name}, which weights do not need; reading stopped"
            ) from None

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key = pid[:3]
        if kind != "storage" or dtype not in _STORAGES.values():
            raise WeightsError(f"the file refers to {pid!r}, where a storage of numbers belongs")
        return self.storages.setdefault(key, _Storage(key, dtype))


def read_numpy_pickle(file: IO[bytes]) -> Any:
    """A pickle of nested dictionaries of NumPy arrays of floats, as flax checkpoints are.

    Raises:
        WeightsError: It holds anything else.
    """

    def dtype(name: str, *flags: bool) -> np.dtype:
        if name not in ("f2", "f4", "f8"):
            raise WeightsError(f"the file holds an array of {name!r}, where floats belong")
        return np.dtype(name, *flags)

    def array(*_: Any) -> npt.NDArray:
        return np.empty(0, np.float32)

    allowed: dict[str, Any] = {"numpy.dtype": dtype, "numpy.ndarray": None}
    for module in ("numpy.core.multiarray", "numpy._core.multiarray"):
        allowed[f"{module}._reconstruct"] = array
    return _load(_Unpickler(file, allowed))


def read_torch(file: IO[bytes], wanted: Callable[[str], bool]) -> dict[str, npt.NDArray]:
    """The tensors of a `state_dict` saved by `torch.save`, in either of its two formats.

    Args:
        file: An open file that can seek.
        wanted: Whether to read the tensor of this name; the others are skipped.

    Raises:
        WeightsError: It holds anything else.
    """
    if zipfile.is_zipfile(file):
        return _read_torch_zip(file, wanted)
    file.seek(0)
    if _load(_Unpickler(file, {})) != _TORCH_MAGIC:
        raise WeightsError("the file is not one of torch.save")
    _load(_Unpickler(file, {}))  # protocol version
    _load(_Unpickler(file, {}))  # sizes of C types
    tensors, storages = _state_dict(file, wanted)
    keys = _load(_Unpickler(file, {}))
    used = {tensor.storage.key for tensor in tensors.values()}
    numbers = {}
    for key in keys:
        dtype = np.dtype(storages[key].dtype)
        length = int.from_bytes(file.read(8), "little") * dtype.itemsize
        if key in used:
            data = file.read(length)
            numbers[key] = np.frombuffer(
                data[: len(data) // dtype.itemsize * dtype.itemsize], dtype
            )
        else:
            file.seek(length, 1)
    return {name: tensor.build(numbers[tensor.storage.key]) for name, tensor in tensors.items()}


def _read_torch_zip(file: IO[bytes], wanted: Callable[[str], bool]) -> dict[str, npt.NDArray]:
    with zipfile.ZipFile(file) as archive:
        pickles = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise WeightsError("the file is a zip archive, but not one of torch.save")
        with archive.open(pickles[0]) as data:
            tensors, _ = _state_dict(data, wanted)
        folder = pickles[0].removesuffix(".pkl")
        return {
            name: tensor.build(
                np.frombuffer(archive.read(f"{folder}/{tensor.storage.key}"), tensor.storage.dtype)
            )
            for name, tensor in tensors.items()
        }


def _state_dict(
    file: IO[bytes], wanted: Callable[[str], bool]
) -> tuple[dict[str, _Tensor], dict[str, _Storage]]:
    def tensor(
        storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
    ) -> _Tensor:
        return _Tensor(storage, offset, tuple(shape), tuple(strides))

    def parameter(data: _Tensor, *_: Any) -> _Tensor:
        return data

    allowed: dict[str, Any] = {
        "collections.OrderedDict": collections.OrderedDict,
        "torch._utils._rebuild_tensor": tensor,
        "torch._utils._rebuild_tensor_v2": tensor,
        "torch._utils._rebuild_parameter": parameter,
        **{f"torch.{name}": dtype for name, dtype in _STORAGES.items()},
    }
    unpickler = _Unpickler(file, allowed)
    state = _load(unpickler)
    if not isinstance(state, dict):
        raise WeightsError("the file holds something other than a dictionary of tensors")
    tensors = {
        name: value
        for name, value in state.items()
        if isinstance(name, str) and isinstance(value, _Tensor) and wanted(name)
    }
    return tensors, unpickler.storages


def _load(unpickler: _Unpickler) -> Any:
    try:
        return unpickler.load()
    except WeightsError:
        raise
    except Exception as error:
        # A broken pickle can raise nearly anything.
        raise WeightsError(f"the file cannot be read as weights ({error})") from error
