"""LR images as cameras and websites make them: blur, resize, noise and JPEG in random order."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial

import tensorflow as tf

from keras_dgggan.data.sampling import ALGORITHM, sample_seed
from keras_dgggan.errors import UsageError

Step = Callable[[tf.Tensor], tf.Tensor]
Degrade = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

# Streams of a sample's random numbers, beside the crop's; see `sample_seed`.
_FACTORS, _ORDER, _NOISE = 1, 2, 3

# Height and width of the blur's kernel; crops must have half of it.
_KERNEL = 21

# Below, the Gaussian is a single pixel, and its formula divides by almost nothing.
_LEAST_SIGMA = 0.1


@dataclass(frozen=True, kw_only=True)
class Degradation:
    """How LR images are made of HR crops for real photographs.

    The steps come in a random order, so that blur, noise and JPEG act at HR or at LR size.

    Attributes:
        blur: Range of the Gaussian's standard deviation in HR pixels; divided by the scale where
            blur comes after the resize.
        noise: Range of the standard deviation of Gaussian noise, in [0, 1] brightness.
        jpeg: Range of JPEG quality, 1 to 100.
        blur_probability: Share of the samples that are blurred.
        noise_probability: Share that gets noise.
        gray_noise_probability: Share of the noisy samples with equal noise in all channels.
        jpeg_probability: Share that goes through JPEG.

    Raises:
        UsageError: A range that is not one, or a probability outside of [0, 1].

    Examples:
        >>> Degradation(jpeg=(60.0, 95.0)).jpeg
        (60.0, 95.0)
    """

    blur: tuple[float, float] = (0.2, 3.0)
    noise: tuple[float, float] = (0.004, 0.06)
    jpeg: tuple[float, float] = (40.0, 95.0)
    blur_probability: float = 0.8
    noise_probability: float = 0.6
    gray_noise_probability: float = 0.4
    jpeg_probability: float = 0.7

    def __post_init__(self) -> None:
        limits = {"blur": (0.0, _KERNEL / 4), "noise": (0.0, 1.0), "jpeg": (1.0, 100.0)}
        for field in fields(self):
            value = getattr(self, field.name)
            low, high = limits.get(field.name, (0.0, 1.0))
            ends = value if isinstance(value, tuple) else (value, value)
            if not low <= ends[0] <= ends[1] <= high:
                raise UsageError(
                    f"degradation.{field.name} is {value}: it should lie between {low:g} and "
                    f"{high:g}, with the smaller number first."
                )


def degrader(settings: Degradation, *, seed: int, scale: int) -> Degrade:
    """A function that makes an LR crop of an HR crop and a sample number.

    The blur is keras-cv's; its layer draws from a generator of its own, so its operation is
    called with factors drawn from (seed, sample number).

    Args:
        settings: The ranges.
        seed: The run's seed.
        scale: HR size over LR size.

    Returns:
        A function of uint8 `[scale * height, scale * width, 3]` and an int64 scalar, of which
        it makes uint8 `[height, width, 3]`. Height and width are at least 10.
    """
    # Takes seconds: for those who ask for it.
    from keras_cv.layers import RandomGaussianBlur

    # Without a seed it takes TensorFlow's global generator, which a deterministic run has not.
    blur_layer = RandomGaussianBlur(kernel_size=_KERNEL, factor=1.0, seed=0, dtype="float32")

    def degrade(hr: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
        def uniform(count: int, stream: int) -> tf.Tensor:
            key = sample_seed(seed=seed, number=number, stream=stream)
            return tf.random.stateless_uniform([count], key, alg=ALGORITHM)

        lr_size = tf.shape(hr)[:2] // scale
        draws = uniform(8, _FACTORS)

        def blur(image: tf.Tensor) -> tf.Tensor:
            sigma = _between(settings.blur, draws[0])
            sigma = tf.where(tf.shape(image)[0] == lr_size[0], sigma / scale, sigma)
            # The layer pads with black, which would darken the crop's edge.
            margin = _KERNEL // 2
            padded = tf.pad(image, [[margin, margin], [margin, margin], [0, 0]], "SYMMETRIC")
            kernel = blur_layer.get_kernel(tf.maximum(sigma, _LEAST_SIGMA), _KERNEL)
            columns = tf.reshape(kernel, [_KERNEL, 1, 1, 1])
            rows = tf.reshape(kernel, [1, _KERNEL, 1, 1])
            blurred = blur_layer.augment_image(padded, (columns, rows))
            return blurred[margin:-margin, margin:-margin]

        def resize(image: tf.Tensor) -> tf.Tensor:
            methods = [
                partial(tf.image.resize, image, lr_size, method, antialias=True)
                for method in ("area", "bilinear", "bicubic")
            ]
            return tf.switch_case(tf.cast(draws[1] * len(methods), tf.int32), methods)

        def noise(image: tf.Tensor) -> tf.Tensor:
            size = tf.shape(image)
            gray = draws[2] < settings.gray_noise_probability
            channels = tf.where(gray, 1, 3)
            key = sample_seed(seed=seed, number=number, stream=_NOISE)
            normal = tf.random.stateless_normal([size[0], size[1], channels], key, alg=ALGORITHM)
            return image + normal * _between(settings.noise, draws[3])

        def jpeg(image: tf.Tensor) -> tf.Tensor:
            quality = tf.cast(tf.round(_between(settings.jpeg, draws[4])), tf.int32)
            return tf.image.adjust_jpeg_quality(tf.clip_by_value(image, 0.0, 1.0), quality)

        branches = [
            resize,
            _sometimes(blur, settings.blur_probability, draws[5]),
            _sometimes(noise, settings.noise_probability, draws[6]),
            _sometimes(jpeg, settings.jpeg_probability, draws[7]),
        ]
        image = tf.image.convert_image_dtype(hr, tf.float32)
        order = tf.argsort(uniform(len(branches), _ORDER))
        for place in range(len(branches)):
            chosen = [partial(branch, image) for branch in branches]
            image = tf.switch_case(order[place], chosen)
            image = tf.ensure_shape(image, [None, None, 3])
        return tf.cast(tf.round(tf.clip_by_value(image, 0.0, 1.0) * 255.0), tf.uint8)

    return degrade


def _between(ends: tuple[float, float], draw: tf.Tensor) -> tf.Tensor:
    return ends[0] + (ends[1] - ends[0]) * draw


def _sometimes(step: Step, probability: float, draw: tf.Tensor) -> Step:
    return lambda image: tf.cond(draw < probability, lambda: step(image), lambda: image)
