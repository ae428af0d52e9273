"""Takes a trained network the pattern that it repeats in every LR pixel."""

from collections.abc import Iterable

import keras
import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import UsageError
from keras_dgggan.networks import Generator

# Windows are weighed by 1 / (deviation + this) squared: smooth ones count, textured ones hardly.
_LEVEL = 0.003
# Of the least squares, relative to the sum of the weights.
_RIDGE = 1e-4


def without_grid(
    generator: Generator,
    pairs: Iterable[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]],
    *,
    window: int = 6,
) -> Generator:
    """A generator whose result keeps its texture and loses what repeats with the LR pixels.

    The tail makes the `scale * scale` pixels of an LR pixel from the same features, each by weights
    of its own; training for looks leaves dots in it that are the same everywhere or follow the
    brightness. Over windows of some LR pixels the texture of photographs averages out and such dots
    do not: a least-squares fit tells from the mean features of a window how far the mean of each of
    the places within the LR pixels is off from all of them, in SR and not in HR. What the fit tells
    is taken from the tail's weights. Nothing is trained; the rest of the network stays as it is.

    Args:
        generator: One with the `pixel_shuffle` tail.
        pairs: LR and HR, uint8 `[height, width, 3]` and `scale` times that, as the network is to
            meet them; some dozens of 64 x 64 LR pixels or more.
        window: Side of a window in LR pixels.

    Raises:
        UsageError: The generator has another tail, or no pair has a whole window.

    Examples:
        >>> generator = Generator(filters=4, blocks=1, se_reduction=2, upsampler="pixel_shuffle")
        >>> hr = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
        >>> without_grid(generator, [(hr[::4, ::4], hr)]).scale
        4
    """
    if generator.upsampler != "pixel_shuffle":
        raise UsageError(f"a tail of {generator.upsampler!r} has no pixels of its own to even out")
    even = Generator.from_config(generator.get_config())
    even.set_weights(generator.get_weights())
    tail = even.get_layer("image_pixels")
    both = keras.Model(even.input, [tail.input, even.output["image"]])
    features, deviations = [], []
    for lr, hr in pairs:
        if min(lr.shape[:2]) < window:
            continue
        before, sr = (np.asarray(x[0]) for x in both(np.float32(lr[None]) / np.float32(255)))
        features.append(_window_means(before, window))
        deviations.append(_deviations(sr - np.float32(hr) / 255, even.scale, window))
    if not features:
        raise UsageError(f"no pair has a window of {window} x {window} LR pixels")
    slopes, constants = _fit(np.concatenate(features), np.concatenate(deviations))
    kernel, bias = tail.get_weights()
    kernel[1, 1] -= slopes
    tail.set_weights([kernel, bias - constants])
    return even


def _window_means(image: npt.NDArray, window: int) -> npt.NDArray[np.float64]:
    """`[windows, channels]` of `[height, width, channels]`; what fills no window is left out."""
    rows, columns = (size // window for size in image.shape[:2])
    channels = image.shape[2]
    whole = image[: rows * window, : columns * window].astype(np.float64)
    means = whole.reshape(rows, window, columns, window, channels).mean(axis=(1, 3))
    return np.asarray(means.reshape(rows * columns, channels))


def _deviations(error: npt.NDArray, scale: int, window: int) -> npt.NDArray[np.float64]:
    """Of each place within the LR pixels from the mean of all, in the tail's order of channels."""
    rows, columns = (size // scale for size in error.shape[:2])
    places = error.reshape(rows, scale, columns, scale, 3).transpose(0, 2, 1, 3, 4)
    means = _window_means(places.reshape(rows, columns, 3 * scale * scale), window)
    means = means.reshape(len(means), scale * scale, 3)
    return (means - means.mean(axis=1, keepdims=True)).reshape(len(means), -1)


def _fit(features: npt.NDArray, deviations: npt.NDArray) -> tuple[npt.NDArray, npt.NDArray]:
    """Slopes `[features, deviations]` and constants of the weighted least squares."""
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    known = np.c_[(features - middle) / spread, np.ones(len(features))]
    weights = (np.sqrt((deviations**2).mean(axis=1)) + _LEVEL) ** -2
    ridge = np.full(known.shape[1], _RIDGE * weights.sum())
    ridge[-1] = 0
    weighted = known.T * weights
    found = np.linalg.solve(weighted @ known + np.diag(ridge), weighted @ deviations)
    slopes = found[:-1] / spread[:, None]
    return slopes, found[-1] - middle @ slopes
