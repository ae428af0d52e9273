"""Methods that make SR from LR: the bicubic, a model, or a folder of ready images."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import DataError, UsageError
from keras_dgggan.evaluation.benchmark_sets import BenchmarkImage, BenchmarkSet
from keras_dgggan.evaluation.degraded_lr import DegradedLR
from keras_dgggan.evaluation.image_pairs import matching
from keras_dgggan.images import read_image
from keras_dgggan.images.pixels import has_alpha, over_white, to_depth
from keras_dgggan.images.resize import imresize

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class DecodedPair:
    """One test image, decoded.

    Attributes:
        name: Its name.
        hr: uint8 `[scale * h, scale * w, 3]`, or without the last axis if gray.
        lr: uint8 `[h, w, 3]`, gray if HR is.
        lr_is_given: Whether LR is what it is, read from a file or degraded, rather than the plain
            bicubic of HR.
    """

    name: str
    hr: Pixels
    lr: Pixels
    lr_is_given: bool

    @property
    def scale(self) -> int:
        return self.hr.shape[0] // self.lr.shape[0]


class Method(Protocol):
    """Anything with a name that makes SR of a sample, as uint8 of HR's shape."""

    name: str

    def __call__(self, sample: DecodedPair) -> Pixels: ...


def read_sample(
    image: BenchmarkImage, scale: int, degradation: DegradedLR | None = None
) -> DecodedPair:
    """Decode a test image; make LR where there is none, by the bicubic or a degradation.

    The bicubic's LR is MATLAB's, bit for bit: of uint8, from HR cropped to a multiple of the scale.

    Raises:
        DataError: LR and HR do not fit.
        ImageFileError: A file cannot be decoded.
    """
    hr = cropped_to_multiple(read_pixels(image.hr), scale)
    if degradation is not None:
        return DecodedPair(image.name, hr, degradation(hr, image.name, scale=scale), True)
    if image.lr is None:
        return DecodedPair(image.name, hr, imresize(hr, 1 / scale), False)
    lr = as_layout_of(hr, read_pixels(image.lr))
    if lr.shape[:2] != (hr.shape[0] // scale, hr.shape[1] // scale):
        raise DataError(
            f"'{image.lr}' is {lr.shape[1]}x{lr.shape[0]}, where HR of "
            f"{hr.shape[1]}x{hr.shape[0]} at scale {scale} needs "
            f"{hr.shape[1] // scale}x{hr.shape[0] // scale}"
        )
    return DecodedPair(image.name, hr, lr, True)


class Bicubic:
    """Bicubic enlargement, made as the published rows are.

    Published rows come from images in floating point, rounded to 8 bits after each of the two
    resizes and not between the passes of one, so that is what this does. With 8 bits between the
    passes too, as LR files are made, it would be 0.002 dB less.
    """

    name = "bicubic"

    def __call__(self, sample: DecodedPair) -> Pixels:
        lr = sample.lr
        if not sample.lr_is_given:
            lr = _rounded(imresize(sample.hr.astype(np.float64), 1 / sample.scale))
        return _rounded(imresize(lr.astype(np.float64), sample.scale))


class ModelMethod:
    """A model by name, run through `keras_dgggan.inference.Upscaler`.

    Args:
        model: A preset's name, a run folder, a .keras file or a SavedModel's folder.
        name: Its name in tables; by default the last part of `model`.
    """

    def __init__(self, model: str | os.PathLike[str], name: str | None = None) -> None:
        from keras_dgggan.inference import Upscaler

        self.name = name or short_name(model)
        self.upscaler = Upscaler(model)

    @property
    def scale(self) -> int:
        return int(self.upscaler.scale)

    def __call__(self, sample: DecodedPair) -> Pixels:
        return self.upscaler.upscale(sample.lr)

    def gradient_map(self, sample: DecodedPair) -> Pixels | None:
        """The gradient map that the model predicts for its SR; None if it predicts none."""
        try:
            return self.upscaler.upscale_with_gradient_map(sample.lr)[1]
        except UsageError:
            return None


class ReadyImages:
    """Ready SR images in a folder, made by another program.

    A file belongs to an HR image if it is named alike, or goes on after a sign that is neither
    letter nor digit: `baby.png`, `baby_x4_SRGAN.png`.

    Args:
        folder: The images, or a subfolder for each benchmark set.
    """

    def __init__(self, folder: Path) -> None:
        self.name = folder.resolve().name
        self.folder = folder
        self._files: dict[str, Path] = {}

    def open_set(self, benchmark_set: BenchmarkSet, scale: int) -> None:
        """Find the files for a benchmark set.

        Raises:
            DataError: A line for each HR image that has none.
        """
        inside = self.folder / benchmark_set.name
        hr_files = {image.name: image.hr for image in benchmark_set.images}
        folder = inside if inside.is_dir() else self.folder
        self._files = matching(hr_files, folder, rf"x{scale}|[^0-9A-Za-z].*")

    def __call__(self, sample: DecodedPair) -> Pixels:
        path = self._files[sample.name]
        # Made from HR that was not cropped, SR may be the larger.
        pixels = as_layout_of(sample.hr, cropped_to_multiple(read_pixels(path), sample.scale))
        if pixels.shape != sample.hr.shape:
            raise DataError(
                f"'{path}' is {pixels.shape[1]}x{pixels.shape[0]}, where HR is "
                f"{sample.hr.shape[1]}x{sample.hr.shape[0]}"
            )
        return pixels


def load_models(names: Sequence[str]) -> list[ModelMethod]:
    """Load models; each is called by its short name, with its folder's name where two are alike.

    Raises:
        UsageError: There is no such model.
        WeightsError: It cannot be loaded.
    """
    short = [short_name(name) for name in names]
    return [
        ModelMethod(name, label if short.count(label) == 1 else f"{Path(name).parent.name}-{label}")
        for name, label in zip(names, short, strict=True)
    ]


def common_scale(models: Sequence[ModelMethod], scale: int | None = None) -> int:
    """The scale of all models, or `scale`, or 4.

    Raises:
        UsageError: They differ.
    """
    for model in models:
        if scale is not None and model.scale != scale:
            raise UsageError(
                f"the model {model.name!r} is of scale {model.scale}, and {scale} is wanted: "
                "measure one scale at a time"
            )
        scale = model.scale
    return 4 if scale is None else scale


def short_name(model: str | os.PathLike[str]) -> str:
    """A model's name in tables and folders.

    Examples:
        >>> short_name("runs/quickstart"), short_name("exports/tiny/1"), short_name("a/b.keras")
        ('quickstart', 'tiny', 'b')
    """
    path = Path(model)
    if path.name.isdecimal() and path.parent.name:
        path = path.parent
    return re.sub(r"\.(keras|npz|weights\.h5)$", "", path.name) or str(model)


def _rounded(pixels: npt.NDArray[np.float64]) -> Pixels:
    return np.floor(pixels.clip(0, 255) + 0.5).astype(np.uint8)


def read_pixels(path: str | os.PathLike[str]) -> npt.NDArray[np.uint8]:
    """Decode a picture of any format: uint8, `[height, width, 3]`, or `[height, width]` if gray.

    Benchmark scripts measure a gray picture (Set14's `bridge`) on its own levels, so it has to
    stay gray. Orientation, palettes, alpha and depth are treated as in `decode_rgb8`.

    Raises:
        ImageFileError: The file is missing, damaged, too large or no image.

    Examples:
        >>> from PIL import Image
        >>> Image.new("L", (32, 24)).save("gray.png")
        >>> read_pixels("gray.png").shape
        (24, 32)
    """
    pixels = to_depth(read_image(path, first_frame=True).pixels, np.uint8)
    if has_alpha(pixels):
        pixels = over_white(pixels)
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels


def as_layout_of(
    reference: npt.NDArray[np.uint8], pixels: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """`pixels` with the channels of `reference`: a gray picture may come stored as RGB."""
    if reference.ndim == pixels.ndim:
        return pixels
    if pixels.ndim == 2:
        return np.repeat(pixels[..., None], 3, axis=2)
    return np.rint(pixels.mean(axis=2)).astype(np.uint8)


def cropped_to_multiple(pixels: npt.NDArray[np.uint8], scale: int) -> npt.NDArray[np.uint8]:
    """Without the rows and columns, at bottom and right, that do not fill a multiple of `scale`."""
    height, width = (size // scale * scale for size in pixels.shape[:2])
    if min(height, width) == 0:
        raise DataError(
            f"an image of {pixels.shape[1]}x{pixels.shape[0]} pixels is smaller than the scale "
            f"{scale}"
        )
    return pixels[:height, :width]
