"""From the features at the end of the trunk to the images: the tails of a generator."""

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.inference import kernels
from keras_dgggan.inference.cpu import subpixel
from keras_dgggan.inference.cpu.blocks import convolutions_of, convolved, weights_of
from keras_dgggan.layers import Upsampling
from keras_dgggan.networks import Generator


class ShuffleTail:
    """The tail of `upsampler="pixel_shuffle"`."""

    def __init__(self, generator: Generator) -> None:
        self._scale = generator.scale
        self._skip = generator.image_skip
        weights = convolutions_of(generator)
        self._fusion = weights.get("branch_fusion")
        self._pixels = {
            name: weights[f"{name}_pixels"]
            for name in ("image", "gradient_map")
            if f"{name}_pixels" in weights
        }

    def __call__(
        self, lr: tf.Tensor, features: dict[str, tf.Tensor], names: tuple[str, ...]
    ) -> dict[str, tf.Tensor]:
        """The outputs of these names; features by branch, `[1, height, width, filters]`."""
        outputs = {}
        if "gradient_map" in names:
            pixels = convolved(features["gradient"], self._pixels["gradient_map"])
            outputs["gradient_map"] = tf.nn.depth_to_space(pixels, self._scale)
        if "image" in names:
            image = features["image"]
            if self._fusion is not None:
                image = convolved(tf.concat([image, features["gradient"]], -1), self._fusion)
            pixels = convolved(image, self._pixels["image"])
            if self._skip:
                pixels += tf.tile(lr, [1, 1, 1, self._scale**2])
            outputs["image"] = tf.nn.depth_to_space(pixels, self._scale)
        return outputs


class NearestTail:
    """The tail of `upsampler="nearest"`, by sub-pixel convolutions.

    The last enlargement is not carried out: the convolutions that put out images read its blocks.
    The 1x1 fusion of the branches is part of the one that follows it.
    """

    def __init__(self, generator: Generator) -> None:
        self._slope = generator.negative_slope
        self._skip = generator.image_skip
        self._scale = generator.scale
        self._steps = {
            branch: _steps(generator.get_layer(f"{branch}_upsampling"))
            for branch in (["image", "gradient"] if generator.gradient_branch else ["image"])
        }
        self._factor = self._steps["image"][-1][0]
        weights = convolutions_of(generator)
        kernel, self._image_bias = weights["image"]
        fusion = weights.get("branch_fusion")
        self._image, self._of_bias = kernels.fused_output(kernel, fusion, self._factor)
        if generator.gradient_branch:
            map_kernel, self._map_bias = weights["gradient_map"]
            self._map = kernels.closing_kernel(map_kernel, self._factor)

    def __call__(
        self, lr: tf.Tensor, features: dict[str, tf.Tensor], names: tuple[str, ...]
    ) -> dict[str, tf.Tensor]:
        """The outputs of these names; features by branch, `[1, height, width, filters]`."""
        inside, blocks = None, {}
        for branch, x in features.items():
            if branch == "image" and "image" not in names:
                continue
            *before, (_, kernel, bias) = self._steps[branch]
            for factor, enlarging, offset in before:
                x = subpixel.blocks(x, enlarging, offset, self._slope)
                x = subpixel.from_blocks(x, factor)
            if inside is None:
                inside = subpixel.inside(tf.shape(x)[1], tf.shape(x)[2], self._factor)
            x = subpixel.blocks(x, kernel, bias, self._slope)
            blocks[branch] = self._zero_beyond(x, inside)
        outputs = {}
        if "gradient_map" in names:
            outputs["gradient_map"] = self._closed(blocks["gradient"], self._map, self._map_bias)
        if "image" in names:
            parts = [_valid(blocks[branch], kernel) for branch, kernel in self._image.items()]
            image = tf.add_n(parts) + _valid(inside, self._of_bias)
            image = tf.nn.bias_add(tf.nn.depth_to_space(image, self._factor), self._image_bias)
            if self._skip:
                # A tile of channels makes a block of equal pixels.
                image += tf.nn.depth_to_space(tf.tile(lr, [1, 1, 1, self._scale**2]), self._scale)
            outputs["image"] = image
        return outputs

    def _zero_beyond(self, x: tf.Tensor, inside: tf.Tensor) -> tf.Tensor:
        """Blocks whose pixels beyond the image are zeros, as a convolution's padding is."""
        shape = tf.shape(x)
        apart = tf.reshape(x, tf.concat([shape[:3], [self._factor**2, -1]], 0))
        return tf.reshape(apart * inside[..., None], shape)

    def _closed(self, x: tf.Tensor, kernel: npt.NDArray, bias: npt.NDArray) -> tf.Tensor:
        return tf.nn.bias_add(tf.nn.depth_to_space(_valid(x, kernel), self._factor), bias)


def _valid(x: tf.Tensor, kernel: npt.NDArray) -> tf.Tensor:
    return tf.nn.conv2d(x, kernel, 1, "VALID")


def _steps(upsampling: Upsampling) -> list[tuple[int, npt.NDArray, npt.NDArray]]:
    """Factor, kernel and bias of every enlargement of an `Upsampling`."""
    steps = []
    for factor, convolution in zip(upsampling.factors, upsampling.convs, strict=True):
        kernel, bias = weights_of(convolution)
        steps.append((factor, kernels.enlarging_kernel(kernel, factor), np.tile(bias, factor**2)))
    return steps
