"""Learned perceptual image patch similarity."""

import functools
import os

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from keras_dgggan._types import Tensor
from keras_dgggan.metrics._planes import pair_of_8bit
from keras_dgggan.metrics.weights import NETWORKS, load_convolutions, load_linear_layers

# ImageNet's mean and deviation, for RGB in [-1, 1]; LPIPS uses them with both networks.
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
# Smaller images leave nothing of the last feature map.
MINIMUM_SIZE = {"alex": 31, "vgg": 16}


class LPIPSNetwork:
    """LPIPS as a function of two batches, with its weights, which are not trained.

    Args:
        network: "alex" (the usual one) or "vgg".
        weights: Folder of the pretrained networks, see `keras_dgggan.metrics.weights`.

    Raises:
        WeightsError: The network's weights are not there.
        ValueError: Another network.

    Examples:
        >>> batch = np.zeros((4, 64, 64, 3), np.float32)
        >>> tuple(LPIPSNetwork("alex")(batch, batch).shape)  # doctest: +SKIP
        (4,)
    """

    def __init__(self, network: str = "alex", weights: str | os.PathLike[str] | None = None):
        if network not in NETWORKS:
            raise ValueError(f"`network` must be 'alex' or 'vgg'. Received: network={network!r}")
        self.network = network
        self._names = NETWORKS[network][1]
        # Variables, so that graphs refer to them and do not hold a copy each.
        self._variables = {
            key: keras.Variable(array, dtype="float32", trainable=False, autocast=False)
            for key, array in load_convolutions(network, weights).items()
        }
        self._linear = load_linear_layers(network)

    def __call__(self, hr: Tensor, sr: Tensor) -> Tensor:
        """The distance of each pair, float32 `[batch]`; inputs are clipped to [0, 1]."""
        distance: Tensor = 0.0
        features = zip(self._features(hr), self._features(sr), self._linear, strict=True)
        for hr_map, sr_map, linear in features:
            difference = ops.square(_unit(hr_map) - _unit(sr_map))
            weighted = ops.matmul(difference, ops.convert_to_tensor(linear[:, None]))
            distance = distance + ops.mean(weighted, axis=(1, 2, 3))
        return distance

    def _features(self, image: Tensor) -> list[Tensor]:
        image = ops.clip(ops.cast(image, "float32"), 0.0, 1.0) * 2.0 - 1.0
        shift, scale = (ops.convert_to_tensor(v, "float32") for v in (_SHIFT, _SCALE))
        image = (image - shift) / scale
        return self._alexnet(image) if self.network == "alex" else self._vgg16(image)

    def _alexnet(self, x: Tensor) -> list[Tensor]:
        maps = []
        for name, stride, padding in zip(
            self._names, (4, 1, 1, 1, 1), (2, 2, 1, 1, 1), strict=True
        ):
            if name in ("conv2", "conv3"):
                x = ops.max_pool(x, 3, strides=2, padding="valid", data_format="channels_last")
            x = self._convolution(x, name, stride, padding)
            maps.append(x)
        return maps

    def _vgg16(self, x: Tensor) -> list[Tensor]:
        maps = []
        for name, following in zip(self._names, (*self._names[1:], None), strict=True):
            if name.endswith("_1") and name != "conv1_1":
                x = ops.max_pool(x, 2, strides=2, padding="valid", data_format="channels_last")
            x = self._convolution(x, name, 1, 1)
            if following is None or following.endswith("_1"):
                maps.append(x)
        return maps

    def _convolution(self, x: Tensor, name: str, stride: int, padding: int) -> Tensor:
        x = ops.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
        kernel, bias = self._variables[f"{name}/kernel"], self._variables[f"{name}/bias"]
        x = ops.conv(x, kernel, strides=stride, padding="valid", data_format="channels_last")
        return ops.relu(x + bias)


def lpips(
    hr: npt.ArrayLike,
    sr: npt.ArrayLike,
    *,
    network: str = "alex",
    weights: str | os.PathLike[str] | None = None,
    crop_border: int = 0,
) -> float:
    """LPIPS v0.1 of one image; lower is nearer to the reference.

    Args:
        hr: The reference, RGB `[height, width, 3]` or gray `[height, width]`, uint8 or floating
            point in [0, 1]; at least 31 x 31 pixels. Floating point is clipped and rounded to
            8 bits first, as a saved picture is.
        sr: The image to judge, likewise.
        network: "alex", the one that papers report, or "vgg".
        weights: Folder of the pretrained networks, see `keras_dgggan.metrics.weights`.
        crop_border: Pixels left out on each side; papers leave out none.

    Returns:
        0 for equal images.

    Raises:
        WeightsError: The network's weights are not there.
        TypeError: An image of another dtype.
        ValueError: Images of other shapes or ranges, or too small ones.

    Examples:
        >>> hr = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
        >>> lpips(hr, hr)  # doctest: +SKIP
        0.0

    Reference:
        R. Zhang et al., The unreasonable effectiveness of deep features as a perceptual metric,
        CVPR 2018.
    """
    distance = _network(network, None if weights is None else os.fspath(weights))
    pair = [_rgb(image) for image in pair_of_8bit(hr, sr, crop_border)]
    least = MINIMUM_SIZE[network]
    if min(pair[0].shape[:2]) < least:
        raise ValueError(
            f"LPIPS needs {least} x {least} pixels. "
            f"Received: {pair[0].shape[0]} x {pair[0].shape[1]}"
        )
    hr_batch, sr_batch = (image[None].astype(np.float32) / 255.0 for image in pair)
    return float(ops.convert_to_numpy(distance(hr_batch, sr_batch))[0])


@functools.lru_cache(maxsize=4)
def _network(network: str, weights: str | None) -> LPIPSNetwork:
    return LPIPSNetwork(network, weights)


def _rgb(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)


def _unit(features: Tensor) -> Tensor:
    length = ops.sqrt(ops.sum(ops.square(features), axis=-1, keepdims=True))
    return features / (length + 1e-10)
