"""Winograd's convolution in TensorFlow's operations: fewer multiplications than pixels x taps.

A tile of 4x4 results of a 5x5 convolution needs 400 multiplications for each pair of channels,
and 64 this way: the 8x8 inputs of the tile are transformed, multiplied one by one with the
transformed kernel, and transformed back. The one by one of all tiles and channels are 64 products
of matrices. The price is rounding: about five times that of the plain convolution in float32.

Reference:
    Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016.
"""

import numpy as np
import numpy.typing as npt
import tensorflow as tf

# Results of a tile along each axis, and taps of the kernel. Larger tiles need still fewer
# multiplications, but their rounding is a hundred times larger.
SIDE, TAPS = 4, 5
WINDOW = SIDE + TAPS - 1

# Where the polynomials are evaluated, beside infinity: small numbers round least.
_POINTS = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5)


def transforms() -> tuple[npt.NDArray, npt.NDArray, npt.NDArray]:
    """The matrices for results, kernels and inputs along one axis.

    Returns:
        `results` `[4, 8]`, `kernels` `[8, 5]` and `inputs` `[8, 8]`, float64, so that
        `results @ ((kernels @ g) * (inputs @ d))` is the convolution of d `[8]` with g `[5]`.

    Examples:
        >>> results, kernels, inputs = transforms()
        >>> results @ ((kernels @ np.ones(5)) * (inputs @ np.arange(8.0)))
        array([10., 15., 20., 25.])
    """
    inputs = np.linalg.inv(_evaluation(WINDOW)).T
    # Equal sizes of inputs and kernels, whose products are summed in float32.
    size = np.abs(inputs).max(axis=1, keepdims=True)
    return _evaluation(SIDE).T, _evaluation(TAPS) * size, inputs / size


def _evaluation(coefficients: int) -> npt.NDArray:
    """The values of polynomials at the points: `[8, coefficients]`."""
    finite = np.vander(_POINTS, coefficients, increasing=True)
    at_infinity = np.eye(coefficients)[-1:]
    return np.concatenate([finite, at_infinity])


class WinogradConvolution:
    """A 5x5 convolution with LeakyReLU, on rows in the order of a `Grid`.

    Args:
        kernel: `[5, 5, in, out]`.
        bias: `[out]`.
        negative_slope: Of LeakyReLU.
    """

    def __init__(self, kernel: npt.NDArray, bias: npt.NDArray, negative_slope: float) -> None:
        self.channels, self.filters = kernel.shape[2:]
        self.negative_slope = negative_slope
        results, kernels, inputs = transforms()
        taps = np.kron(kernels, kernels) @ kernel.reshape(TAPS**2, -1).astype(np.float64)
        products = taps.reshape(WINDOW**2, self.channels, self.filters)
        # One more product, of a row of ones, brings the bias.
        of_ones = np.broadcast_to(bias / self.channels, (1, *products.shape[1:]))
        self._kernel = _constant(np.concatenate([products, of_ones]))
        identity = np.ones((1, 1))
        self._inputs = _constant(_diagonal(np.kron(inputs, inputs), identity))
        every_result = np.ones((SIDE**2, 1))
        self._results = _constant(np.concatenate([np.kron(results, results), every_result], 1))
        self._zeros_and_ones = _constant(
            np.stack([np.zeros(self.channels), np.ones(self.channels)])
        )

    def source(self, rows: tf.Tensor) -> tf.Tensor:
        """What `tiles` gathers from: the rows, one of zeros, one of ones."""
        return tf.concat([rows, self._zeros_and_ones], axis=0)

    def tiles(self, source: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        """Results of some tiles.

        Args:
            source: Of all tiles.
            index: `[65, tiles]`: of a `Grid`.

        Returns:
            `[16 * tiles, out]`, in the order of the grid.
        """
        count = WINDOW**2 + 1
        windows = tf.reshape(tf.gather(source, index), [count, -1])
        transformed = tf.reshape(tf.matmul(self._inputs, windows), [count, -1, self.channels])
        products = tf.reshape(tf.matmul(transformed, self._kernel), [count, -1])
        results = tf.reshape(tf.matmul(self._results, products), [-1, self.filters])
        return tf.nn.leaky_relu(results, self.negative_slope)


def _diagonal(first: npt.NDArray, second: npt.NDArray) -> npt.NDArray:
    size = len(first) + len(second)
    result = np.zeros((size, size))
    result[: len(first), : len(first)] = first
    result[len(first) :, len(first) :] = second
    return result


def _constant(values: npt.NDArray) -> tf.Tensor:
    return tf.constant(values.astype(np.float32))
