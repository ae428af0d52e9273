"""One image by several methods, as rows of a figure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from keras_dgggan.evaluation.methods import Bicubic, DecodedPair, Method, ModelMethod
from keras_dgggan.evaluation.report import number
from keras_dgggan.images.figure import Box, Panel, hardest_box, with_box
from keras_dgggan.images.pixels import to_uint8
from keras_dgggan.metrics.measures import MEASURES, Protocol, measure

Pixels = npt.NDArray[np.uint8]


def rows_of(
    sample: DecodedPair,
    methods: Sequence[Method],
    measures: Sequence[str],
    protocol: Protocol,
    *,
    box: Box | None = None,
    crop_size: int = 96,
    gradient_maps: bool = False,
) -> list[list[Panel]]:
    """The rows for one image: crops of LR, bicubic, each method and HR; gradient maps below.

    Args:
        sample: The image.
        methods: What is compared beside the bicubic.
        measures: Names of `MEASURES` for the text under each crop; of the whole image.
        protocol: How to measure.
        box: What to show, in HR pixels; by default where the bicubic is furthest from HR.
        crop_size: Side of the square that is chosen then.
        gradient_maps: Add a row of gradient maps of the images, and one of the maps that the
            models' gradient branches predict, if any does.

    Raises:
        UsageError: The box does not lie in the image.

    Examples:
        >>> from keras_dgggan import imresize
        >>> hr = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
        >>> sample = DecodedPair("noise", hr, imresize(hr, 0.25), lr_is_given=False)
        >>> (row,) = rows_of(sample, [], ["psnr"], Protocol(4, 4), crop_size=32)
        >>> [panel.title for panel in row]
        ['noise', 'LR', 'bicubic', 'HR']
    """
    scale = protocol.scale
    bicubic = Bicubic()
    results = {method.name: method(sample) for method in (bicubic, *methods)}
    if box is None:
        size = max(crop_size // scale, 1) * scale
        box = hardest_box(sample.hr, results[bicubic.name], size, scale)
    box = _on_lr_grid(box, sample)
    no_reference = [name for name in measures if name == "niqe"]
    rows = [
        [
            Panel(sample.name, with_box(sample.hr, box)),
            Panel("LR", box.of(sample.lr, scale)),
            *(
                Panel(name, box.of(sr), _texts(sample.hr, sr, measures, protocol))
                for name, sr in results.items()
            ),
            Panel("HR", box.of(sample.hr), _texts(sample.hr, sample.hr, no_reference, protocol)),
        ]
    ]
    if gradient_maps:
        rows += _gradient_rows(sample, methods, results, box)
    return rows


def _on_lr_grid(box: Box, sample: DecodedPair) -> Box:
    box.check_inside(sample.hr, repr(sample.name))
    scale = sample.scale
    left, top = box.left // scale * scale, box.top // scale * scale
    right = -(-(box.left + box.width) // scale) * scale
    bottom = -(-(box.top + box.height) // scale) * scale
    return Box(left, top, right - left, bottom - top)


def _texts(hr: Pixels, sr: Pixels, measures: Sequence[str], protocol: Protocol) -> list[str]:
    values, _ = measure(hr, sr, measures, protocol)
    return [f"{MEASURES[name].label} {number(name, value)}" for name, value in values.items()]


def _gradient_rows(
    sample: DecodedPair, methods: Sequence[Method], results: dict[str, Pixels], box: Box
) -> list[list[Panel]]:
    whole = _gradient_map(sample.hr)
    of_images = [
        Panel("gradient map of HR", with_box(whole, box)),
        Panel("LR", box.of(_gradient_map(sample.lr), sample.scale)),
        *(Panel(name, box.of(_gradient_map(sr))) for name, sr in results.items()),
        Panel("HR", box.of(whole)),
    ]
    predicted = {
        method.name: method.gradient_map(sample)
        for method in methods
        if isinstance(method, ModelMethod)
    }
    if not any(edges is not None for edges in predicted.values()):
        return [of_images]
    of_branches = [Panel("", None), Panel("", None)]
    for name in results:
        edges = predicted.get(name)
        of_branches.append(
            Panel("predicted by its branch", None if edges is None else box.of(edges))
        )
    return [of_images, of_branches]


def _gradient_map(pixels: Pixels) -> Pixels:
    """Gradient magnitude by the network's own operator (eq. 1); 255 stands for 1."""
    from keras import ops

    from keras_dgggan.layers import image_gradient

    image = np.atleast_3d(pixels)[None].astype(np.float32) / 255.0
    edges = np.asarray(ops.convert_to_numpy(image_gradient(image)))[0]
    return to_uint8(edges if pixels.ndim == 3 else edges[..., 0])
