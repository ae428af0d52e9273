"""Tensors from files of PyTorch and checkpoints of TensorFlow, as numpy arrays."""

import json
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import UsageError, WeightsError

State = dict[str, npt.NDArray]

_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8"}
_OF_TORCH = (".pth", ".pth.tar", ".pt")
# What training code wraps the tensors in; the average is what the authors mean to be used.
_WRAPPERS = ("params_ema", "params", "state_dict")
_PARALLEL = "module."


def read_state(path: str | os.PathLike[str]) -> State:
    """Read the tensors of a network.

    Args:
        path: A `.safetensors` file; a `.pth`, `.pth.tar` or `.pt` file, for which PyTorch must be
            installed (it is loaded with `weights_only=True`: no code in the file runs); or the
            `.index` file of a TensorFlow checkpoint, with its data beside it.

    Returns:
        Arrays by name, float32 (a count of batches stays an integer).

    Raises:
        UsageError: There is no such file, its ending is another, or PyTorch is missing.
        WeightsError: It cannot be read.

    Example:
        >>> read_state("RealESRGAN_x4plus.pth")["conv_first.weight"].shape
        (64, 3, 3, 3)
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
    if state and all(name.startswith(_PARALLEL) for name in state):
        state = {name.removeprefix(_PARALLEL): value for name, value in state.items()}
    return {
        name: value if value.dtype.kind == "i" else value.astype(np.float32)
        for name, value in state.items()
    }


def _read_safetensors(path: Path) -> State:
    data = path.read_bytes()
    try:
        (length,) = struct.unpack_from("<Q", data)
        header = json.loads(data[8 : 8 + length])
        header.pop("__metadata__", None)
        return {name: _tensor(data, 8 + length, entry) for name, entry in header.items()}
    except (struct.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"'{path}' is not a whole .safetensors file: {error}") from error


def _tensor(data: bytes, start: int, entry: dict[str, Any]) -> npt.NDArray:
    kind = entry["dtype"]
    if kind not in _DTYPES:
        raise ValueError(f"a tensor of type {kind}")
    first, end = entry["data_offsets"]
    if not 0 <= first <= end <= len(data) - start:
        raise ValueError("it ends early")
    array = np.frombuffer(data[start + first : start + end], _DTYPES[kind])
    if kind == "BF16":
        # The upper half of a float32.
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return array.reshape(entry["shape"])


def _read_torch(path: Path) -> State:
    try:
        import torch
    except ImportError as error:
        raise UsageError(
            f"reading '{path}' needs PyTorch: install keras-dgggan[torch], or convert the file to "
            ".safetensors"
        ) from error
    import pickle

    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise WeightsError(f"cannot read weights from '{path}': {reason}") from error
    for wrapper in _WRAPPERS:
        if isinstance(loaded, dict) and isinstance(loaded.get(wrapper), dict):
            loaded = loaded[wrapper]
            break
    if not isinstance(loaded, dict) or not loaded:
        raise WeightsError(f"'{path}' holds no tensors by name")
    others = [name for name, value in loaded.items() if not isinstance(value, torch.Tensor)]
    if others:
        raise WeightsError(f"'{path}' holds {others[0]!r}, which is not a tensor")
    return {
        name: (value if value.dtype == torch.int64 else value.float()).numpy()
        for name, value in loaded.items()
    }


def _read_checkpoint(path: Path) -> State:
    import tensorflow as tf

    try:
        reader = tf.train.load_checkpoint(str(path.with_suffix("")))
        return {
            name: np.asarray(reader.get_tensor(name)) for name in reader.get_variable_to_shape_map()
        }
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        raise WeightsError(
            f"cannot read the TensorFlow checkpoint '{path}': {str(error).splitlines()[0]}"
        ) from error
