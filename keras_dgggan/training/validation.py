"""Measuring a generator on whole images, and keeping pictures of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_dgggan.files import atomic_path
from keras_dgggan.images.figure import Panel, draw
from keras_dgggan.images.pixels import to_uint8
from keras_dgggan.images.resize import imresize
from keras_dgggan.layers import image_gradient
from keras_dgggan.metrics._color_error import BOX
from keras_dgggan.metrics.measures import (
    Protocol,
    Values,
    mean_values,
    measure,
    usable_measures,
)

Pair = tuple[str, np.ndarray, np.ndarray]
# The columns of validation.csv, and the metric in each.
MEASURED = {"psnr_y": "psnr", "ssim_y": "ssim", "color_error": "color", "lpips": "lpips"}


def smallest_hr(scale: int) -> int:
    """Height and width that an HR image must have to be measured.

    A border is left out on both sides, and the colour error takes the mean of boxes.
    """
    return BOX + 2 * scale


@dataclass(frozen=True, kw_only=True)
class Score:
    """How near one image comes to its HR image.

    Attributes:
        name: Of the image.
        psnr_y: PSNR in dB on Y.
        ssim_y: SSIM on Y.
        color_error: Drift of colour and brightness, in levels of 255.
        lpips: The perceptual distance, where its weights are present.
    """

    name: str
    psnr_y: float
    ssim_y: float
    color_error: float
    lpips: float | None = None

    @property
    def numbers(self) -> dict[str, float]:
        """The measures by name, those that there are."""
        return {k: v for k, v in vars(self).items() if k != "name" and v is not None}


def _score(name: str, values: Values) -> Score:
    found: dict[str, Any] = {column: values.get(key) for column, key in MEASURED.items()}
    return Score(name=name, **found)


def mean_score(scores: Iterable[Score]) -> Score:
    """The mean over images, as papers report it; of LPIPS over those large enough for it."""
    rows = [{key: getattr(score, column) for column, key in MEASURED.items()} for score in scores]
    return _score("mean", mean_values(rows))


class Validator:
    """Upscales whole images and compares them with HR.

    Args:
        pairs: `(name, lr, hr)` with uint8 `[height, width, 3]` and `[scale * height, ...]`.
        generator: The generator to measure, as it is at each run.
        scale: Of the generator; also the border left out of the scores.
        pictures: How many of the first images to keep as pictures.
    """

    def __init__(
        self, pairs: list[Pair], generator: keras.Model, scale: int, pictures: int
    ) -> None:
        self.pairs = pairs
        self.scale = scale
        self.pictures = pictures
        self.protocol = Protocol(scale, crop_border=scale)
        self.measures, _ = usable_measures([*MEASURED.values()], self.protocol)
        self.bicubic = [self._score(name, hr, imresize(lr, scale)) for name, lr, hr in pairs]
        # One trace for all sizes and all runs.
        self._upscale = tf.function(
            lambda lr: generator(lr, training=False),
            input_signature=[tf.TensorSpec([1, None, None, 3], tf.float32)],
        )

    def _score(self, name: str, hr: np.ndarray, sr: np.ndarray) -> Score:
        values, _ = measure(hr, sr, self.measures, self.protocol)
        return _score(name, values)

    def run(self, folder: Path, step: int) -> tuple[list[Score], list[Path]]:
        """Score every image; write the pictures of this step.

        Returns:
            The scores in the order of the pairs, and the files written.
        """
        scores, files = [], []
        for i, (name, sr, gradient_map) in enumerate(self._upscaled()):
            _, lr, hr = self.pairs[i]
            scores.append(self._score(name, hr, sr))
            if i < self.pictures:
                folder.mkdir(parents=True, exist_ok=True)
                path = folder / f"{Path(name).stem}-step-{step:08d}.png"
                self._picture(path, lr, sr, hr, gradient_map, scores[-1], self.bicubic[i])
                files.append(path)
        return scores, files

    def _upscaled(self) -> Iterator[tuple[str, np.ndarray, np.ndarray | None]]:
        for name, lr, _ in self.pairs:
            output = self._upscale(tf.constant(lr[None] / np.float32(255)))
            sr = to_uint8(output["image"].numpy()[0])
            gradient = output.get("gradient_map")
            yield (
                name,
                sr,
                None if gradient is None else to_uint8(gradient.numpy()[0]),
            )

    def _picture(
        self,
        path: Path,
        lr: np.ndarray,
        sr: np.ndarray,
        hr: np.ndarray,
        gradient_map: np.ndarray | None,
        score: Score,
        bicubic: Score,
    ) -> None:
        panels = [
            Panel("LR", lr),
            Panel(f"bicubic {bicubic.psnr_y:.2f} dB", imresize(lr, self.scale)),
            Panel(f"SR {score.psnr_y:.2f} dB", sr),
            Panel("HR", hr),
        ]
        if gradient_map is not None:
            hr_map = np.asarray(image_gradient(hr[None] / np.float32(255)))[0]
            panels += [
                Panel("predicted gradient map", gradient_map),
                Panel("HR gradient", to_uint8(hr_map)),
            ]
        with atomic_path(path) as temporary:
            draw([panels], hr.shape[0]).save(temporary)
