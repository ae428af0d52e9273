"""The recipe's section on degradation: how LR images are made of HR for real photographs."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Strict, Tag

from keras_dgggan.recipe.fields import Number, Section

Probability = Annotated[float, Strict(), Field(ge=0, le=1)]
Range = tuple[Number, Number]
Kernel = Literal["area", "bilinear", "bicubic", "lanczos"]
Kernels = Annotated[tuple[Kernel, ...], Field(min_length=1)]


def _within(low: float, high: float) -> AfterValidator:
    """A check of a range's ends."""

    def check(value: Range) -> Range:
        if not low <= value[0] <= value[1] <= high:
            raise ValueError(f"it must lie between {low:g} and {high:g}, the smaller number first")
        return value

    return AfterValidator(check)


Sigma = Annotated[Range, _within(0, 5)]
Brightness = Annotated[Range, _within(0, 1)]
Quality = Annotated[Range, _within(1, 100)]


class ShuffledDegradation(Section):
    """Gaussian blur, resize, noise and JPEG in random order, one of each."""

    kind: Literal["shuffled"] = "shuffled"
    """What a section without a kind is."""
    blur: Sigma = (0.2, 3.0)
    """Standard deviation of a Gaussian in HR pixels, from and to."""
    noise: Brightness = (0.004, 0.06)
    """Standard deviation of Gaussian noise for brightness in [0, 1], from and to."""
    jpeg: Quality = (40.0, 95.0)
    """JPEG quality, from and to."""
    blur_probability: Probability = 0.8
    """Share of the samples that are blurred."""
    noise_probability: Probability = 0.6
    """Share that gets noise."""
    gray_noise_probability: Probability = 0.4
    """Share of the noisy samples whose noise is the same in all channels."""
    jpeg_probability: Probability = 0.7
    """Share that goes through JPEG."""


class BlurSection(Section):
    """One blur by a kernel of at most 21x21 pixels."""

    probability: Probability = 0.0
    """Share of the samples that are blurred."""
    sigma: Sigma = (0.2, 2.0)
    """Standard deviation in pixels of the image that is blurred, from and to."""
    anisotropic: Probability = 0.3
    """Share of the blurred ones with two different standard deviations, in a random direction."""
    generalized: Probability = 0.1
    """Share of the blurred ones whose Gaussian has another exponent than 2."""
    exponent: Annotated[Range, _within(0.2, 10)] = (1.0, 4.0)
    """That exponent, from and to: below 2 peaked, above it flat."""
    sinc: Probability = 0.0
    """Share of the blurred ones that get a sinc filter instead, which rings."""
    cutoff: Annotated[Range, _within(0.1, 1)] = (0.4, 1.0)
    """The sinc filter's highest frequency that passes, as a share of half the sampling rate."""


class ResizeSection(Section):
    """One resize by a random factor."""

    probability: Probability = 0.0
    """Share of the samples that are resized."""
    factor: Annotated[Range, _within(0.1, 2)] = (0.5, 1.2)
    """New size over old, from and to."""
    kernels: Kernels = ("area", "bilinear", "bicubic")
    """One is drawn; a name that comes twice is drawn twice as often."""


class NoiseSection(Section):
    """One layer of noise."""

    probability: Probability = 0.0
    """Share of the samples that get noise."""
    gaussian: Brightness = (0.004, 0.04)
    """Standard deviation of Gaussian noise for brightness in [0, 1], from and to."""
    poisson: Probability = 0.0
    """Share of the noisy ones with the noise of counted photons, stronger where it is bright."""
    photons: Annotated[Range, _within(1, 1e6)] = (200.0, 4000.0)
    """Photons that white stands for in Poisson noise, from and to: fewer are noisier."""
    gray: Probability = 0.4
    """Share of the noisy ones whose noise is the same in all channels."""


class CompressionSection(Section):
    """One lossy file: written and read again."""

    probability: Probability = 0.0
    """Share of the samples that go through a file."""
    quality: Quality = (40.0, 95.0)
    """JPEG quality, from and to."""
    full_chroma: Probability = 0.1
    """Share of the JPEG files with colour at full size (4:4:4) rather than half (4:2:0)."""
    webp: Probability = 0.0
    """Share of the files that are WebP."""
    webp_quality: Quality = (40.0, 95.0)
    """WebP quality, from and to."""


class RoundSection(Section):
    """Blur, resize, noise and compression, in that order, as one passage through a device."""

    probability: Probability = 1.0
    """Share of the samples that go through this round at all."""
    blur: BlurSection = BlurSection()
    """First: the lens, or a program that smooths."""
    resize: ResizeSection = ResizeSection()
    """Second."""
    noise: NoiseSection = NoiseSection()
    """Third: the sensor's, or a print's."""
    compression: CompressionSection = CompressionSection()
    """Fourth: the file it is passed on in."""


class LastSection(Section):
    """The resize to LR size, and the file that LR arrives in."""

    kernels: Kernels = ("bicubic",)
    """Of the resize: one is drawn; a name that comes twice is drawn twice as often."""
    blur: BlurSection = BlurSection()
    """After the resize; its sinc is the ringing of sharpened or re-compressed pictures."""
    noise: NoiseSection = NoiseSection()
    """After the blur."""
    compression: CompressionSection = CompressionSection()
    """The file that is upscaled."""


class PhotoDegradation(Section):
    """LR as cameras, phones and web sites make it: rounds of blur, resize, noise and compression,
    then a last file at LR size (BSRGAN, Real-ESRGAN).

    Every sample's steps are drawn anew. With all probabilities at their default, 0, only the
    bicubic resize is left.

    Examples:
        >>> last = {"compression": {"probability": 0.9, "quality": (30.0, 95.0)}}
        >>> PhotoDegradation(last=last).last.compression.quality
        (30.0, 95.0)
    """

    kind: Literal["photo"] = "photo"
    """As cameras and web sites make it."""
    first: RoundSection = RoundSection()
    """From HR."""
    second: RoundSection = RoundSection(probability=0.0)
    """From what the first round has left."""
    last: LastSection = LastSection()
    """To LR."""


def _kind(value: object) -> object:
    if isinstance(value, dict):
        return value.get("kind", "shuffled")
    return getattr(value, "kind", "shuffled")


Degradation = Annotated[
    Annotated[ShuffledDegradation, Tag("shuffled")] | Annotated[PhotoDegradation, Tag("photo")],
    Discriminator(_kind),
]
