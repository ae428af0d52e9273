"""VGG feature extractors for the perceptual loss (paper eq. 8)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from keras_dgggan._types import Config, Tensor
from keras_dgggan.errors import UsageError, WeightsError
from keras_dgggan.networks.configured import ConfiguredModel

# Convolutions per block; block b has the channels given.
_CONVS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
_CHANNELS = (64, 128, 256, 512, 512)
_CAFFE_BGR_MEAN = (103.939, 116.779, 123.68)
_TORCH_MEAN = (0.485, 0.456, 0.406)
_TORCH_STD = (0.229, 0.224, 0.225)


def vgg_input(image: Tensor, convention: str) -> Tensor:
    """Bring RGB in [0, 1] to the input space that a set of VGG weights was trained in.

    Args:
        image: float `[batch, height, width, 3]`, RGB in [0, 1].
        convention: `"caffe"` (Keras' weights: BGR in 0-255 less the mean, no scaling) or
            `"torch"` (torchvision's: RGB less the mean, over the standard deviation).

    Returns:
        float32, the shape of `image`.

    Examples:
        >>> white = np.ones([1, 1, 1, 3], "float32")
        >>> [round(float(value), 3) for value in vgg_input(white, "caffe")[0, 0, 0]]
        [151.061, 138.221, 131.32]
    """
    image = ops.cast(image, "float32")
    if convention == "caffe":
        return ops.flip(image, axis=-1) * 255.0 - ops.convert_to_tensor(_CAFFE_BGR_MEAN, "float32")
    if convention == "torch":
        mean = ops.convert_to_tensor(_TORCH_MEAN, "float32")
        return (image - mean) / ops.convert_to_tensor(_TORCH_STD, "float32")
    raise ValueError(
        f"`convention` must be 'caffe' or 'torch'. Received: convention={convention!r}"
    )


@keras.saving.register_keras_serializable(package="keras_dgggan")
class VGGInput(keras.layers.Layer):
    """`vgg_input` as a layer.

    Args:
        convention: `"caffe"` or `"torch"`.

    Input and output: `[batch, height, width, 3]`; the input RGB in [0, 1], the output float32.
    """

    def __init__(self, convention: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.convention = convention

    def call(self, image: Tensor) -> Tensor:
        return vgg_input(image, self.convention)

    def get_config(self) -> Config:
        return {**super().get_config(), "convention": self.convention}


@keras.saving.register_keras_serializable(package="keras_dgggan")
class UnitFeatures(keras.layers.Layer):
    """Divides the feature vector at each position by its root mean square over channels.

    What is left is the direction of the vector, so a faint pattern on a smooth area counts as much
    as the same one on a strong edge.

    Input: `[batch, height, width, channels]`. Output: the same shape, float32.

    Examples:
        >>> features = UnitFeatures()(np.array([3.0, 4.0], "float32").reshape([1, 1, 1, 2]))
        >>> [round(float(value), 3) for value in features[0, 0, 0]]
        [0.849, 1.131]

    Reference:
        Zhang et al., The unreasonable effectiveness of deep features as a perceptual metric, 2018.
    """

    def call(self, features: Tensor) -> Tensor:
        features = ops.cast(features, "float32")
        square = ops.mean(ops.square(features), axis=-1, keepdims=True)
        return features * ops.rsqrt(square + 1e-8)


@keras.saving.register_keras_serializable(package="keras_dgggan")
class VGGFeatures(ConfiguredModel):
    """VGG16 or VGG19 up to one convolution or some of them, before these convolutions' ReLU.

    Args:
        network: `"vgg16"` or `"vgg19"`.
        layer: The convolution to read, by Keras' name, like `"block5_conv4"`, or a list of names.
        convention: The input space of the weights, see `vgg_input`.
        unit: Divide the features at each position by their root mean square, see `UnitFeatures`.
        dtype: The dtype policy of the convolutions; float32 by default, whatever the global one.
            `"mixed_bfloat16"` takes half the time where the processor knows bfloat16.

    Input: float `[batch, height, width, 3]`, RGB in [0, 1].
    Output: features in the policy's compute dtype (float32 with `unit`), for block b of shape
    `[batch, height / 2**(b-1), width / 2**(b-1), channels]`; a list of them for a list of layers.

    Use `vgg19_features` or `vgg16_features` to get it with weights.

    Reference:
        Simonyan and Zisserman, 2015. Reading it before the ReLU follows ESRGAN.
    """

    default_dtype = "float32"

    def __init__(
        self,
        network: str,
        layer: str | Sequence[str],
        convention: str,
        unit: bool = False,
        **kwargs: Any,
    ) -> None:
        if network not in _CONVS:
            raise ValueError(f"`network` must be 'vgg16' or 'vgg19'. Received: network={network!r}")
        names = conv_names(network)
        read = [layer] if isinstance(layer, str) else list(layer)
        for each in read or [""]:
            if each not in names:
                raise UsageError(
                    f"{network} has no layer {each!r} to read features from; "
                    f"it has {', '.join(names)}"
                )

        policy = kwargs.pop("dtype", None) or self.default_dtype
        image = keras.Input((None, None, 3), name="image")
        x = VGGInput(convention, dtype="float32", name="vgg_input")(image)
        outputs = {}
        for name in names[: max(names.index(each) for each in read) + 1]:
            if name.endswith("conv1") and name != "block1_conv1":
                x = layers.MaxPooling2D(2, dtype=policy, name=f"{name[:6]}_pool")(x)
            channels = _CHANNELS[int(name[5]) - 1]
            before = layers.Conv2D(channels, 3, padding="same", dtype=policy, name=name)(x)
            if name in read:
                unit_layer = UnitFeatures(dtype="float32", name=f"{name}_unit") if unit else None
                outputs[name] = unit_layer(before) if unit_layer else before
            x = layers.ReLU(dtype=policy, name=f"{name}_relu")(before)
        found = [outputs[each] for each in read]
        super().__init__(image, found[0] if isinstance(layer, str) else found, **kwargs)
        self.trainable = False


def conv_names(network: str) -> list[str]:
    """The convolutions of `"vgg16"` or `"vgg19"` in order, by Keras' names."""
    return [
        f"block{block}_conv{conv}"
        for block, count in enumerate(_CONVS[network], 1)
        for conv in range(1, count + 1)
    ]


def vgg19_features(
    layer: str | Sequence[str] = "block5_conv4",
    weights: str | Path = "imagenet",
    dtype: str | None = None,
    unit: bool = False,
) -> VGGFeatures:
    """VGG19 features as in the paper: the last convolution before its ReLU.

    Args:
        layer: The convolution to read, or a list of them.
        weights: `"imagenet"` (Keras' weights, which Keras downloads on first use), the path of a
            Keras `.h5` weights file without the top, or of an `.npz` (see `vgg16_features`).
        dtype: As for `VGGFeatures`.
        unit: The same.

    Returns:
        A `VGGFeatures` model, not trainable.

    Raises:
        WeightsError: The file is missing or does not fit.

    Examples:
        >>> VGGFeatures("vgg19", "block2_conv1", "caffe")(np.zeros([1, 8, 8, 3], "float32")).shape
        TensorShape([1, 4, 4, 128])
        >>> vgg19_features(weights="vgg19.h5")
        Traceback (most recent call last):
        keras_dgggan.errors.WeightsError: no vgg19 weights at 'vgg19.h5': give 'imagenet', a Keras \
.h5 file without the top, or an .npz with keys like conv1_1/kernel
    """
    return _features("vgg19", layer, weights, dtype, unit)


def vgg16_features(
    layer: str | Sequence[str] = "block5_conv3",
    weights: str | Path = "imagenet",
    dtype: str | None = None,
    unit: bool = False,
) -> VGGFeatures:
    """VGG16 features before the ReLU of one convolution.

    Args:
        layer: The convolution to read, or a list of them.
        weights: As for `vgg19_features`. An `.npz` has the keys `conv1_1/kernel` (height, width,
            in, out) and `conv1_1/bias` .. `conv5_3/bias`, any float type, and holds torchvision's
            weights: their input convention is used. Keras' `.h5` files use Caffe's.
        dtype: As for `VGGFeatures`.
        unit: The same.

    Returns:
        A `VGGFeatures` model, not trainable.

    Raises:
        WeightsError: The file is missing or does not fit.
    """
    return _features("vgg16", layer, weights, dtype, unit)


def _features(
    network: str,
    layer: str | Sequence[str],
    weights: str | Path,
    dtype: str | None,
    unit: bool,
) -> VGGFeatures:
    path = None if weights == "imagenet" else Path(weights)
    if path is not None and not path.is_file():
        raise WeightsError(
            f"no {network} weights at '{path}': give 'imagenet', a Keras .h5 file without "
            f"the top, or an .npz with keys like conv1_1/kernel"
        )
    if path is not None and path.suffix == ".npz":
        model = VGGFeatures(network, layer, "torch", unit, dtype=dtype, name=network)
        _set(model, _npz_weights(path, network), str(path))
        return model
    model = VGGFeatures(network, layer, "caffe", unit, dtype=dtype, name=network)
    application = getattr(keras.applications, network.upper())
    try:
        source = application(include_top=False, weights="imagenet" if path is None else str(path))
    except Exception as error:
        where = "Keras' ImageNet weights" if path is None else f"'{path}'"
        raise WeightsError(f"cannot load {network} weights from {where}: {error}") from error
    kernels = {name: source.get_layer(name).get_weights() for name in conv_names(network)}
    _set(model, kernels, str(weights))
    return model


def _npz_weights(path: Path, network: str) -> dict[str, list[np.ndarray]]:
    with np.load(path, allow_pickle=False) as arrays:
        kernels = {}
        for name in conv_names(network):
            key = f"conv{name[5]}_{name[-1]}"
            if f"{key}/kernel" not in arrays:
                raise WeightsError(f"'{path}' has no {key}/kernel: not {network} weights")
            kernels[name] = [
                arrays[f"{key}/{part}"].astype("float32") for part in ("kernel", "bias")
            ]
    return kernels


def _set(model: VGGFeatures, kernels: dict[str, list[np.ndarray]], source: str) -> None:
    for layer in model.layers:
        if not isinstance(layer, layers.Conv2D):
            continue
        expected = [tuple(weight.shape) for weight in layer.weights]
        found = [weight.shape for weight in kernels[layer.name]]
        if expected != found:
            raise WeightsError(
                f"{layer.name} in {source!r} has shapes {found}; {model.network} needs {expected}"
            )
        layer.set_weights(kernels[layer.name])
