"""LR images made of HR with chosen degradations, for measuring on what people have."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from keras_dgggan.data.photo_degradation import blur, degrade, jpeg, noise, sample_generator, webp
from keras_dgggan.errors import UsageError
from keras_dgggan.images.resize import imresize
from keras_dgggan.recipe import find_recipe, load_recipe
from keras_dgggan.recipe.degradation import BlurSection, NoiseSection, PhotoDegradation

Pixels = npt.NDArray[np.uint8]
Step = Callable[[Pixels, np.random.Generator], Pixels]

_KNOWN = "blur:SIGMA, noise:LEVELS, jpeg:QUALITY and webp:QUALITY, joined by +, or a recipe"

# The largest value of each step.
_MOST = {"blur": 5.0, "noise": 255.0, "jpeg": 100.0, "webp": 100.0}


@dataclass(frozen=True)
class DegradedLR:
    """Makes LR of HR: by steps before and after the bicubic resize, or drawn as for training.

    Attributes:
        text: What was asked for, as tables say it.
        before: Steps at HR size.
        after: Steps at LR size.
        drawn: Takes the place of all steps where it is given.
    """

    text: str
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
    drawn: PhotoDegradation | None = None

    def __call__(self, hr: Pixels, name: str, *, scale: int) -> Pixels:
        """LR of one image.

        Args:
            hr: uint8 `[scale * height, scale * width, 3]`, or without the last axis if gray.
            name: The image's name, on which alone random draws depend.
            scale: HR size over LR size.

        Returns:
            uint8 `[height, width, 3]`, or without the last axis if gray.
        """
        random = sample_generator(seed=0, number=zlib.crc32(name.encode()))
        image = np.repeat(hr[..., None], 3, axis=-1) if hr.ndim == 2 else hr
        if self.drawn is not None:
            image = degrade(image, self.drawn, random, scale=scale)
        else:
            for step in self.before:
                image = step(image, random)
            image = imresize(image, 1 / scale)
            for step in self.after:
                image = step(image, random)
        return np.rint(image.mean(axis=-1)).astype(np.uint8) if hr.ndim == 2 else image


def degraded_lr(text: str) -> DegradedLR:
    """The degradation that a text names.

    Args:
        text: Steps like `blur:1.2+noise:3+jpeg:75`: blur (its standard deviation in HR pixels)
            comes before the resize, which is MATLAB's bicubic; noise (Gaussian, its standard
            deviation in levels of 255), JPEG (4:2:0) and WebP (lossy) of a quality after it, in
            the order given. Or a recipe, by name or file, whose `data.degradation` of kind photo
            is drawn for each image.

    Raises:
        UsageError: The text is none of these.

    Examples:
        >>> hr = np.full((64, 96, 3), 128, np.uint8)
        >>> degraded_lr("noise:3+jpeg:75")(hr, "a picture", scale=4).shape
        (16, 24, 3)
    """
    if ":" not in text or text.endswith((".yaml", ".yml")):
        return DegradedLR(text, drawn=_of_recipe(text))
    before: list[Step] = []
    after: list[Step] = []
    for part in text.split("+"):
        name, _, number = part.strip().partition(":")
        if name not in _MOST:
            raise UsageError(f"no degradation {part.strip()!r}: known are {_KNOWN}")
        (before if name == "blur" else after).append(_step(name, _value(name, number)))
    return DegradedLR(text, tuple(before), tuple(after))


def _of_recipe(name: str) -> PhotoDegradation:
    try:
        path = find_recipe(name)
    except UsageError as error:
        raise UsageError(f"no degradation {name!r}: known are {_KNOWN}") from error
    section = load_recipe(path, check_paths=False).data.degradation
    if not isinstance(section, PhotoDegradation):
        raise UsageError(f"the recipe {name!r} has no data.degradation of kind photo to make LR by")
    return section


def _value(name: str, number: str) -> float:
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    least = 1.0 if name in ("jpeg", "webp") else 0.0
    if not least <= value <= _MOST[name] or (least and value != int(value)):
        kind = "a whole number" if least else "a number"
        raise UsageError(
            f"{name}:{number} should have {kind} from {least:g} to {_MOST[name]:g} behind the colon"
        )
    return value


def _step(name: str, value: float) -> Step:
    if name == "blur":
        section = BlurSection(
            probability=1.0, sigma=(value, value), anisotropic=0.0, generalized=0.0
        )
        return lambda image, random: blur(image, section, random)
    if name == "noise":
        strength = NoiseSection(probability=1.0, gaussian=(value / 255, value / 255), gray=0.0)
        return lambda image, random: noise(image, strength, random)
    file = {"jpeg": jpeg, "webp": webp}[name]
    return lambda image, random: file(image, int(value))
