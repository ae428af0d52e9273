"""Symbolic execution of a network: its layers in order, with the shapes of their inputs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
from keras import KerasTensor

from keras_dgggan.layers.properties import Shape


@dataclass(frozen=True)
class Step:
    """One call of a layer or a `keras.ops` operation.

    Attributes:
        operation: What is called.
        inputs: Its symbolic inputs, of known shapes.
        outputs: Its symbolic outputs.
    """

    operation: keras.Operation
    inputs: tuple[KerasTensor, ...]
    outputs: tuple[KerasTensor, ...]

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        return tuple(tuple(tensor.shape) for tensor in self.inputs)


def steps_of(model: keras.Model, *inputs: KerasTensor) -> Iterator[Step]:
    """The calls of a model's layers in order; models inside of it are entered.

    Args:
        model: A functional or sequential model, or one of another kind, which is one step.
        inputs: What it is called with.

    Examples:
        >>> model = keras.Sequential([keras.Input((None, None, 3)), keras.layers.ReLU()])
        >>> steps = steps_of(model, keras.KerasTensor((1, 4, 4, 3)))
        >>> [(type(step.operation).__name__, step.input_shapes) for step in steps]
        [('ReLU', ((1, 4, 4, 3),))]
    """
    steps: list[Step] = []
    _run(model, inputs, steps)
    yield from steps


def _run(model: keras.Model, inputs: tuple[KerasTensor, ...], steps: list[Step]) -> Any:
    """Call a model symbolically, and note what it calls."""
    functional = getattr(model, "_functional", None) or model
    run = getattr(functional, "_run_through_graph", None)
    if run is None:
        return _call(model, steps)(*inputs)
    return run(inputs, operation_fn=lambda operation: _call(operation, steps))


def _call(operation: keras.Operation, steps: list[Step]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        is_model = isinstance(operation, keras.Model)
        if is_model and (
            hasattr(operation, "_run_through_graph") or getattr(operation, "_functional", None)
        ):
            return _run(operation, args[0], steps)
        outputs = operation.compute_output_spec(*args, **kwargs)
        given = [x for x in keras.tree.flatten((args, kwargs)) if isinstance(x, KerasTensor)]
        steps.append(Step(operation, tuple(given), tuple(keras.tree.flatten(outputs))))
        return outputs

    return call


def output_spec(model: keras.Model, shape: Shape) -> Any:
    """The symbolic outputs of a model for an input of a shape, in their structure."""
    return _run(model, (KerasTensor(shape),), [])
