"""What models need for an image, about: the sizes of tiles go by it."""

import math
from typing import Any

from keras_dgggan.networks.complexity import layers_and_shapes


def bytes_per_pixel(model: Any, *, tail_share: int) -> int:
    """What a generator's widest step holds for an LR pixel, about, in float32.

    In the trunk that is 12 times the filters. The nearest tail holds, at HR size, both branches,
    their concatenation and a convolution's input and output; of it a tile has `1 / tail_share`.
    """
    enlarged = model.scale**2 if model.upsampler == "nearest" else 0
    return 4 * model.filters * max(12, 6 * enlarged // tail_share)


def widest_bytes(model: Any) -> int:
    """What the widest layer of any network holds for an LR pixel, about, in float32.

    That is its input and output, and one more for what the convolution works with.
    """
    side = 8
    widest = max(
        sum(math.prod(shape) for shape in inputs)
        for _, inputs in layers_and_shapes(model, (1, side, side, 3))
    )
    return 3 * 4 * widest // side**2
