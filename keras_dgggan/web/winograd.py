"""A generator's convolutions in fewer multiplications, as WebAssembly has none to spare.

Winograd's minimal filtering, down the rows alone: each 4 rows of a result are computed from the
rows that they read, which are first mixed to as many independent ones. A 5x5 convolution is then
8 of 1x5, a 3x3 one 6 of 1x3, on features of a quarter of the height: 10 multiplications in place
of 25, 4.5 in place of 9. The result is the same, to float rounding.

Reference:
    https://arxiv.org/abs/1509.09308
"""

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from keras_dgggan.inference.onnx.parts import Parts
from keras_dgggan.pretrained.generator_weights import Weights

# Rows of a result that are computed together. More would need points at which rounding is coarse.
_ROWS = 4

# Where polynomials are evaluated, besides infinity; the first ones are taken.
_POINTS = [Fraction(p) for p in ("0", "1", "-1", "2", "-2", "1/2", "-1/2")]
# The mixed row that adds alike to all rows of the result.
_AT_ONE = 1


def minimal_filtering(outputs: int, taps: int) -> tuple[npt.NDArray, npt.NDArray, npt.NDArray]:
    """Matrices by which neighbouring outputs of a filter share multiplications.

    Args:
        outputs: How many are computed together.
        taps: The filter's length.

    Returns:
        `mix`, `spread` and `collect`, by which the outputs are
        `collect @ ((spread @ taps) * (mix @ inputs))`.

    Examples:
        >>> mix, spread, collect = minimal_filtering(4, 3)
        >>> filtered = collect @ ((spread @ [1, 2, 3]) * (mix @ [1, 0, 0, 2, 1, 1]))
        >>> filtered.round(6).tolist()
        [1.0, 6.0, 7.0, 7.0]
    """
    points = _POINTS[: outputs + taps - 2]
    mix, spread, collect = [], [], []
    for i, point in enumerate(points):
        others = points[:i] + points[i + 1 :]
        scale = math.prod([point - other for other in others])
        mix.append([*_polynomial(others), Fraction(0)])
        spread.append([point**k / scale for k in range(taps)])
        collect.append([point**k for k in range(outputs)])
    mix.append(_polynomial(points))
    for rows, length in ((spread, taps), (collect, outputs)):
        rows.append([Fraction(int(k == length - 1)) for k in range(length)])
    return np.array(mix, float), np.array(spread, float), np.array(collect, float).T


def _polynomial(roots: list[Fraction]) -> list[Fraction]:
    """Coefficients from the lowest on."""
    result = [Fraction(1)]
    for root in roots:
        shifted, scaled = [Fraction(0), *result], [*result, Fraction(0)]
        result = [a - root * b for a, b in zip(shifted, scaled, strict=True)]
    return result


class WinogradParts(Parts):
    """The parts of a generator, with minimal filtering in the blocks."""

    def _convolved(self, x: str, weights: Weights) -> str:
        kernel, bias = weights
        taps, _, inputs, outputs = kernel.shape
        mix, spread, collect = minimal_filtering(_ROWS, taps)
        mixed, pad, add, constant = len(mix), (taps - 1) // 2, self._graph.add, self._graph.constant
        # Channel by channel, the rows of each kind: one for every 4 of the result.
        rows = add(
            "Conv",
            self._reshaped(x, inputs, 1, 0, 0),
            constant(mix[:, None, :, None]),
            kernel_shape=[mixed, 1],
            strides=[_ROWS, 1],
            pads=[pad, 0, pad + _ROWS - 1, 0],
        )
        # Kind by kind, convolved along the width by kernels of its own.
        rows = self._reshaped(self._swapped(rows), 1, mixed * inputs, 0, 0)
        # Runtimes multiply constants when they load the model, which stays smaller by it.
        taps_first = kernel.transpose(0, 3, 2, 1).reshape(taps, -1)
        kernels = add("MatMul", constant(spread), constant(taps_first))
        biases = np.zeros((mixed, outputs))
        biases[_AT_ONE] = bias
        rows = add(
            "Conv",
            rows,
            self._reshaped(kernels, mixed * outputs, inputs, 1, taps),
            constant(biases.ravel()),
            kernel_shape=[1, taps],
            pads=[0, pad, 0, pad],
            group=mixed,
        )
        # Channel by channel again, the rows of the result.
        rows = self._swapped(self._reshaped(rows, mixed, outputs, 0, 0))
        rows = add("Conv", rows, constant(collect[:, :, None, None]), kernel_shape=[1, 1])
        rows = add("Transpose", self._activated(rows), perm=[0, 2, 1, 3])
        return self._first_rows(self._reshaped(rows, 1, outputs, -1, 0), x)

    def _reshaped(self, x: str, *shape: int) -> str:
        """The values in another shape; 0 keeps an axis, -1 is what remains."""
        return self._graph.add("Reshape", x, self._graph.constant(np.array(shape, np.int64)))

    def _swapped(self, x: str) -> str:
        return self._graph.add("Transpose", x, perm=[1, 0, 2, 3])

    def _first_rows(self, x: str, like: str) -> str:
        """As many rows as another value has."""
        start, end, axes = (self._graph.constant(np.array([n], np.int64)) for n in (0, 3, 2))
        height = self._graph.add("Slice", self._graph.add("Shape", like), axes, end)
        return self._graph.add("Slice", x, start, height, axes)
