"""What a generator computes, in the pieces that tiles need: as Keras has it, or rewritten."""

from typing import Any, Protocol, runtime_checkable

import keras
import tensorflow as tf

from keras_dgggan.inference.cpu import RewrittenGenerator

Tensors = dict[str, tf.Tensor]


class Computation(Protocol):
    """A generator's functions, to be traced by `tf.function`; `images` are `[1, h, w, 3]`.

    All but the first are pieces of it that are local: what they give for a pixel depends on some
    pixels around it only. They all work on `[1, height, width, filters]`.
    """

    generator: Any

    def __call__(self, images: tf.Tensor, names: tuple[str, ...]) -> Tensors:
        """The outputs of these names."""

    def heads(self, images: tf.Tensor) -> Tensors:
        """The features before the first blocks, by branch."""

    def features(self, branch: str, i: int, x: tf.Tensor) -> tf.Tensor:
        """What block i adds to its input, before SE's gate; blocks count from 1."""

    def gate(self, branch: str, i: int, means: tf.Tensor) -> tf.Tensor | None:
        """SE's gate `[1, filters]` from the features' means over the image; None without SE."""

    def passed(self, i: int, image: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
        """The gradient branch's features with the gradient map passed after block i."""

    def tail(self, images: tf.Tensor, planes: Tensors, names: tuple[str, ...]) -> Tensors:
        """The outputs of these names from the features after the last blocks, by branch."""


@runtime_checkable
class PlaneComputation(Computation, Protocol):
    """One in whose reach the features of whole images are."""

    def features_at(
        self, branch: str, i: int, rows: tf.Tensor, size: tf.Tensor, area: tf.Tensor
    ) -> tf.Tensor:
        """`features` of an area alone.

        Args:
            branch: Name of the branch.
            i: Number of the block.
            rows: `[height * width + 2, filters]`: of a `Plane`.
            size: Height and width of the image.
            area: Top, bottom, left and right.

        Returns:
            `[1, bottom - top, right - left, filters]`.
        """


def computation_of(generator: Any, precision: str = "float32") -> Computation:
    """The fastest computation of a `Generator` on this machine.

    Args:
        generator: The generator.
        precision: On a CPU `"float32"`, or `"bfloat16"` for the blocks in 16 bits. A GPU goes by
            the generator's dtype policy.
    """
    if tf.config.get_visible_devices("GPU"):
        return KerasGenerator(generator)
    return RewrittenGenerator(generator, precision)


class KerasGenerator:
    """A generator's layers as they are, in their own precision."""

    def __init__(self, generator: Any) -> None:
        self.generator = generator
        self.branches = ["image", "gradient"] if generator.gradient_branch else ["image"]

    def __call__(self, images: tf.Tensor, names: tuple[str, ...]) -> Tensors:
        outputs = self.generator(images, training=False)
        return {name: outputs[name] for name in names}

    def heads(self, images: tf.Tensor) -> Tensors:
        layer = self.generator.get_layer
        outputs = {branch: layer(f"{branch}_head").output for branch in self.branches}
        return keras.Model(self.generator.input, outputs)(images, training=False)

    def features(self, branch: str, i: int, x: tf.Tensor) -> tf.Tensor:
        block = self._block(branch, i)
        features = block.features(x)
        if block.squeeze_excitation is None:
            return features
        return block.squeeze_excitation.transform(features)

    def gate(self, branch: str, i: int, means: tf.Tensor) -> tf.Tensor | None:
        excitation = self._block(branch, i).squeeze_excitation
        return None if excitation is None else excitation.gate(means)

    def passed(self, i: int, image: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
        layer = self.generator.get_layer
        inputs = [layer(f"image_block_{i}").output, layer(f"gradient_block_{i}").output]
        part = keras.Model(inputs, layer(f"pass_{i}_fusion").output)
        return part([image, gradient], training=False)

    def tail(self, images: tf.Tensor, planes: Tensors, names: tuple[str, ...]) -> Tensors:
        generator, layer = self.generator, self.generator.get_layer
        last = [layer(f"image_block_{generator.blocks}").output]
        if generator.gradient_branch:
            passed = generator.blocks % generator.gradient_every == 0
            name = "pass_{}_fusion" if passed else "gradient_block_{}"
            last.append(layer(name.format(generator.blocks)).output)
        final = {
            "image": "image_skip" if generator.image_skip else "image",
            "gradient_map": "gradient_map",
        }
        outputs = {name: layer(final[name]).output for name in names}
        return keras.Model([generator.input, *last], outputs)(
            [images, *planes.values()], training=False
        )

    def _block(self, branch: str, i: int) -> Any:
        return self.generator.get_layer(f"{branch}_block_{i}")
