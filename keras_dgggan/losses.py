"""The six terms of the generator's loss (paper eqs. 6 to 9) and the critic's (eq. 10).

Pure functions of tensors in `keras.ops`, in float32 whatever comes in; a trainer for any backend
can use them. Images are `[batch, height, width, 3]`, RGB in [0, 1]; every loss is a scalar, the
mean over batch and positions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import NamedTuple

import keras
from keras import ops

from keras_dgggan._types import Tensor
from keras_dgggan.layers.image_gradient import image_gradient


@dataclass(frozen=True, kw_only=True)
class LossWeights:
    """The weights of eq. 7, by their paper letters theta, alpha, mu, beta, epsilon and eta.

    A weight of 0 removes the term together with its cost. `grid` is not in the paper: see
    `grid_loss`.

    Raises:
        ValueError: A weight is negative.

    Examples:
        >>> psnr_stage = LossWeights(perceptual=0, adversarial=0, gradient_adversarial=0)
        >>> psnr_stage.pixel, psnr_stage.gradient_branch
        (0.01, 0.5)
    """

    perceptual: float = 1.0
    pixel: float = 0.01
    gradient: float = 0.01
    adversarial: float = 0.005
    gradient_adversarial: float = 0.005
    gradient_branch: float = 0.5
    grid: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value >= 0:
                raise ValueError(f"`{field.name}` must be at least 0. Received: {value}")


class CriticLosses(NamedTuple):
    """Eq. 10 and what it is made of; scalars, float32.

    Attributes:
        loss: What the critic minimises: `-wasserstein + lambda * penalty`.
        wasserstein: Mean score of real less mean score of fake samples, which estimates the
            Wasserstein distance up to the critic's Lipschitz constant.
        penalty: `mean (|gradient| - 1)^2`, without lambda.
        real: Mean score of real samples.
        fake: Mean score of fake samples.
    """

    loss: Tensor
    wasserstein: Tensor
    penalty: Tensor
    real: Tensor
    fake: Tensor


def l1(target: Tensor, prediction: Tensor) -> Tensor:
    """Mean absolute difference: eq. 9 of images, eq. 6 of gradient maps, eq. 8 of features.

    Examples:
        >>> float(l1(np.ones([1, 2, 2, 3]), np.full([1, 2, 2, 3], 0.75)))
        0.25
    """
    return ops.mean(ops.abs(ops.cast(target, "float32") - ops.cast(prediction, "float32")))


def pixel_loss(hr: Tensor, sr: Tensor) -> Tensor:
    """Eq. 9: L1 between the HR and the SR image."""
    return l1(hr, sr)


def gradient_loss(hr: Tensor, sr: Tensor) -> Tensor:
    """Eq. 6: L1 between the gradient maps of the HR and the SR image."""
    return l1(image_gradient(hr), image_gradient(sr))


def gradient_branch_loss(hr: Tensor, predicted_map: Tensor) -> Tensor:
    """The last term of eq. 7: L1 between HR's gradient map and the gradient branch's output."""
    return l1(image_gradient(hr), predicted_map)


def grid_loss(hr: Tensor, sr: Tensor, scale: int, window: int = 6) -> Tensor:
    """How far SR repeats a pattern in every LR pixel that HR does not have; not in the paper.

    Where a network draws the pixels of an LR pixel from the same features, VGG features and critics
    reward a fixed pattern as if it were texture; over some LR pixels, that of photographs averages
    out. L1 between HR and SR of what the mean of each of the `scale * scale` places within LR's
    pixels differs by from the mean of all, in windows of `window * window` LR pixels.

    Args:
        hr: `[batch, scale * height, scale * width, channels]`.
        sr: The same.
        scale: HR pixels in an LR pixel, each way.
        window: LR pixels in a window, each way; smaller images are one window.

    Examples:
        >>> image = np.random.default_rng(0).random([1, 24, 24, 1], "float32")
        >>> pattern = np.tile([[0.0, 0.1], [0.1, 0.0]], [12, 12])[None, :, :, None]
        >>> round(float(grid_loss(image, image + pattern, scale=2)), 4)
        0.05
        >>> round(float(grid_loss(image, image + 0.1, scale=2)), 4)
        0.0
    """
    error = ops.cast(sr, "float32") - ops.cast(hr, "float32")
    _, height, width, channels = error.shape
    rows, columns = height // scale, width // scale
    places = ops.reshape(error, (-1, rows, scale, columns, scale, channels))
    places = ops.reshape(
        ops.transpose(places, (0, 1, 3, 5, 2, 4)), (-1, rows, columns, channels * scale * scale)
    )
    size = (min(window, rows), min(window, columns))
    means = ops.average_pool(places, size, size, padding="valid")
    means = ops.reshape(means, (-1, *means.shape[1:3], channels, scale * scale))
    return ops.mean(ops.abs(means - ops.mean(means, axis=-1, keepdims=True)))


def perceptual_loss(hr_features: Tensor, sr_features: Tensor) -> Tensor:
    """Eq. 8: L1 between VGG features of HR and SR, summed where there are several layers.

    Args:
        hr_features: `[batch, height, width, channels]`, or a list of such from several layers.
        sr_features: The same.

    Examples:
        >>> ones, zeros = np.ones([1, 2, 2, 8]), np.zeros([1, 2, 2, 8])
        >>> float(perceptual_loss(ones, zeros)), float(perceptual_loss([ones, ones], [zeros, ones]))
        (1.0, 1.0)
    """
    if not isinstance(hr_features, list):
        return l1(hr_features, sr_features)
    return sum(l1(hr, sr) for hr, sr in zip(hr_features, sr_features, strict=True))


def adversarial_loss(fake_scores: Tensor) -> Tensor:
    """The generator's part of eq. 10: `-mean D(fake)`, scores `[batch, 1]`."""
    return -ops.mean(ops.cast(fake_scores, "float32"))


def wasserstein_loss(real_scores: Tensor, fake_scores: Tensor) -> Tensor:
    """The first two terms of eq. 10, for the critic: `mean D(fake) - mean D(real)`.

    Its negative estimates the Wasserstein distance (times the critic's Lipschitz constant). The
    paper prints p_g under both expectations; one of them is the distribution of real samples.
    """
    fake = ops.mean(ops.cast(fake_scores, "float32"))
    real = ops.mean(ops.cast(real_scores, "float32"))
    return fake - real


def interpolates(real: Tensor, fake: Tensor, alpha: Tensor) -> Tensor:
    """Points on the lines between real and fake samples, where eq. 10 takes its penalty.

    Args:
        real: `[batch, ...]`.
        fake: `[batch, ...]`.
        alpha: One number in [0, 1) a sample, `[batch]`: 0 gives the real sample.

    Returns:
        `real + alpha * (fake - real)`, float32.
    """
    real = ops.cast(real, "float32")
    fake = ops.cast(fake, "float32")
    alpha = ops.reshape(ops.cast(alpha, "float32"), (-1, *[1] * (len(real.shape) - 1)))
    return real + alpha * (fake - real)


def gradient_penalty(gradients: Tensor, epsilon: float = 1e-12) -> Tensor:
    """The third term of eq. 10 without lambda: `mean (|g| - 1)^2`.

    The norm runs over all axes but the batch's: a norm over the channels alone, found in many
    public versions, is another penalty, one of each pixel.

    Args:
        gradients: Of the critic's scores with respect to the interpolates, `[batch, ...]`.
        epsilon: Stands inside the root, whose derivative at zero is infinite.

    Returns:
        A scalar, float32.

    Examples:
        >>> float(gradient_penalty(np.full([1, 2, 2, 1], 1.0, "float32")))  # (2 - 1)^2
        1.0

    Reference:
        Gulrajani et al., Improved Training of Wasserstein GANs, 2017, eq. 3.
    """
    gradients = ops.cast(gradients, "float32")
    squares = ops.sum(ops.square(gradients), axis=tuple(range(1, len(gradients.shape))))
    return ops.mean(ops.square(ops.sqrt(squares + epsilon) - 1.0))


def check_networks(
    weights: LossWeights, generator: keras.Model, networks: Mapping[str, keras.Model | None]
) -> None:
    """Check that there is a network for every term whose weight is not 0.

    Raises:
        ValueError: There is not.
    """
    for value, name in [
        (weights.perceptual, "feature_extractor"),
        (weights.adversarial, "image_critic"),
        (weights.gradient_adversarial, "gradient_critic"),
    ]:
        if value and networks[name] is None:
            raise ValueError(
                f"These loss weights need `{name}`, which the model was not given. "
                f"Received: loss_weights={weights}"
            )
    if weights.gradient_branch and not generator.gradient_branch:
        raise ValueError(
            "A generator without a gradient branch needs a `gradient_branch` weight of 0. "
            f"Received: loss_weights={weights}"
        )


def generator_terms(
    weights: LossWeights,
    real: dict[str, Tensor],
    fake: dict[str, Tensor],
    output: dict[str, Tensor],
    features: tuple[Tensor, Tensor],
    wgan: Mapping[str, CriticLosses],
    scale: int,
) -> dict[str, Tensor]:
    """The terms of eq. 7 whose weights are not 0, in its order, without their weights.

    Args:
        weights: Of eq. 7.
        real: HR's `image` and `gradient` map.
        fake: The same of SR.
        output: Of the generator: `image`, `gradient_map`.
        features: HR's and SR's, for the perceptual term.
        wgan: The losses of the critics that take part, by what they look at.
        scale: HR size over LR size.
    """
    terms = {}
    if weights.perceptual:
        terms["perceptual"] = perceptual_loss(*features)
    if weights.pixel:
        terms["pixel"] = pixel_loss(real["image"], fake["image"])
    if weights.gradient:
        terms["gradient"] = gradient_loss(real["image"], fake["image"])
    if weights.adversarial:
        terms["adversarial"] = adversarial_loss(wgan["image"].fake)
    if weights.gradient_adversarial:
        terms["gradient_adversarial"] = adversarial_loss(wgan["gradient"].fake)
    if weights.gradient_branch:
        terms["gradient_branch"] = gradient_branch_loss(real["image"], output["gradient_map"])
    if weights.grid:
        terms["grid"] = grid_loss(real["image"], fake["image"], scale)
    return terms


def step_logs(
    loss: Tensor,
    terms: dict[str, Tensor],
    weighted: dict[str, Tensor],
    wgan: Mapping[str, CriticLosses],
) -> dict[str, Tensor]:
    """The logs of a training step, by name."""
    logs = {"loss": loss} | terms | {f"{name}_weighted": v for name, v in weighted.items()}
    for name, part in wgan.items():
        logs |= {f"{name}_critic_{key}": value for key, value in part._asdict().items()}
    return logs
