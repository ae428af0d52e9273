"""Conversion of public weights into those of a network of this package."""

import keras
import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import UsageError, WeightsError
from keras_dgggan.importing.matching import Match, best_match
from keras_dgggan.importing.reading import State
from keras_dgggan.importing.scheme import Scheme, split
from keras_dgggan.networks.builder import DIV2K_MEAN

# Keras' names of a layer's tensors: PyTorch's, and TensorFlow's.
_PARAMETERS = {"weight": "kernel", "bias": "bias", "kernel": "kernel"}
_OF_NORMALISATION = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def import_weights(network: keras.Model, state: State) -> str:
    """Set a network's weights from the tensors of another implementation.

    Every tensor is used once, and every weight is given: nothing is passed over, and nothing is
    changed unless all fits.

    Args:
        network: One of `keras_dgggan.networks`.
        state: Tensors by name, of `read_state`; prefixes that training code adds may be there.

    Returns:
        The implementation whose names the tensors have.

    Raises:
        UsageError: There is no code for this network whose names are known, or the tensors are of
            a network made with other arguments.
        WeightsError: A tensor is unknown, does not fit, or is missing; the message names it.

    Examples:
        >>> from keras_dgggan.networks import SRCNN
        >>> shapes = {"conv1": (4, 1, 9, 9), "conv2": (2, 4, 5, 5), "conv3": (1, 2, 5, 5)}
        >>> state = {f"{name}.weight": np.ones(shape) for name, shape in shapes.items()}
        >>> state |= {f"{name}.bias": np.ones(shape[0]) for name, shape in shapes.items()}
        >>> import_weights(SRCNN(filters=[4, 2]), state)
        'the common port'
    """
    match = best_match(state, type(network).__name__)
    scheme = match.scheme
    for argument, wanted in scheme.needs.items():
        if getattr(network, argument) != wanted:
            raise UsageError(
                f"the tensors are named as by {scheme.origin}, whose {match.kind} has "
                f"{argument}={wanted}: make the network so, by import-weights with "
                f"--set {argument}={str(wanted).lower()}"
            )
    values = _values(network, match)
    missing = [weight.path for weight in network.weights if id(weight) not in values]
    if missing:
        raise WeightsError(f"no tensor for {len(missing)} weights, of which one is {missing[0]!r}")
    for _, weight, value in values.values():
        weight.assign(value)
    return scheme.origin


def _values(
    network: keras.Model, match: Match
) -> dict[int, tuple[str, keras.Variable, npt.NDArray]]:
    """By the id of each weight: the tensor's name, the weight and its value."""
    kind, scheme = match.kind, match.scheme
    layers = _layers(network)
    values: dict[int, tuple[str, keras.Variable, npt.NDArray]] = {}
    for name, tensor in match.state.items():
        if scheme.is_constant(name):
            _check_constant(name, tensor, network)
            continue
        module, parameter = split(name)
        target = scheme.layer(module, getattr(network, "depth", 0))
        if target is None or target not in layers:
            raise WeightsError(
                f"the tensor {name!r} has no place in this {kind}: its blocks are fewer, or it is "
                f"of another network (names as of {scheme.origin})"
            )
        weight = _weight(layers[target], parameter)
        if weight is None:
            raise WeightsError(f"the layer {target!r} has no {parameter!r}: {name!r} is left over")
        value = _converted(layers, target, tensor, scheme)
        if value.shape != tuple(weight.shape):
            raise WeightsError(
                f"the tensor {name!r} of shape {tensor.shape} does not fit {weight.path!r} of "
                f"shape {tuple(weight.shape)}"
            )
        known = values.get(id(weight))
        if known is not None and not np.array_equal(known[2], value):
            raise WeightsError(f"the tensors {known[0]!r} and {name!r} are one weight, and differ")
        values[id(weight)] = (name, weight, value)
    for name, layer in layers.items():
        if scheme.is_unbiased(name) and id(layer.bias) not in values:
            values[id(layer.bias)] = ("", layer.bias, np.zeros(layer.bias.shape, np.float32))
    return values


def _layers(network: keras.Model) -> dict[str, keras.Layer]:
    """Layers by name; those inside of blocks as `block/layer`."""
    found = {}
    for layer in network.layers:
        found[layer.name] = layer
        for inner in layer._flatten_layers(include_self=False, recursive=False):
            found[f"{layer.name}/{inner.name}"] = inner
    return found


def _weight(layer: keras.Layer, parameter: str) -> keras.Variable | None:
    if isinstance(layer, keras.layers.BatchNormalization):
        return getattr(layer, _OF_NORMALISATION.get(parameter, ""), None)
    if isinstance(layer, keras.layers.PReLU):
        return layer.alpha if parameter == "weight" else None
    return getattr(layer, _PARAMETERS.get(parameter, ""), None)


def _converted(
    layers: dict[str, keras.Layer], name: str, tensor: npt.NDArray, scheme: Scheme
) -> npt.NDArray:
    layer = layers[name]
    if isinstance(layer, keras.layers.PReLU):
        tensor = tensor.reshape(1, 1, -1)
        # One slope for all channels is that slope for each.
        return np.broadcast_to(tensor, layer.alpha.shape) if tensor.size == 1 else tensor
    if scheme.tensorflow:
        return tensor
    if tensor.ndim == 4:
        # Of a convolution [out, in, h, w], of a transposed one [in, out, h, w].
        tensor = tensor.transpose(2, 3, 1, 0)
        if scheme.oldest_first and (name.endswith("_bottleneck") or name == "tail"):
            tensor = _reversed_inputs(tensor, layers["head2"].filters)
    shuffle = layers.get(f"{name}_shuffle")
    if shuffle is not None:
        # PyTorch shuffles [channel, row, column], this package [row, column, channel].
        parts = tensor.reshape(*tensor.shape[:-1], -1, shuffle.scale**2)
        tensor = parts.swapaxes(-1, -2).reshape(tensor.shape)
    return tensor


def _reversed_inputs(kernel: npt.NDArray, filters: int) -> npt.NDArray:
    """A kernel whose groups of so many input channels come the other way round."""
    height, width, _, out = kernel.shape
    return kernel.reshape(height, width, -1, filters, out)[:, :, ::-1].reshape(kernel.shape)


def _check_constant(name: str, tensor: npt.NDArray, network: keras.Model) -> None:
    """Check that a file's shift of colours is the one that the network was made with."""
    if name == "no_norm" and network.norm:
        raise WeightsError("the tensors are of a SPAN with norm=False: make the network so")
    if not name.endswith("_mean.bias"):
        return
    if not hasattr(network, "mean_shift"):
        raise WeightsError(
            f"the tensor {name!r} shifts the colours, which this {type(network).__name__} does not"
        )
    if not network.mean_shift:
        return
    sign = -1 if name.startswith("sub") else 1
    expected = sign * network.rgb_range * np.array(DIV2K_MEAN)
    if not np.allclose(tensor, expected, rtol=1e-4):
        raise WeightsError(
            f"the tensor {name!r} is {tensor.tolist()}, where a range of {network.rgb_range:g} "
            f"gives {expected.tolist()}: make the network with another rgb_range"
        )
