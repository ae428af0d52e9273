"""All that an image goes through around a model of RGB: alpha, gray, self-ensemble, resizing."""

import functools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from keras_dgggan._types import Report
from keras_dgggan.images.channels import Model, outscaled, runs_of, share_of, upscale_picture
from keras_dgggan.images.pixels import from_unit
from keras_dgggan.images.resize import imresize
from keras_dgggan.inference.engine import Engine, run_image
from keras_dgggan.inference.ensemble import RunImage, ensembled


def upscale_image(
    image: npt.NDArray,
    engine: Engine,
    scale: float,
    *,
    ensemble: bool = False,
    never_tiled: bool = False,
    gradient_map: bool = False,
    report: Report | None = None,
) -> tuple[npt.NDArray, npt.NDArray | None]:
    """Upscale one image of any channels and depth.

    Args:
        image: As `upscale_picture` takes it.
        engine: What runs the model.
        scale: The factor of the result; where it is not the model's, the bicubic resizes.
        ensemble: Average over the eight flips and turns.
        never_tiled: See `run_image`.
        gradient_map: Also give the predicted gradient map.
        report: Called as work goes on with the part that is done, from 0 to 1.

    Returns:
        The image's layout and dtype, and the gradient map, uint8 `[height, width, 3]`, or None.

    Raises:
        ValueError: The image is none that `upscale_picture` takes.
        DggganError: Memory does not suffice, or the model's result is not finite.
    """
    runs = runs_of(image)
    edges: list[npt.NDArray] = []

    def model(rgb: npt.NDArray, number: int, with_map: bool) -> Iterator[npt.NDArray]:
        names = ("image", "gradient_map") if with_map else ("image",)
        run: RunImage = functools.partial(run_image, engine, names=names, never_tiled=never_tiled)
        if ensemble:
            run = ensembled(run)
        for band in run(rgb, share_of(report, number, runs)):
            if with_map:
                edges.append(from_unit(band["gradient_map"], np.uint8, 255.0))
            yield band["image"]

    colours: Model = functools.partial(model, number=0, with_map=gradient_map)
    alpha: Model = functools.partial(model, number=1, with_map=False)
    if scale != engine.scale:
        colours, alpha = outscaled(colours, scale), outscaled(alpha, scale)
    result = upscale_picture(image, colours, scale, alpha_model=alpha)
    if not gradient_map:
        return result, None
    whole = np.concatenate(edges)
    if whole.shape[:2] != result.shape[:2]:
        whole = imresize(whole, None, output_shape=(result.shape[0], result.shape[1]))
    return result, whole
