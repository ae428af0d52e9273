"""What a generator computes, whole or in stages: as Keras has it, or fused."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import keras
import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.errors import DggganError
from keras_dgggan.inference.cpu import FusedGenerator
from keras_dgggan.layers import MultiScaleResidualBlock
from keras_dgggan.networks import Generator
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.pretrained.saved_model import SavedModel

Tensors = dict[str, tf.Tensor]


class KerasGenerator:
    """A generator's layers as they are, in their own precision; methods are `FusedGenerator`'s."""

    def __init__(self, generator: Generator) -> None:
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
        """What block i adds to its input `[batch, height, width, filters]`, before SE's gate."""
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

    def tail(self, images: tf.Tensor, last: Tensors, names: tuple[str, ...]) -> Tensors:
        generator, layer = self.generator, self.generator.get_layer
        inputs = [layer(f"image_block_{generator.blocks}").output]
        if generator.gradient_branch:
            passed = generator.blocks % generator.gradient_every == 0
            name = "pass_{}_fusion" if passed else "gradient_block_{}"
            inputs.append(layer(name.format(generator.blocks)).output)
        final = {
            "image": "image_skip" if generator.image_skip else "image",
            "gradient_map": "gradient_map",
        }
        outputs = {name: layer(final[name]).output for name in names}
        return keras.Model([generator.input, *inputs], outputs)(
            [images, *last.values()], training=False
        )

    def _block(self, branch: str, i: int) -> MultiScaleResidualBlock:
        return self.generator.get_layer(f"{branch}_block_{i}")


# How a generator is computed, in functions that are to be traced by `tf.function`.
Computation = KerasGenerator | FusedGenerator


def computation_of(generator: Generator, precision: str = "float32") -> Computation:
    """The fastest computation of a `Generator` on this machine.

    Args:
        generator: The generator.
        precision: On a CPU `"float32"`, or `"bfloat16"` for the blocks in 16 bits. A GPU goes by
            the generator's dtype policy.
    """
    if tf.config.get_visible_devices("GPU"):
        return KerasGenerator(generator)
    return FusedGenerator(generator, precision)


class WholeImage:
    """Runs any model on one image at a time, computing only the outputs that are wanted.

    Args:
        model: A network of this package or a `SavedModel`.
        precision: Of a `Generator`; see `computation_of`.

    Examples:
        >>> run = WholeImage(Generator(blocks=2))
        >>> run(np.zeros((1, 24, 32, 3), "float32"), ("image",))["image"].shape
        TensorShape([1, 96, 128, 3])
    """

    def __init__(self, model: SuperResolver | SavedModel, precision: str = "float32") -> None:
        self.model = model
        self.precision = precision
        self.traced: dict[tuple[str, ...], Callable[[tf.Tensor], Tensors]] = {}

    @functools.cached_property
    def computation(self) -> Computation:
        """How a `Generator` is computed, with the weights that it has at first use."""
        assert isinstance(self.model, Generator)
        # First use may be inside a trace, where weights have no values.
        with tf.init_scope():
            return computation_of(self.model, self.precision)

    def __call__(self, images: npt.ArrayLike, names: tuple[str, ...]) -> dict[str, tf.Tensor]:
        """The outputs of these names in float32, for float32 `[1, height, width, 3]` in [0, 1].

        Raises:
            MemoryError: Memory does not suffice.
            DggganError: TensorFlow refuses the image.
        """
        if names not in self.traced:
            # Height and width stay open: one trace serves every image.
            signature = [tf.TensorSpec([1, None, None, 3], tf.float32)]
            run = functools.partial(self._outputs, names=names)
            # Nothing here needs autograph, whose start takes a good part of a second.
            self.traced[names] = tf.function(run, input_signature=signature, autograph=False)
        with plain_errors():
            return self.traced[names](tf.convert_to_tensor(images))

    def _outputs(self, images: tf.Tensor, names: tuple[str, ...]) -> dict[str, tf.Tensor]:
        if type(self.model) is Generator:
            outputs = self.computation(images, names)
        else:
            outputs = self.model(images)
        return {name: tf.cast(outputs[name], tf.float32) for name in names}


@contextmanager
def plain_errors() -> Iterator[None]:
    """Raise `MemoryError` and `DggganError` in place of TensorFlow's errors."""
    try:
        yield
    except tf.errors.ResourceExhaustedError as error:
        raise MemoryError(_reason(error)) from error
    except tf.errors.OpError as error:
        raise DggganError(f"the model cannot run: {_reason(error)}") from error


def _reason(error: tf.errors.OpError) -> str:
    """The line of TensorFlow's message that says what is wrong."""
    lines = error.message.splitlines()
    return next((line for line in lines if line.startswith("assertion failed")), lines[0])[:200]
