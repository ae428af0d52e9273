"""PSNR, SSIM and LPIPS as Keras metrics over batches, for validation while training."""

import os
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_dgggan.metrics import _planes, _ssim
from keras_dgggan.metrics._lpips import LPIPSNetwork
from keras_dgggan.metrics._planes import Channel, YRounding


class _MeanOverImages(keras.metrics.Mean):
    """Averages a value per image, so that batches of any size weigh alike."""

    def __init__(
        self,
        crop_border: int = 4,
        channel: Channel = "y",
        y_rounding: YRounding = "float",
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name or type(self).__name__.lower(), **kwargs)
        if channel not in ("y", "rgb"):
            raise ValueError(f"`channel` must be 'y' or 'rgb'. Received: channel={channel!r}")
        if y_rounding not in ("float", "8bit"):
            raise ValueError(
                f"`y_rounding` must be 'float' or '8bit'. Received: y_rounding={y_rounding!r}"
            )
        self.crop_border = crop_border
        self.channel = channel
        self.y_rounding = y_rounding

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        return super().update_state(self.per_image(y_true, y_pred), sample_weight)

    def per_image(self, hr: Any, sr: Any) -> Any:
        """The value of each image, float32 `[batch]`."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "crop_border": self.crop_border,
            "channel": self.channel,
            "y_rounding": self.y_rounding,
        }

    def _planes(self, images: Any) -> Any:
        """`[batch, height, width, planes]` in [0, 1] of 8-bit levels, without the border."""
        crop = slice(self.crop_border, -self.crop_border or None)
        levels = _levels(images)[:, crop, crop, :]
        if self.channel == "rgb":
            return levels / 255.0
        weights = ops.reshape(ops.convert_to_tensor(_planes.Y_WEIGHTS, "float32"), (3, 1))
        y = _planes.Y_OFFSET + ops.matmul(levels, weights / 255.0)
        return (ops.floor(y + 0.5) if self.y_rounding == "8bit" else y) / 255.0


@keras.saving.register_keras_serializable(package="keras_dgggan")
class PSNR(_MeanOverImages):
    """Mean PSNR in dB over images, the same number as `psnr` averaged over files.

    Args:
        crop_border: Pixels left out on each side.
        channel: "y" or "rgb".
        y_rounding: "float" or "8bit", see `luma`.

    `update_state(hr, sr)` takes float batches `[batch, height, width, 3]`, RGB in [0, 1]; they
    are clipped and rounded to 8 bits first, as saved pictures are.

    Example:
        >>> metric = PSNR(crop_border=4)
        >>> metric.update_state(hr, sr)
        >>> metric.result()   # 28.43
    """

    def per_image(self, hr: Any, sr: Any) -> Any:
        error = ops.mean(ops.square(self._planes(hr) - self._planes(sr)), axis=(1, 2, 3))
        return -10.0 * ops.log10(error)


@keras.saving.register_keras_serializable(package="keras_dgggan")
class SSIM(_MeanOverImages):
    """Mean SSIM over images, the same number as `ssim` averaged over files.

    Args:
        crop_border: Pixels left out on each side.
        channel: "y" or "rgb".
        y_rounding: "float" or "8bit", see `luma`.

    `update_state(hr, sr)` takes float batches `[batch, height, width, 3]`, RGB in [0, 1], of at
    least 11 x 11 pixels after the crop; they are clipped and rounded to 8 bits first.

    Example:
        >>> metric = SSIM(crop_border=4)
        >>> metric.update_state(hr, sr)
        >>> metric.result()   # 0.8113
    """

    def per_image(self, hr: Any, sr: Any) -> Any:
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
class LPIPS(keras.metrics.Mean):
    """Mean LPIPS over images, the same number as `lpips` averaged over files.

    Args:
        network: "alex" or "vgg".
        weights: Folder of the pretrained networks, see `keras_dgggan.metrics.weights`.

    `update_state(hr, sr)` takes float batches `[batch, height, width, 3]`, RGB in [0, 1]; they
    are clipped and rounded to 8 bits first.

    Raises:
        WeightsError: The network's weights are not there.

    Example:
        >>> metric = LPIPS()
        >>> metric.update_state(hr, sr)
        >>> metric.result()   # 0.3407
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

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        distance = self._distance(_levels(y_true) / 255.0, _levels(y_pred) / 255.0)
        return super().update_state(distance, sample_weight)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "network": self.network, "weights": self.weights}


def _levels(images: Any) -> Any:
    """0-255 as the pictures' files would hold them."""
    return ops.round(ops.clip(ops.cast(images, "float32"), 0.0, 1.0) * 255.0)


def _gaussian_mean(channels: int) -> Callable[[Any], Any]:
    window = ops.convert_to_tensor(_ssim.gaussian_window(), "float32")
    column = ops.tile(ops.reshape(window, (-1, 1, 1, 1)), (1, 1, channels, 1))
    row = ops.transpose(column, (1, 0, 2, 3))

    def blur(planes: Any) -> Any:
        for kernel in (column, row):
            planes = ops.depthwise_conv(
                planes, kernel, padding="valid", data_format="channels_last"
            )
        return planes

    return blur
