"""Reading of tensors from PyTorch files, safetensors and TensorFlow checkpoints."""

import json
import os
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import UsageError, WeightsError, first_line
from keras_dgggan.pickles import Tensor, read_torch_tensors

State = dict[str, npt.NDArray]

_DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "BOOL": "|b1",
    "U8": "<u1",
}
_OF_TORCH = (".pth", ".pth.tar", ".pt", ".ckpt", ".bin")
# What training code calls the tensors of the network that is wanted, the best first: the average
# of its weights is what its authors mean to be used.
_WRAPPERS = (
    "params_ema",
    "params-ema",
    "g_ema",
    "ema",
    "netG_ema",
    "generator_ema",
    "params",
    "state_dict",
    "model_state_dict",
    "model",
    "net",
    "netG",
    "net_g",
    "generator",
    "gen",
    "G",
    "g",
    "weights",
)
_PARALLEL = "module."
# The longest header that its specification allows.
_LONGEST_HEADER = 100_000_000


def read_state(path: str | os.PathLike[str]) -> State:
    """Read the tensors of a network.

    Args:
        path: A `.safetensors` file; a `.pth`, `.pth.tar`, `.pt`, `.ckpt` or `.bin` file that
            PyTorch saved (it is read without PyTorch, and no code in it runs); or the `.index` file
            of a TensorFlow checkpoint, with its data beside it. Where a training checkpoint holds
            several networks, the average of the generator is preferred, then the generator.

    Returns:
        Arrays by name, float32 (a count of batches stays an integer).

    Raises:
        UsageError: There is no such file, or its ending is another.
        WeightsError: It cannot be read, or holds NaN, infinite or complex numbers.

    Examples:
        >>> np.savez("weights.npz", a=np.zeros(3))
        >>> read_state("weights.npz")
        Traceback (most recent call last):
        keras_dgggan.errors.UsageError: weights are read from .pth, .pth.tar, .pt, .ckpt, .bin, \
.safetensors and .index. Received: 'weights.npz'
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError(f"no weights file '{path}'")
    if path.suffix == ".safetensors":
        state = _read_safetensors(path)
    elif path.name.endswith(_OF_TORCH):
        state = _read_torch(path)
    elif path.suffix == ".index":
        state = _read_checkpoint(path)
    else:
        endings = ", ".join(_OF_TORCH)
        raise UsageError(
            f"weights are read from {endings}, .safetensors and .index. Received: '{path}'"
        )
    if not state:
        raise WeightsError(f"'{path}' holds no tensors")
    if all(name.startswith(_PARALLEL) for name in state):
        state = {name.removeprefix(_PARALLEL): value for name, value in state.items()}
    return {name: _float(name, value, path) for name, value in state.items()}


def _float(name: str, value: npt.NDArray, path: Path) -> npt.NDArray:
    if value.dtype.kind in "iub":
        return value
    if value.dtype.kind != "f":
        raise WeightsError(
            f"the tensor {name!r} in '{path}' holds {value.dtype} numbers; real ones are wanted"
        )
    if not np.isfinite(value).all():
        wrong = "NaN" if np.isnan(value).any() else "infinite"
        raise WeightsError(
            f"the tensor {name!r} in '{path}' holds {wrong} numbers: the training that wrote "
            "it went wrong, or the file is damaged"
        )
    with np.errstate(over="ignore"):
        single = value.astype(np.float32)
    if not np.isfinite(single).all():
        raise WeightsError(
            f"the tensor {name!r} in '{path}' holds numbers that are too large for float32"
        )
    return single


def _read_safetensors(path: Path) -> State:
    data = path.read_bytes()
    try:
        (length,) = struct.unpack_from("<Q", data)
        if length > min(len(data) - 8, _LONGEST_HEADER):
            raise ValueError("its header is longer than the file")
        header = json.loads(data[8 : 8 + length])
        if not isinstance(header, dict):
            raise ValueError("its header is no mapping of names")
        header.pop("__metadata__", None)
        return {name: _tensor(data, 8 + length, name, entry) for name, entry in header.items()}
    except (struct.error, ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        raise WeightsError(f"'{path}' is not a whole .safetensors file: {reason}") from error


def _tensor(data: bytes, start: int, name: str, entry: object) -> npt.NDArray:
    if not isinstance(entry, dict):
        raise ValueError(f"the entry of {name!r} is no mapping")
    kind, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(kind, str) or kind not in _DTYPES:
        raise ValueError(f"the tensor {name!r} is of type {kind!r}")
    numbers = [*shape, *offsets]
    if not all(type(number) is int and number >= 0 for number in numbers) or len(offsets) != 2:
        raise ValueError(f"the tensor {name!r} has the shape {shape} and the place {offsets}")
    first, end = offsets
    if not first <= end <= len(data) - start:
        raise ValueError(f"it ends inside of the tensor {name!r}")
    array = np.frombuffer(data[start + first : start + end], _DTYPES[kind])
    if kind == "BF16":
        # The upper half of a float32.
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return array.reshape(shape)


def _read_torch(path: Path) -> State:
    try:
        with path.open("rb") as file:
            return read_torch_tensors(file, _chosen)
    except (WeightsError, OSError) as error:
        raise WeightsError(f"cannot read weights from '{path}': {error}") from error


def _chosen(saved: object) -> dict[str, Tensor]:
    """The generator's tensors among everything that a training checkpoint holds."""
    for _ in range(3):
        inner = _unwrapped(saved)
        if inner is None:
            break
        saved = inner
    if not isinstance(saved, dict) or not saved:
        raise WeightsError("it holds no tensors by name")
    others = [name for name, value in saved.items() if not isinstance(value, Tensor)]
    if others:
        raise WeightsError(f"it holds {others[0]!r}, which is not a tensor")
    return {str(name): value for name, value in saved.items()}


def _unwrapped(saved: object) -> dict[object, object] | None:
    if not isinstance(saved, dict):
        return None
    inner = {name: value for name, value in saved.items() if isinstance(value, dict) and value}
    for name in _WRAPPERS:
        if name in inner:
            return inner[name]
    if any(isinstance(value, Tensor) for value in saved.values()):
        return None
    networks = [
        name
        for name, value in inner.items()
        if all(isinstance(tensor, Tensor) for tensor in value.values())
    ]
    if len(networks) > 1:
        raise WeightsError(
            f"it holds several networks, {', '.join(map(repr, networks))}, and none by a name that "
            f"is known ({', '.join(_WRAPPERS)})"
        )
    return inner[networks[0]] if networks else None


def _read_checkpoint(path: Path) -> State:
    import tensorflow as tf

    try:
        reader = tf.train.load_checkpoint(str(path.with_suffix("")))
        state = {
            name: np.asarray(reader.get_tensor(name)) for name in reader.get_variable_to_shape_map()
        }
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        raise WeightsError(
            f"cannot read the TensorFlow checkpoint '{path}': {first_line(error)}"
        ) from error
    return {name: value for name, value in state.items() if value.dtype.kind in "iubfc"}
