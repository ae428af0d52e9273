"""Arrays to tensors and back, in both encodings, against TensorFlow's own."""

import numpy as np
import pytest
import tensorflow as tf

from keras_dgggan.errors import ServingError
from keras_dgggan.serving.protocol import TensorProto
from keras_dgggan.serving.tensors import from_tensor, to_tensor

DTYPES = [np.uint8, np.int32, np.int64, np.float32, np.float64]


def theirs(tensor):
    return type(tf.make_tensor_proto(0)).FromString(tensor.SerializeToString())


def ours(tensor):
    return TensorProto.FromString(tensor.SerializeToString())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4), (1, 0, 5)])
def test_tensorflow_reads_what_we_write_and_we_what_it_writes(dtype, shape, rng):
    array = rng.integers(0, 200, shape).astype(dtype)
    np.testing.assert_array_equal(tf.make_ndarray(theirs(to_tensor(array))), array, strict=True)
    received = from_tensor(ours(tf.make_tensor_proto(array)))
    np.testing.assert_array_equal(received, array, strict=True)


@pytest.mark.parametrize(
    ("dtype", "field"),
    [(np.uint8, "int_val"), (np.int32, "int_val"), (np.int64, "int64_val"),
     (np.float32, "float_val"), (np.float64, "double_val")],
)  # fmt: skip
def test_typed_fields_are_read_with_repeated_last_value(dtype, field):
    tensor = tf.make_tensor_proto(np.zeros([0], dtype))
    tensor.tensor_content = b""
    tensor.tensor_shape.CopyFrom(tf.TensorShape([2, 3]).as_proto())
    getattr(tensor, field).extend([5, 6, 7])
    expected = np.array([[5, 6, 7], [7, 7, 7]], dtype)
    np.testing.assert_array_equal(tf.make_ndarray(tensor), expected)
    np.testing.assert_array_equal(from_tensor(ours(tensor)), expected, strict=True)


def test_big_endian_and_strided_arrays_travel_in_order(rng):
    array = rng.random((4, 6)).astype(">f4")[::2, ::-1]
    np.testing.assert_array_equal(tf.make_ndarray(theirs(to_tensor(array))), array)


def test_byte_strings_travel_as_a_vector():
    values = [b"\x00\xff", b"", b"abc"]
    assert list(tf.make_ndarray(theirs(to_tensor(values)))) == values
    assert from_tensor(ours(tf.make_tensor_proto(values))) == values


def test_what_does_not_fit_its_shape_is_refused():
    tensor = to_tensor(np.zeros(4, np.float32))
    tensor.tensor_shape.dim[0].size = 5
    with pytest.raises(ServingError, match=r"4 values for a tensor of shape \[5\]"):
        from_tensor(tensor)
    with pytest.raises(ServingError, match="unknown tensor type 21"):
        from_tensor(TensorProto(dtype=21))
