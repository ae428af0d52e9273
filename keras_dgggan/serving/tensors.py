"""NumPy arrays as TF Serving's tensors and back."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from google.protobuf.message import Message

from keras_dgggan.errors import ServingError
from keras_dgggan.serving.protocol import TensorProto

# The numbers of TensorFlow's DataType.
FLOAT, DOUBLE, INT32, UINT8, STRING, INT64 = 1, 2, 3, 4, 7, 9
DTYPE_NAMES = {FLOAT: "float32", DOUBLE: "float64", INT32: "int32", UINT8: "uint8",
               STRING: "string", INT64: "int64"}  # fmt: skip
_NUMBERS = {name: number for number, name in DTYPE_NAMES.items()}

# Where a server writes typed fields instead of raw bytes.
_TYPED_FIELDS = {FLOAT: "float_val", DOUBLE: "double_val", INT32: "int_val", UINT8: "int_val",
                 INT64: "int64_val"}  # fmt: skip

# A reply may give one value for a whole tensor: more of them than this are no picture.
_MOST_REPEATED = 2**28


@dataclass(frozen=True)
class Spec:
    """The dtype and shape of one named tensor; a size of None may be any.

    Examples:
        >>> str(Spec("uint8", (None, None, None, 3)))
        'uint8 [?, ?, ?, 3]'
    """

    dtype: str
    shape: tuple[int | None, ...] | None

    def __str__(self) -> str:
        if self.shape is None:
            return self.dtype
        return f"{self.dtype} [{', '.join('?' if n is None else str(n) for n in self.shape)}]"


def to_tensor(value: np.ndarray | list[bytes]) -> Message:
    """Return a TensorProto of an array, or of a list of byte strings as a vector.

    Args:
        value: An array of uint8, int32, int64, float32 or float64, of any shape; or bytes.

    Examples:
        >>> int(to_tensor(np.zeros([1, 2, 2, 3], np.uint8)).dtype)
        4
    """
    if isinstance(value, list):
        tensor = TensorProto(dtype=STRING, string_val=value)
        shape: tuple[int, ...] = (len(value),)
    else:
        little_endian = value.astype(value.dtype.newbyteorder("<"), copy=False)
        tensor = TensorProto(
            dtype=_NUMBERS[value.dtype.name], tensor_content=little_endian.tobytes()
        )
        shape = value.shape
    for size in shape:
        tensor.tensor_shape.dim.add(size=size)
    return tensor


def declared(tensor: Any) -> Spec:
    """Return the dtype and shape that a TensorProto declares, without reading its values.

    Examples:
        >>> str(declared(to_tensor(np.zeros([2, 3], np.float32))))
        'float32 [2, 3]'
    """
    dtype = DTYPE_NAMES.get(tensor.dtype, f"dtype {tensor.dtype}")
    return Spec(dtype, tuple(dim.size for dim in tensor.tensor_shape.dim))


def from_tensor(tensor: Any) -> np.ndarray | list[bytes]:
    """Return the array of a TensorProto, in either of its encodings, or its list of bytes.

    A tensor holds its values as raw bytes (`tensor_content`) or in a typed field, where trailing
    values equal to the last one given may be left out.

    Raises:
        ServingError: The type is not one of `to_tensor`'s, or values and shape do not fit.

    Examples:
        >>> from_tensor(to_tensor(np.arange(3, dtype=np.int32)))
        array([0, 1, 2], dtype=int32)
    """
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    count = math.prod(shape)
    if min(shape, default=0) < 0:
        raise ServingError(f"the server answered with a tensor of the negative shape {shape}")
    if tensor.dtype not in DTYPE_NAMES:
        raise ServingError(f"the server answered with the unknown tensor type {tensor.dtype}")
    if tensor.dtype == STRING:
        if len(tensor.string_val) != count:
            raise _misfit(len(tensor.string_val), shape)
        return list(tensor.string_val)
    dtype = np.dtype(DTYPE_NAMES[tensor.dtype])
    if tensor.tensor_content:
        little_endian = dtype.newbyteorder("<")
        if len(tensor.tensor_content) != count * dtype.itemsize:
            raise _misfit(len(tensor.tensor_content) // dtype.itemsize, shape)
        flat = np.frombuffer(tensor.tensor_content, little_endian).astype(dtype, copy=False)
    else:
        flat = np.asarray(getattr(tensor, _TYPED_FIELDS[tensor.dtype]), dtype)
        if flat.size > count or (flat.size == 0 and count):
            raise _misfit(flat.size, shape)
        if count > max(flat.size, _MOST_REPEATED):
            raise _misfit(flat.size, shape)
        flat = np.pad(flat, (0, count - flat.size), mode="edge") if count else flat
    return flat.reshape(shape)


def _misfit(count: int, shape: list[int]) -> ServingError:
    return ServingError(f"the server answered with {count} values for a tensor of shape {shape}")
