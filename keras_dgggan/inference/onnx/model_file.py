"""ONNX models as bytes, for graphs of a few kinds of values; NumPy only.

The official `onnx` package takes as long to import as the network takes for a small picture, and
27 MB: what is written here is one message of its format, by the rules of protobuf's encoding and
the field numbers of `onnx.proto`. The tests read it back by `onnx` and have it checked there.

Reference:
    https://github.com/onnx/onnx/blob/main/onnx/onnx.proto and
    https://protobuf.dev/programming-guides/encoding
"""

import struct

import numpy as np
import numpy.typing as npt

# 17 is what runtimes of 2022 and later read; IR version 8 came with it.
OPSET, IR_VERSION = 17, 8

# An axis is a number, or a name where its size is left open.
Shape = tuple[int | str, ...]

# Of an operator.
Attribute = int | float | str | list[int]

_TYPES = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}
_FLOAT = _TYPES[np.dtype(np.float32)]
# Of attributes: by the Python type of their value, or of the items of a list.
_ATTRIBUTES = {float: (2, 1), int: (3, 2), str: (4, 3)}
_INTEGERS = (8, 7)


class Graph:
    """A graph of ONNX operators, written node by node.

    Args:
        inputs: Shapes of its float32 inputs by name.

    Examples:
        >>> graph = Graph({"x": (1, 3, "height", "width")})
        >>> y = graph.add("Relu", "x")
        >>> len(graph.serialized({y: ("y", (1, 3, "height", "width"))})) > 50
        True
    """

    def __init__(self, inputs: dict[str, Shape]) -> None:
        self._inputs = inputs
        self._nodes: list[tuple[str, tuple[str, ...], str, dict[str, Attribute]]] = []
        self._constants: list[bytes] = []
        self._values = 0

    def add(self, operator: str, *inputs: str, **attributes: Attribute) -> str:
        """One operator; returns the name of its result.

        Args:
            operator: Its name in ONNX's default domain.
            inputs: Names of values.
            attributes: Numbers, strings, or lists of integers.
        """
        result = self._name()
        self._nodes.append((operator, inputs, result, attributes))
        return result

    def constant(self, values: npt.ArrayLike) -> str:
        """A float32 or int64 array that is part of the model; returns its name."""
        array = np.ascontiguousarray(values)
        if array.dtype != np.int64:
            array = array.astype(np.float32)
        name = self._name()
        dims = [_number(1, size) for size in array.shape]
        raw = array.astype(array.dtype.newbyteorder("<")).tobytes()
        kind = _number(2, _TYPES[array.dtype])
        self._constants.append(b"".join([*dims, kind, _bytes(8, name), _bytes(9, raw)]))
        return name

    def serialized(self, outputs: dict[str, tuple[str, Shape]]) -> bytes:
        """The model.

        Args:
            outputs: By the value's name in the graph, its public name and its shape.
        """
        public = {value: name for value, (name, _) in outputs.items()}
        graph = b"".join(
            [
                *(_bytes(1, _node(public, *node)) for node in self._nodes),
                _bytes(2, "keras_dgggan"),
                *(_bytes(5, constant) for constant in self._constants),
                *(_bytes(11, _declared(name, shape)) for name, shape in self._inputs.items()),
                *(_bytes(12, _declared(name, shape)) for name, shape in outputs.values()),
            ]
        )
        opset = _bytes(1, "") + _number(2, OPSET)
        return b"".join(
            [
                _number(1, IR_VERSION),
                _bytes(2, "keras_dgggan"),
                _bytes(7, graph),
                _bytes(8, opset),
            ]
        )

    def _name(self) -> str:
        self._values += 1
        return f"v{self._values}"


def _node(
    public: dict[str, str],
    operator: str,
    inputs: tuple[str, ...],
    result: str,
    attributes: dict[str, Attribute],
) -> bytes:
    return b"".join(
        [
            *(_bytes(1, public.get(name, name)) for name in inputs),
            _bytes(2, public.get(result, result)),
            _bytes(4, operator),
            *(_bytes(5, _attribute(name, value)) for name, value in attributes.items()),
        ]
    )


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, list):
        number, kind = _INTEGERS
        content = b"".join(_number(number, item) for item in value)
    else:
        number, kind = _ATTRIBUTES[type(value)]
        if isinstance(value, float):
            content = _varint(number << 3 | 5) + struct.pack("<f", value)
        else:
            content = _number(number, value) if isinstance(value, int) else _bytes(number, value)
    return _bytes(1, name) + content + _number(20, kind)


def _declared(name: str, shape: Shape) -> bytes:
    axes = [
        _bytes(1, _bytes(2, size) if isinstance(size, str) else _number(1, size)) for size in shape
    ]
    tensor = _number(1, _FLOAT) + _bytes(2, b"".join(axes))
    return _bytes(1, name) + _bytes(2, _bytes(1, tensor))


def _number(field: int, value: int) -> bytes:
    """A field of wire type 0; negative numbers as 64 bits."""
    return _varint(field << 3) + _varint(value % 2**64)


def _bytes(field: int, value: bytes | str) -> bytes:
    """A field of wire type 2: a string, bytes, or a message."""
    content = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    result = bytearray()
    while value > 127:
        result.append(value & 127 | 128)
        value >>= 7
    result.append(value)
    return bytes(result)


def as_onnx_kernel(kernel: npt.NDArray) -> npt.NDArray:
    """A kernel `[height, width, in, out]` in ONNX's order, `[out, in, height, width]`."""
    return kernel.transpose(3, 2, 0, 1)
