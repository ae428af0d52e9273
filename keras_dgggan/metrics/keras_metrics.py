"""PSNR, SSIM and LPIPS as Keras metrics over batches, for validation while training.

HR has to be uint8, or floating point in [0, 1]. SR may go beyond [0, 1], as an unclipped network
does, up to 16 either way. A batch outside of that is a `ValueError` where its values can be read,
and a mean of NaN in a compiled function, which cannot raise.
"""

import os
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_dgggan._types import Config, Tensor
from keras_dgggan.metrics import _planes, _ssim
from keras_dgggan.metrics._lpips import LPIPSNetwork
from keras_dgggan.metrics._planes import Channel, YRounding

# The SR of an untrained network may be far out; one of 0 to 255 is further.
_SR_LIMIT = 16.0


class _MeanOverImages(keras.metrics.Mean):
    """Averages a value per image, so that batches of any size weigh alike."""

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> object:
        hr, hr_is_right = _levels(y_true, "HR", _planes.LEAST, _planes.MOST)
        sr, sr_is_right = _levels(y_pred, "SR", -_SR_LIMIT, _SR_LIMIT)
        for a, b in zip(hr.shape, sr.shape, strict=True):
            if a is not None and b is not None and a != b:
                raise ValueError(
                    "HR and SR differ in shape. "
                    f"Received: HR {tuple(hr.shape)}, SR {tuple(sr.shape)}"
                )
        values = self.per_image(hr, sr)
        right = ops.logical_and(hr_is_right, sr_is_right)
        return super().update_state(ops.where(right, values, np.float32("nan")), sample_weight)

    def per_image(self, hr: Tensor, sr: Tensor) -> Tensor:
        """The value of each image, float32 `[batch]`, from levels of 0 to 255."""
        raise NotImplementedError


class _OnPlanes(_MeanOverImages):
    """Base of the metrics that are measured on Y or RGB, with a border cropped."""

    def __init__(
        self,
        crop_border: int = 4,
        channel: Channel = "y",
        y_rounding: YRounding = "float",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name or type(self).__name__.lower(), **kwargs)
        _planes.check_choices(channel, y_rounding)
        if crop_border < 0:
            raise ValueError(f"`crop_border` must be at least 0. Received: {crop_border}")
        self.crop_border = crop_border
        self.channel = channel
        self.y_rounding = y_rounding

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "crop_border": self.crop_border,
            "channel": self.channel,
            "y_rounding": self.y_rounding,
        }

    def _planes(self, levels: Tensor) -> Tensor:
        """`[batch, height, width, planes]` in [0, 1] of 8-bit levels, without the border."""
        crop = slice(self.crop_border, -self.crop_border or None)
        levels = levels[:, crop, crop, :]
        if self.channel == "rgb":
            return levels / 255.0
        weights = ops.reshape(ops.convert_to_tensor(_planes.Y_WEIGHTS, "float32"), (3, 1))
        y = _planes.Y_OFFSET + ops.matmul(levels, weights / 255.0)
        return (ops.floor(y + 0.5) if self.y_rounding == "8bit" else y) / 255.0


@keras.saving.register_keras_serializable(package="keras_dgggan")
class PSNR(_OnPlanes):
    """Mean PSNR in dB over images, the same number as `psnr` averaged over files.

    Args:
        crop_border: Pixels left out on each side.
        channel: "y" or "rgb".
        y_rounding: "float" or "8bit", see `luma`.

    `update_state(hr, sr)` takes batches `[batch, height, width, 3]`, RGB, uint8 or floating point
    in [0, 1]; the latter are clipped and rounded to 8 bits first, as saved pictures are.

    Raises:
        TypeError: A batch of another dtype.
        ValueError: A batch of another shape or range.

    Examples:
        >>> metric = PSNR(crop_border=4, channel="rgb")
        >>> hr = np.full((1, 16, 16, 3), 100, np.uint8)
        >>> _ = metric.update_state(hr, hr + 1)
        >>> round(float(metric.result()), 2)
        48.13
    """

    def per_image(self, hr: Tensor, sr: Tensor) -> Tensor:
        error = ops.mean(ops.square(self._planes(hr) - self._planes(sr)), axis=(1, 2, 3))
        return -10.0 * ops.log10(error)


@keras.saving.register_keras_serializable(package="keras_dgggan")
class SSIM(_OnPlanes):
    """Mean SSIM over images, the same number as `ssim` averaged over files.

    Args:
        crop_border: Pixels left out on each side.
        channel: "y" or "rgb".
        y_rounding: "float" or "8bit", see `luma`.

    `update_state(hr, sr)` takes batches `[batch, height, width, 3]`, RGB, uint8 or floating point
    in [0, 1], of at least 11 x 11 pixels after the crop; they are clipped and rounded to 8 bits
    first.

    Raises:
        TypeError: A batch of another dtype.
        ValueError: A batch of another shape or range.

    Examples:
        >>> metric = SSIM(crop_border=4)
        >>> hr = np.random.default_rng(0).random((1, 24, 24, 3))
        >>> _ = metric.update_state(hr, hr)
        >>> float(metric.result())
        1.0
    """

    def per_image(self, hr: Tensor, sr: Tensor) -> Tensor:
        a, b = self._planes(hr), self._planes(sr)
        # Variances do not depend on the offset, and float32 keeps more of them around 0.
        offset = ops.mean(a, axis=(1, 2, 3), keepdims=True)
        a, b = a - offset, b - offset
        blur = _gaussian_mean(a.shape[-1])
        mean_a, mean_b = blur(a), blur(b)
        variance_a = blur(a * a) - mean_a * mean_a
        variance_b = blur(b * b) - mean_b * mean_b
        covariance = blur(a * b) - mean_a * mean_b
        mean_a, mean_b = mean_a + offset, mean_b + offset
        c1, c2 = _ssim.C1 / 255.0**2, _ssim.C2 / 255.0**2
        luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
        structure = (2 * covariance + c2) / (variance_a + variance_b + c2)
        return ops.mean(luminance * structure, axis=(1, 2, 3))


@keras.saving.register_keras_serializable(package="keras_dgggan")
class LPIPS(_MeanOverImages):
    """Mean LPIPS over images, the same number as `lpips` averaged over files.

    Args:
        network: "alex" or "vgg".
        weights: Folder of the pretrained networks, see `keras_dgggan.metrics.weights`.

    `update_state(hr, sr)` takes batches `[batch, height, width, 3]`, RGB, uint8 or floating point
    in [0, 1]; they are clipped and rounded to 8 bits first.

    Raises:
        WeightsError: The network's weights are not there.
        TypeError: A batch of another dtype.
        ValueError: A batch of another shape or range.

    Examples:
        >>> metric = LPIPS()  # doctest: +SKIP
        >>> metric.update_state(hr, sr)  # doctest: +SKIP
    """

    def __init__(
        self,
        network: str = "alex",
        weights: str | os.PathLike[str] | None = None,
        name: str = "lpips",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.network = network
        self.weights = None if weights is None else os.fspath(weights)
        self._distance = LPIPSNetwork(network, weights)

    def per_image(self, hr: Tensor, sr: Tensor) -> Tensor:
        return self._distance(hr / 255.0, sr / 255.0)

    def get_config(self) -> Config:
        return {**super().get_config(), "network": self.network, "weights": self.weights}


def _levels(images: Tensor, name: str, least: float, most: float) -> tuple[Tensor, Tensor | bool]:
    """A batch as 8-bit levels in float32, and whether its values were in the range."""
    images = ops.convert_to_tensor(images)
    if len(images.shape) != 4 or images.shape[-1] not in (3, None):
        raise ValueError(
            f"{name} must be a batch [batch, height, width, 3]. "
            f"Received: shape {tuple(images.shape)}"
        )
    dtype = keras.backend.standardize_dtype(images.dtype)
    if dtype == "uint8":
        return ops.cast(images, "float32"), True
    if not keras.backend.is_float_dtype(dtype):
        raise TypeError(f"{name} must be uint8, or floating point in [0, 1]. Received: {dtype}")
    images = ops.cast(images, "float32")
    values = _readable(images)
    if values is not None:
        _planes.check_range(values, name, least, most)
    # False for NaN, too.
    right = ops.logical_and(ops.min(images) >= least, ops.max(images) <= most)
    return ops.round(ops.clip(images, 0.0, 1.0) * 255.0), right


def _readable(images: Tensor) -> np.ndarray | None:
    """The values, or None in a compiled function, where there are none yet."""
    try:
        return np.asarray(ops.convert_to_numpy(images))
    # TensorFlow raises the first for a tensor of a graph, JAX the second for one that it traces.
    except (NotImplementedError, TypeError):
        return None


def _gaussian_mean(channels: int) -> Callable[[Tensor], Tensor]:
    window = ops.convert_to_tensor(_ssim.GAUSSIAN, "float32")
    column = ops.tile(ops.reshape(window, (-1, 1, 1, 1)), (1, 1, channels, 1))
    row = ops.transpose(column, (1, 0, 2, 3))

    def blur(planes: Tensor) -> Tensor:
        for kernel in (column, row):
            planes = ops.depthwise_conv(
                planes, kernel, padding="valid", data_format="channels_last"
            )
        return planes

    return blur
