"""LR images as cameras, phones and web sites make them, in NumPy and Pillow.

Each step is what BSRGAN and Real-ESRGAN settled on. Pictures are 8-bit between the steps, as they
are between real programs. Pillow's encoders write the files, so that their chroma, their tables
and their rounding are those of the files that people have.
"""

import io
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from keras_dgggan.data.blur_kernels import convolve, gaussian_kernel, sinc_kernel
from keras_dgggan.data.source import Image
from keras_dgggan.recipe.degradation import (
    BlurSection,
    CompressionSection,
    NoiseSection,
    PhotoDegradation,
    ResizeSection,
    RoundSection,
)

# JPEG's blocks of 8x8 come in fours where colour has half the size: LR crops start at any of the
# 16 places against that grid.
GRID = 16

# LR pixels around the crop and the grid's offset, so that no edge effect reaches the crop.
EDGE = 4

_FILTERS = {
    "area": PillowImage.Resampling.BOX,
    "bilinear": PillowImage.Resampling.BILINEAR,
    "bicubic": PillowImage.Resampling.BICUBIC,
    "lanczos": PillowImage.Resampling.LANCZOS,
}

# Sizes below it are left alone by the resizes within a round.
_LEAST_SIZE = 16


def sample_generator(*, seed: int, number: int) -> np.random.Generator:
    """The random numbers of sample `number`: they depend on nothing but the two.

    Args:
        seed: The run's seed, at least 0.
        number: The sample's number, at least 0.
    """
    return np.random.Generator(np.random.Philox(key=np.array([seed, number], np.uint64)))


def degrade(
    image: Image,
    settings: PhotoDegradation,
    random: np.random.Generator,
    *,
    scale: int,
) -> Image:
    """Make an LR image of a whole HR image, by steps drawn at random.

    Args:
        image: uint8 `[scale * height, scale * width, 3]`.
        settings: What steps there are, how likely and how strong.
        random: Where every draw comes from.
        scale: HR size over LR size.

    Returns:
        uint8 `[height, width, 3]`.

    Examples:
        >>> settings = PhotoDegradation(last={"compression": {"probability": 1.0}})
        >>> hr = np.full((64, 96, 3), 128, np.uint8)
        >>> degrade(hr, settings, sample_generator(seed=0, number=7), scale=4).shape
        (16, 24, 3)
    """
    lr_size = image.shape[0] // scale, image.shape[1] // scale
    for section in (settings.first, settings.second):
        if random.random() < section.probability:
            image = _round(image, section, random)
    last = settings.last
    image = resize(image, lr_size, last.kernels[random.integers(len(last.kernels))])
    image = blur(image, last.blur, random)
    image = noise(image, last.noise, random)
    return compression(image, last.compression, random)


def degraded_crop(
    image: Image,
    settings: PhotoDegradation,
    random: np.random.Generator,
    *,
    scale: int,
    top: int,
    left: int,
    size: int,
    symmetry: int = 0,
) -> Image:
    """The LR version of a crop, degraded as part of its image.

    What lies around the crop takes part, mirrored beyond the image's edges, and JPEG's grid of
    blocks starts at a random place against the crop.

    Args:
        image: The whole HR image, uint8 `[height, width, 3]`.
        settings: As for `degrade`.
        random: As for `degrade`.
        scale: HR size over LR size.
        top: First row of the crop, in LR pixels.
        left: First column.
        size: Height and width, in LR pixels.
        symmetry: Which of the square's eight symmetries turns the crop before it is degraded:
            files are written of pictures that stand upright.

    Returns:
        uint8 `[size, size, 3]`, turned.
    """
    reach = GRID + EDGE
    window = (top - reach, top + size + reach), (left - reach, left + size + reach)
    patch = turned(_window(image, *((a * scale, b * scale) for a, b in window)), symmetry)
    # Before the crop remain EDGE and the offset, behind it EDGE.
    down, right = random.integers(GRID, size=2)
    first_row, first_column = (GRID - down) * scale, (GRID - right) * scale
    end = (reach + size + EDGE) * scale
    patch = np.ascontiguousarray(patch[first_row:end, first_column:end])
    lr = degrade(patch, settings, random, scale=scale)
    row, column = EDGE + down, EDGE + right
    return np.ascontiguousarray(lr[row : row + size, column : column + size])


def turned(image: Image, symmetry: int) -> Image:
    """A view of an image turned by one of the square's eight symmetries; 0 leaves it as it is."""
    return np.rot90(image[:, ::-1] if symmetry >= 4 else image, symmetry % 4)


def blur(image: Image, section: BlurSection, random: np.random.Generator) -> Image:
    """Blur some images, by a Gaussian of some shape or a sinc."""
    if random.random() >= section.probability:
        return image
    if random.random() < section.sinc:
        kernel = sinc_kernel(random.uniform(*section.cutoff))
    else:
        sigma = random.uniform(*section.sigma)
        other, angle, exponent = sigma, 0.0, 2.0
        if random.random() < section.anisotropic:
            other, angle = random.uniform(*section.sigma), random.uniform(0, np.pi)
        if random.random() < section.generalized:
            exponent = random.uniform(*section.exponent)
        kernel = gaussian_kernel((sigma, other), angle, exponent)
    return _to_uint8(convolve(image.astype(np.float32), kernel))


def resize(
    image: Image,
    size: tuple[int, int],
    kernel: Literal["area", "bilinear", "bicubic", "lanczos"],
) -> Image:
    """Resize to `(height, width)` by one of Pillow's kernels, which are antialiased."""
    if size == image.shape[:2]:
        return image
    return np.asarray(PillowImage.fromarray(image).resize(size[::-1], _FILTERS[kernel]))


def noise(image: Image, section: NoiseSection, random: np.random.Generator) -> Image:
    """Add noise to some images, Gaussian or of photon counts, in colour or gray."""
    if random.random() >= section.probability:
        return image
    gray = random.random() < section.gray
    if random.random() < section.poisson:
        photons = random.uniform(*section.photons)
        clean = image.mean(axis=-1, keepdims=True) if gray else image
        clean = clean.astype(np.float32) * np.float32(photons / 255)
        added = (random.poisson(clean) - clean) * np.float32(255 / photons)
    else:
        strength = np.float32(255 * random.uniform(*section.gaussian))
        shape = (*image.shape[:2], 1 if gray else image.shape[2])
        added = random.standard_normal(shape, np.float32) * strength
    return _to_uint8(image + added)


def compression(image: Image, section: CompressionSection, random: np.random.Generator) -> Image:
    """Write some images to a JPEG or WebP file and read them again."""
    if random.random() >= section.probability:
        return image
    if random.random() < section.webp:
        return webp(image, round(random.uniform(*section.webp_quality)))
    full_chroma = random.random() < section.full_chroma
    quality = round(random.uniform(*section.quality))
    return jpeg(image, quality, full_chroma=full_chroma)


def jpeg(image: Image, quality: int, *, full_chroma: bool = False) -> Image:
    """An image after a JPEG file of a quality, its colour at half size unless told otherwise."""
    return _through_file(image, "JPEG", quality=quality, subsampling=0 if full_chroma else 2)


def webp(image: Image, quality: int) -> Image:
    """An image after a lossy WebP file of a quality."""
    return _through_file(image, "WEBP", quality=quality, method=2)


def _through_file(image: Image, kind: str, **options: int) -> Image:
    file = io.BytesIO()
    PillowImage.fromarray(image).save(file, kind, **options)
    with PillowImage.open(file) as opened:
        return np.asarray(opened.convert("RGB"))


def _round(image: Image, section: RoundSection, random: np.random.Generator) -> Image:
    image = blur(image, section.blur, random)
    image = _resize_by(image, section.resize, random)
    image = noise(image, section.noise, random)
    return compression(image, section.compression, random)


def _resize_by(image: Image, section: ResizeSection, random: np.random.Generator) -> Image:
    if random.random() >= section.probability:
        return image
    factor = random.uniform(*section.factor)
    kernel = section.kernels[random.integers(len(section.kernels))]
    height, width = (max(round(length * factor), _LEAST_SIZE) for length in image.shape[:2])
    return resize(image, (height, width), kernel)


def _window(image: Image, rows: tuple[int, int], columns: tuple[int, int]) -> Image:
    """The part between two rows and two columns, mirrored where it lies outside of the image."""
    inside, outside = [], []
    for (start, stop), length in zip((rows, columns), image.shape, strict=False):
        inside.append(slice(max(start, 0), min(stop, length)))
        outside.append((max(-start, 0), max(stop - length, 0)))
    part = image[tuple(inside)]
    return np.pad(part, [*outside, (0, 0)], "symmetric") if np.any(outside) else part


def _to_uint8(image: npt.NDArray[np.floating]) -> Image:
    return np.rint(np.clip(image, 0, 255)).astype(np.uint8)
