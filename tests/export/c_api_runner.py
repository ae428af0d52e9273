"""Runs a SavedModel through TensorFlow's C API: the loader that TF Serving wraps, and no Python.

Nothing but ctypes and NumPy is imported here. A pickled request on standard input names the
library, the SavedModel's folder and the calls: tensors to feed by name, tensors to fetch by name.
A pickled list goes to standard output, for each call the fetched values or (code, message).
"""

import ctypes
import pickle
import sys
from ctypes import POINTER, c_char_p, c_int, c_int64, c_size_t, c_void_p
from typing import Any

import numpy as np

DTYPES = {1: np.float32, 3: np.int32, 4: np.uint8, 9: np.int64}
STRING = 7
TSTRING_BYTES = 24


class Output(ctypes.Structure):
    """TF_Output: one of the results of an operation."""

    _fields_ = [("operation", c_void_p), ("index", c_int)]


class CApi:
    """A session over a SavedModel."""

    def __init__(self, library: str, folder: str) -> None:
        self._tf = tf = ctypes.CDLL(library)
        for name, result, *arguments in [
            ("TF_NewStatus", c_void_p),
            ("TF_GetCode", c_int, c_void_p),
            ("TF_Message", c_char_p, c_void_p),
            ("TF_NewGraph", c_void_p),
            ("TF_NewSessionOptions", c_void_p),
            ("TF_LoadSessionFromSavedModel", c_void_p, c_void_p, c_void_p, c_char_p,
             POINTER(c_char_p), c_int, c_void_p, c_void_p, c_void_p),
            ("TF_GraphOperationByName", c_void_p, c_void_p, c_char_p),
            ("TF_AllocateTensor", c_void_p, c_int, POINTER(c_int64), c_int, c_size_t),
            ("TF_TensorData", c_void_p, c_void_p),
            ("TF_TensorByteSize", c_size_t, c_void_p),
            ("TF_TensorType", c_int, c_void_p),
            ("TF_NumDims", c_int, c_void_p),
            ("TF_Dim", c_int64, c_void_p, c_int),
            ("TF_DeleteTensor", None, c_void_p),
            ("TF_StringInit", None, c_void_p),
            ("TF_StringCopy", None, c_void_p, c_char_p, c_size_t),
            ("TF_StringGetDataPointer", c_void_p, c_void_p),
            ("TF_StringGetSize", c_size_t, c_void_p),
            ("TF_SessionRun", None, c_void_p, c_void_p, POINTER(Output), POINTER(c_void_p), c_int,
             POINTER(Output), POINTER(c_void_p), c_int, c_void_p, c_int, c_void_p, c_void_p),
        ]:  # fmt: skip
            function = getattr(tf, name)
            function.restype, function.argtypes = result, arguments
        self._status = tf.TF_NewStatus()
        self._graph = tf.TF_NewGraph()
        self._session = tf.TF_LoadSessionFromSavedModel(
            tf.TF_NewSessionOptions(), None, folder.encode(), (c_char_p * 1)(b"serve"), 1,
            self._graph, None, self._status,
        )  # fmt: skip
        if failure := self._failure():
            raise RuntimeError(f"{folder}: {failure}")

    def run(self, feeds: dict[str, Any], fetches: list[str]) -> list[Any] | tuple[int, str]:
        inputs = (Output * len(feeds))(*map(self._output, feeds))
        values = (c_void_p * len(feeds))(*map(self._to_tensor, feeds.values()))
        outputs = (Output * len(fetches))(*map(self._output, fetches))
        results = (c_void_p * len(fetches))()
        self._tf.TF_SessionRun(
            self._session, None, inputs, values, len(feeds), outputs, results, len(fetches),
            None, 0, None, self._status,
        )  # fmt: skip
        for value in values:
            self._tf.TF_DeleteTensor(value)
        return self._failure() or [self._from_tensor(result) for result in results]

    def _failure(self) -> tuple[int, str] | None:
        code = self._tf.TF_GetCode(self._status)
        return (code, self._tf.TF_Message(self._status).decode()) if code else None

    def _output(self, name: str) -> Output:
        operation, _, index = name.partition(":")
        return Output(self._tf.TF_GraphOperationByName(self._graph, operation.encode()), int(index))

    def _to_tensor(self, value: Any) -> int:
        if isinstance(value, list):
            size = TSTRING_BYTES * len(value)
            tensor = self._tf.TF_AllocateTensor(STRING, (c_int64 * 1)(len(value)), 1, size)
            start = self._tf.TF_TensorData(tensor)
            for index, item in enumerate(value):
                self._tf.TF_StringInit(start + TSTRING_BYTES * index)
                self._tf.TF_StringCopy(start + TSTRING_BYTES * index, item, len(item))
            return tensor
        number = next(key for key, dtype in DTYPES.items() if dtype == value.dtype)
        shape = (c_int64 * value.ndim)(*value.shape)
        tensor = self._tf.TF_AllocateTensor(number, shape, value.ndim, value.nbytes)
        ctypes.memmove(self._tf.TF_TensorData(tensor), value.tobytes(), value.nbytes)
        return tensor

    def _from_tensor(self, tensor: int) -> Any:
        tf = self._tf
        shape = [tf.TF_Dim(tensor, axis) for axis in range(tf.TF_NumDims(tensor))]
        start, number = tf.TF_TensorData(tensor), tf.TF_TensorType(tensor)
        value: Any
        if number == STRING:
            items = [start + TSTRING_BYTES * index for index in range(int(np.prod(shape)))]
            value = [
                ctypes.string_at(tf.TF_StringGetDataPointer(item), tf.TF_StringGetSize(item))
                for item in items
            ]
        else:
            raw = ctypes.string_at(start, tf.TF_TensorByteSize(tensor))
            value = np.frombuffer(raw, DTYPES[number]).reshape(shape)
        tf.TF_DeleteTensor(tensor)
        return value


def main() -> None:
    request = pickle.load(sys.stdin.buffer)
    api = CApi(request["library"], request["folder"])
    results = [api.run(feeds, fetches) for feeds, fetches in request["calls"]]
    if loaded := {"tensorflow", "keras", "keras_dgggan"} & set(sys.modules):
        raise RuntimeError(f"not only the C API was used: {sorted(loaded)}")
    pickle.dump(results, sys.stdout.buffer)


if __name__ == "__main__":
    main()
