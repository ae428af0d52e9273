"""What an exported graph computes: a `Generator`'s fused form, another network's layers."""

from collections.abc import Callable

import keras
import tensorflow as tf

from keras_dgggan.inference.cpu import FusedGenerator
from keras_dgggan.networks import Generator

Tensors = dict[str, tf.Tensor]
Computation = Callable[[tf.Tensor], Tensors]

# Smaller constants, such as shapes, stay in the graph.
_LEAST_ELEMENTS = 256
# The weights of models up to here stay in the graph too. oneDNN arranges a kernel for AVX2 only if
# it is a constant: with variables the light model takes 1.7 times as long there. Of constants a
# server keeps several copies.
_MOST_CONSTANT_BYTES = 16 * 2**20


def computation_of(generator: keras.Model, *, winograd: bool = False) -> Computation:
    """Return the function from LR images to outputs that an exported graph holds.

    It takes float32 `[batch, height, width, 3]` and returns the outputs by name, in float32. It is
    traced once, so that all endpoints share one copy of it.

    Args:
        generator: Any network of this package, with float32 layers. Of a `Generator` the fused
            computation of `keras_dgggan.inference.cpu` is taken.
        winograd: Compute the blocks of a `Generator` by Winograd's algorithm, one image of a batch
            after the other. Faster for some 40 filters and more.

    Examples:
        >>> from keras_dgggan.networks import Generator
        >>> run = computation_of(Generator(filters=4, blocks=1))
        >>> run(tf.zeros([2, 6, 5, 3]))["image"].shape
        TensorShape([2, 24, 20, 3])
    """
    if type(generator) is Generator:
        fused = FusedGenerator(generator, winograd=winograd)
        names = tuple(generator.output)

        def outputs(image: tf.Tensor) -> Tensors:
            return fused(image, names)

        if winograd:
            return _one_by_one(weights_as_variables(outputs, batch=1), names)
        if 4 * generator.count_params() > _MOST_CONSTANT_BYTES:
            return weights_as_variables(outputs)
        return tf.function(outputs, input_signature=[_images()], autograph=False)

    def layers(image: tf.Tensor) -> Tensors:
        outputs = generator(image, training=False)
        return {name: tf.cast(value, tf.float32) for name, value in outputs.items()}

    return tf.function(layers, input_signature=[_images()], autograph=False)


def weights_as_variables(computation: Computation, *, batch: int | None = None) -> Computation:
    """Return the same function with its large constants as variables.

    A SavedModel keeps variables in files of their own, once for all endpoints; constants would
    be written into the graph, which may not pass 2 GB.

    Args:
        computation: From float32 `[batch, height, width, 3]` to tensors by name.
        batch: The size of the batch; None where it is open.
    """
    traced = tf.function(computation, input_signature=[_images(batch)], autograph=False)
    concrete = traced.get_concrete_function()
    graph = concrete.graph.as_graph_def()
    variables = {
        inner.name: tf.Variable(outer, trainable=False) for outer, inner in concrete.graph.captures
    }
    for node in graph.node:
        if node.op == "Const":
            value = tf.make_ndarray(node.attr["value"].tensor)
            if value.size >= _LEAST_ELEMENTS:
                variables[f"{node.name}:0"] = tf.Variable(value, trainable=False)
    kept = [node for node in graph.node if f"{node.name}:0" not in variables]
    graph = tf.compat.v1.GraphDef(
        node=[node for node in kept if node.name != concrete.inputs[0].op.name],
        library=graph.library,
        versions=graph.versions,
    )
    outputs = {name: value.name for name, value in concrete.structured_outputs.items()}

    def run(image: tf.Tensor) -> Tensors:
        fed = {name: variable.read_value() for name, variable in variables.items()}
        values = tf.graph_util.import_graph_def(
            graph,
            input_map={concrete.inputs[0].name: image, **fed},
            return_elements=list(outputs.values()),
            name="",
        )
        # Import loses the shapes that only tracing knows.
        return {
            name: tf.ensure_shape(value, [image.shape[0], None, None, 3])
            for name, value in zip(outputs, values, strict=True)
        }

    return tf.function(run, input_signature=[_images(batch)], autograph=False)


def _one_by_one(run: Computation, names: tuple[str, ...]) -> Computation:
    """Return the function of a batch that computes its images one after the other."""

    def each(images: tf.Tensor) -> Tensors:
        return tf.map_fn(
            lambda image: {name: value[0] for name, value in run(image[None]).items()},
            images,
            fn_output_signature={
                name: tf.TensorSpec([None, None, 3], tf.float32) for name in names
            },
            parallel_iterations=1,
        )

    return tf.function(each, input_signature=[_images()], autograph=False)


def _images(batch: int | None = None) -> tf.TensorSpec:
    return tf.TensorSpec([batch, None, None, 3], tf.float32, name="image")
