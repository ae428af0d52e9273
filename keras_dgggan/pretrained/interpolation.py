"""Network interpolation: a model between two of one architecture."""

from keras_dgggan.errors import UsageError
from keras_dgggan.networks.base import SuperResolver

# What two models may differ in and still share their weights' meaning.
_IRRELEVANT = ("name", "trainable", "dtype")


def interpolate(first: SuperResolver, second: SuperResolver, *, alpha: float) -> SuperResolver:
    """A generator whose every weight is `(1 - alpha) * first + alpha * second`.

    Between a model trained for PSNR and the GAN that was started from it, alpha trades fidelity
    for texture. Two models trained apart share no such line: their mean is noise.

    Args:
        first: A `Generator`.
        second: A `Generator` of the same configuration.
        alpha: From 0, the first, to 1, the second.

    Returns:
        A new `Generator`.

    Raises:
        UsageError: The configurations differ, or alpha is out of range.

    Examples:
        >>> from keras_dgggan import Generator
        >>> names = ("dgggan_x4_light", "dgggan_x4_light_gan")
        >>> psnr_model, gan_model = (Generator.from_preset(name) for name in names)
        >>> interpolate(psnr_model, gan_model, alpha=0.8).scale
        4

    Reference:
        Wang et al., ESRGAN, section 3.4, ECCV Workshops 2018.
    """
    if not 0 <= alpha <= 1:
        raise UsageError(f"alpha must be from 0 to 1. Received: {alpha}")
    ours, theirs = first.get_config(), second.get_config()
    differing = [
        f"{key} ({ours[key]} and {theirs[key]})"
        for key in ours
        if key not in _IRRELEVANT and ours[key] != theirs[key]
    ]
    if differing:
        raise UsageError(f"the models differ in {', '.join(differing)}: there is nothing between")
    between = type(first).from_config(ours)
    for target, a, b in zip(between.weights, first.weights, second.weights, strict=True):
        target.assign((1 - alpha) * a + alpha * b)
    return between
