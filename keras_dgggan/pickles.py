"""Arrays from pickles of PyTorch and NumPy, read without running what else they may say.

A pickle is a program. The unpicklers here resolve only the handful of names that arrays of numbers
are made of, and to harmless stand-ins. Any other name is an error, or (in training checkpoints,
which hold more than weights) an object that does nothing.
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
_BFLOAT16 = "bfloat16"
_STORAGES = {
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "DoubleStorage": "<f8",
    "BFloat16Storage": _BFLOAT16,
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "|b1",
    "ComplexFloatStorage": "<c8",
    "ComplexDoubleStorage": "<c16",
}


class _Storage(NamedTuple):
    key: str
    dtype: str

    @property
    def itemsize(self) -> int:
        return 2 if self.dtype == _BFLOAT16 else np.dtype(self.dtype).itemsize

    def numbers(self, data: bytes) -> npt.NDArray:
        """Its numbers; what is cut off in the middle of one is left out."""
        data = data[: len(data) // self.itemsize * self.itemsize]
        if self.dtype == _BFLOAT16:
            # The upper half of a float32.
            return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
        return np.frombuffer(data, self.dtype)


class Tensor(NamedTuple):
    """A tensor of a PyTorch file, not read yet."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def build(self, numbers: npt.NDArray) -> npt.NDArray:
        if min(self.shape, default=1) < 0 or min((self.offset, *self.strides)) < 0:
            raise WeightsError(f"the file holds a tensor of shape {self.shape}")
        if 0 in self.shape:
            return np.empty(self.shape, numbers.dtype)
        spans = ((n - 1) * stride for n, stride in zip(self.shape, self.strides, strict=True))
        if self.offset + 1 + sum(spans) > len(numbers):
            raise WeightsError("the file ends inside of a tensor: it is cut off or damaged")
        strides = [stride * numbers.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(numbers[self.offset :], self.shape, strides).copy()


class _Ignored:
    """Stands for an object of a class that weights do not need: takes everything, does nothing."""

    def __new__(cls, *_: object, **__: object) -> "_Ignored":
        return object.__new__(cls)

    def __init__(self, *_: object, **__: object) -> None: ...

    def __call__(self, *_: object, **__: object) -> "_Ignored":
        return self

    def __setstate__(self, _: object) -> None: ...

    def __setitem__(self, _: object, __: object) -> None: ...

    def __hash__(self) -> int:
        return id(self)

    def append(self, _: object) -> None: ...

    def extend(self, _: object) -> None: ...

    def add(self, _: object) -> None: ...


class _Unpickler(pickle.Unpickler):
    """Resolves the names of `allowed`; of others it makes an error, or ignored objects."""

    def __init__(
        self, file: IO[bytes], allowed: Mapping[str, Any], *, ignore: bool = False
    ) -> None:
        super().__init__(file)
        self._allowed = allowed
        self._ignore = ignore
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        known = self._allowed.get(f"{module}.{name}")
        if known is not None or f"{module}.{name}" in self._allowed:
            return known
        if self._ignore:
            return _Ignored
        raise WeightsError(
            f"the file asks for {module}.{name}, which weights do not need; reading stopped"
        )

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

    def array(*_: object) -> npt.NDArray:
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

    def choose(state: Any) -> dict[str, Tensor]:
        if not isinstance(state, dict):
            raise WeightsError("the file holds something other than a dictionary of tensors")
        return {
            name: value
            for name, value in state.items()
            if isinstance(name, str) and isinstance(value, Tensor) and wanted(name)
        }

    return read_torch_tensors(file, choose, ignore=False)


def read_torch_tensors(
    file: IO[bytes], choose: Callable[[Any], dict[str, Tensor]], *, ignore: bool = True
) -> dict[str, npt.NDArray]:
    """The tensors that are chosen from whatever `torch.save` wrote, in either of its two formats.

    Args:
        file: An open file that can seek.
        choose: From what was saved, with a `Tensor` for each tensor, to those to read.
        ignore: Whether objects of other classes are passed over; otherwise they are errors.

    Raises:
        WeightsError: The file was not written by `torch.save`, or is damaged.
    """
    if zipfile.is_zipfile(file):
        return _read_zip(file, choose, ignore)
    file.seek(0)
    if _load(_Unpickler(file, {})) != _TORCH_MAGIC:
        raise WeightsError("the file is not one of torch.save")
    _load(_Unpickler(file, {}))  # protocol version
    _load(_Unpickler(file, {}))  # sizes of C types
    saved, storages = _unpickled(file, ignore)
    tensors = choose(saved)
    used = {tensor.storage.key for tensor in tensors.values()}
    numbers = {}
    for key in _load(_Unpickler(file, {})):
        storage = storages[key]
        length = int.from_bytes(file.read(8), "little") * storage.itemsize
        if key in used:
            numbers[key] = storage.numbers(file.read(length))
        else:
            file.seek(length, 1)
    return {name: tensor.build(numbers[tensor.storage.key]) for name, tensor in tensors.items()}


def _read_zip(
    file: IO[bytes], choose: Callable[[Any], dict[str, Tensor]], ignore: bool
) -> dict[str, npt.NDArray]:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            pickles = [name for name in names if name.endswith("/data.pkl")]
            if len(pickles) != 1:
                raise WeightsError("the file is a zip archive, but not one of torch.save")
            folder = pickles[0].removesuffix("data.pkl")
            order = f"{folder}byteorder"
            if order in names and archive.read(order) != b"little":
                raise WeightsError("the file was written on a machine of another byte order")
            with archive.open(pickles[0]) as data:
                tensors = choose(_unpickled(data, ignore)[0])
            return {
                name: tensor.build(
                    tensor.storage.numbers(archive.read(f"{folder}data/{tensor.storage.key}"))
                )
                for name, tensor in tensors.items()
            }
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError) as error:
        raise WeightsError(f"the file is cut off or damaged ({error})") from error


def _unpickled(file: IO[bytes], ignore: bool) -> tuple[Any, dict[str, _Storage]]:
    def tensor(
        storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
    ) -> Tensor:
        return Tensor(storage, offset, tuple(shape), tuple(strides))

    def parameter(data: Tensor, *_: object) -> Tensor:
        return data

    allowed: dict[str, Any] = {
        "collections.OrderedDict": collections.OrderedDict,
        "torch._utils._rebuild_tensor": tensor,
        "torch._utils._rebuild_tensor_v2": tensor,
        "torch._utils._rebuild_parameter": parameter,
        **{f"torch.{name}": dtype for name, dtype in _STORAGES.items()},
    }
    unpickler = _Unpickler(file, allowed, ignore=ignore)
    return _load(unpickler), unpickler.storages


def _load(unpickler: _Unpickler) -> Any:
    try:
        return unpickler.load()
    except WeightsError:
        raise
    except Exception as error:
        # A broken pickle can raise nearly anything.
        raise WeightsError(f"the file cannot be read as weights ({error})") from error
