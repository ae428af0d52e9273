"""A generator's fused computation for the CPU."""

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.inference.cpu.blocks import (
    Layout,
    PlainBlock,
    PlainLayout,
    Weights,
    WinogradBlock,
    convolutions_of,
    convolved,
    weights_of,
)
from keras_dgggan.inference.cpu.pixel_order import Grid
from keras_dgggan.inference.cpu.tail import NearestTail, ShuffleTail
from keras_dgggan.inference.kernels import gate_of
from keras_dgggan.layers import SqueezeExcitation
from keras_dgggan.networks import Generator

# With fewer channels the transforms cost what the products save.
_LEAST_FILTERS = 32


# Kernel and bias of the two dense layers of squeeze-and-excitation.
Gate = tuple[Weights, Weights]


class FusedGenerator:
    """A `Generator` in fewer operations: the same function, to float rounding.

    Convolutions of blocks with many channels go by Winograd's algorithm, enlargements with the
    convolutions after them are sub-pixel convolutions, successive linear maps are one, and what
    is not asked for is not computed. The weights are those at the time of the call; methods are
    to be traced by `tf.function`.

    Args:
        generator: A `Generator`. Its dtype policy does not matter: the weights are float32.
        precision: `"float32"`, or `"bfloat16"`: the blocks' convolutions are plain ones of
            16 bits, with about three digits; what the blocks add up and all else is in float32.
        winograd: Whether the blocks' convolutions go by Winograd's algorithm, for one image at a
            time; by plain ones a batch may have any number. None takes it where it is faster.

    Examples:
        >>> from keras_dgggan.networks import Generator
        >>> fused = FusedGenerator(Generator(filters=4, blocks=2))
        >>> fused(tf.zeros([1, 24, 32, 3]), ("image",))["image"].shape
        TensorShape([1, 96, 128, 3])
    """

    def __init__(
        self, generator: Generator, precision: str = "float32", *, winograd: bool | None = None
    ) -> None:
        self.generator = generator
        self._dtype = tf.as_dtype(precision)
        self.branches = ["image", "gradient"] if generator.gradient_branch else ["image"]
        # Its transforms would lose the few digits of 16 bits.
        fitting = precision == "float32" and generator.filters >= _LEAST_FILTERS
        self._by_winograd = fitting if winograd is None else winograd
        numbers = range(1, generator.blocks + 1)
        fused = WinogradBlock if self._by_winograd else PlainBlock
        self._blocks: dict[str, list[PlainBlock | WinogradBlock]] = {}
        self._gates: dict[str, list[Gate | None]] = {}
        for branch in self.branches:
            blocks = [generator.get_layer(f"{branch}_block_{i}") for i in numbers]
            self._blocks[branch] = [fused(block) for block in blocks]
            self._gates[branch] = [_gate(block.squeeze_excitation) for block in blocks]
        self._convolutions = convolutions_of(generator)
        tail = NearestTail if generator.upsampler == "nearest" else ShuffleTail
        self._tail = tail(generator)

    def __call__(self, images: tf.Tensor, names: tuple[str, ...]) -> dict[str, tf.Tensor]:
        """The outputs of these names for float32 `[batch, height, width, 3]`.

        With Winograd's algorithm the batch is 1.
        """
        layout = self._layout(images)
        heads = self.heads(images)
        features = {branch: layout.enter(head) for branch, head in heads.items()}
        for i in range(1, self.generator.blocks + 1):
            for branch in self.branches:
                features[branch] = self._block(branch, i, features[branch], layout)
            if self.passes_at(i):
                features["gradient"] = self._passed(i, features, layout)
        last = {branch: layout.leave(x) for branch, x in features.items()}
        return self._closed(images, heads, last, names)

    @property
    def features_of_many(self) -> bool:
        """Whether `features_at` takes several areas at once."""
        return not self._by_winograd

    def _layout(self, x: tf.Tensor) -> Layout:
        """How features of an image of this size lie in memory."""
        if not self._by_winograd:
            return PlainLayout()
        return Grid(tf.shape(x)[1], tf.shape(x)[2])

    def passes_at(self, i: int) -> bool:
        """Whether a gradient map is passed after block i, counted from 1."""
        return self.generator.gradient_branch and i % self.generator.gradient_every == 0

    def heads(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """The features before the first blocks, by branch: `[1, height, width, filters]`."""
        heads = {"image": convolved(images, self._convolutions["image_head"])}
        if self.generator.gradient_branch:
            epsilon = self.generator.get_layer("lr_gradient").epsilon
            gradient = PlainLayout().image_gradient(images, epsilon)
            heads["gradient"] = convolved(gradient, self._convolutions["gradient_head"])
        return heads

    def features_at(
        self, branch: str, i: int, rows: tf.Tensor, size: tf.Tensor, areas: tf.Tensor
    ) -> tf.Tensor:
        """What block i adds to areas of its input, before SE's gate.

        Args:
            branch: Name of the branch.
            i: Number of the block, from 1.
            rows: `[height * width + 2, filters]`: of a `FeatureMap`.
            size: Height and width of the image.
            areas: Of equal size: `[areas, 4]`, top, bottom, left and right of each.

        Returns:
            `[areas, bottom - top, right - left, filters]`.
        """
        features = self._blocks[branch][i - 1].at(rows, size, areas, self._dtype)
        return tf.cast(features, tf.float32)

    def gate(self, branch: str, i: int, means: tf.Tensor) -> tf.Tensor | None:
        """SE's gate `[1, filters]` of block i from the means over the image; None without SE."""
        gate = self._gates[branch][i - 1]
        if gate is None:
            return None
        (squeeze, offset), (excite, bias) = gate
        hidden = tf.nn.relu(tf.matmul(means, squeeze) + offset)
        return tf.sigmoid(tf.matmul(hidden, excite) + bias)

    def gate_on_host(self, branch: str, i: int, means: npt.NDArray) -> npt.NDArray | None:
        """`gate` in NumPy, `[filters]`: a call of TensorFlow takes longer than so little work."""
        gate = self._gates[branch][i - 1]
        return None if gate is None else gate_of(means, *gate)

    def passed(self, i: int, image: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
        """The gradient branch's features with the gradient map passed after block i."""
        return self._passed(i, {"image": image, "gradient": gradient}, PlainLayout())

    def tail(
        self, images: tf.Tensor, last: dict[str, tf.Tensor], names: tuple[str, ...]
    ) -> dict[str, tf.Tensor]:
        """The outputs of these names from the features after the last blocks."""
        return self._closed(images, self.heads(images), last, names)

    def _block(self, branch: str, i: int, x: tf.Tensor, layout: Layout) -> tf.Tensor:
        features = self._blocks[branch][i - 1](tf.cast(x, self._dtype), layout)
        features = tf.cast(features, tf.float32)
        gate = self.gate(branch, i, layout.mean(features)) if self._gates[branch][i - 1] else None
        if gate is not None:
            # Rows of pixels belong to one image; each image of a batch has its own gate.
            features *= gate if features.shape.rank == 2 else gate[:, None, None]
        return x + features

    def _passed(self, i: int, features: dict[str, tf.Tensor], layout: Layout) -> tf.Tensor:
        epsilon = self.generator.get_layer(f"feature_gradient_{i}").epsilon
        gradient_map = layout.image_gradient(features["image"], epsilon)
        kernel, bias = self._convolutions[f"pass_{i}_fusion"]
        own, of_map = np.split(kernel[0, 0], 2)
        summed = _product(features["gradient"], own) + _product(gradient_map, of_map)
        return tf.nn.bias_add(summed, bias)

    def _closed(
        self,
        images: tf.Tensor,
        heads: dict[str, tf.Tensor],
        last: dict[str, tf.Tensor],
        names: tuple[str, ...],
    ) -> dict[str, tf.Tensor]:
        features = {
            branch: heads[branch] + convolved(x, self._convolutions[f"{branch}_trunk"])
            for branch, x in last.items()
        }
        return self._tail(images, features, names)


def _gate(excitation: SqueezeExcitation | None) -> Gate | None:
    """Kernel and bias of the two dense layers of an SE block; None where there is none."""
    if excitation is None:
        return None
    return weights_of(excitation.squeeze), weights_of(excitation.excite)


def _product(x: tf.Tensor, kernel: npt.NDArray) -> tf.Tensor:
    """A 1x1 convolution without bias, in any layout."""
    if x.shape.rank == 2:
        return tf.matmul(x, kernel)
    return tf.nn.conv2d(x, kernel[None, None], 1, "SAME")
