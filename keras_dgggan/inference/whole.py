"""A model on whole images."""

import functools
from typing import Any

import tensorflow as tf

from keras_dgggan.inference.forward import Computation, computation_of
from keras_dgggan.networks import Generator


class WholeImage:
    """Runs any model on one image at a time, computing only the outputs that are wanted.

    Args:
        model: A network of this package or a `SavedModel`.
        precision: Of a `Generator`; see `computation_of`.

    Example:
        >>> run = WholeImage(Generator(blocks=2))
        >>> run(np.zeros((1, 24, 32, 3), "float32"), ("image",))["image"].shape   # (1, 96, 128, 3)
    """

    def __init__(self, model: Any, precision: str = "float32") -> None:
        self.model = model
        self.precision = precision
        self.traced: dict[tuple[str, ...], Any] = {}

    @functools.cached_property
    def computation(self) -> Computation:
        """How a `Generator` is computed, with the weights that it has at first use."""
        # First use may be inside a trace, where weights have no values.
        with tf.init_scope():
            return computation_of(self.model, self.precision)

    def __call__(self, images: Any, names: tuple[str, ...]) -> dict[str, tf.Tensor]:
        """The outputs of these names in float32, for float32 `[1, height, width, 3]` in [0, 1]."""
        if names not in self.traced:
            # Height and width stay open: one trace serves every image.
            signature = [tf.TensorSpec([1, None, None, 3], tf.float32)]
            run = functools.partial(self._outputs, names=names)
            # Nothing here needs autograph, whose start takes a good part of a second.
            self.traced[names] = tf.function(run, input_signature=signature, autograph=False)
        return self.traced[names](tf.convert_to_tensor(images))

    def _outputs(self, images: tf.Tensor, names: tuple[str, ...]) -> dict[str, tf.Tensor]:
        if isinstance(self.model, Generator):
            outputs = self.computation(images, names)
        else:
            outputs = self.model(images)
        return {name: tf.cast(outputs[name], tf.float32) for name in names}
