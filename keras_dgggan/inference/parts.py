"""Local pieces of a generator, run on windows of planes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.inference.areas import as_image, cut, within
from keras_dgggan.inference.planes import Plane, as_array
from keras_dgggan.inference.windows import Window, spans

Outputs = dict[str, npt.NDArray]
Run = Callable[..., dict[str, tf.Tensor]]


@dataclass(frozen=True)
class Part:
    """A local piece of the network, which gives some pixels from some pixels around them.

    Attributes:
        function: Traced; see the subclasses.
        halo: LR pixels that a result needs around it.
        cost: Its share of the work, in units of one block, for the time left.
        scale: Size of the result over the windows'.
        largest: The largest tile; None for any.
        multiple: Windows without a halo are rounded up to so many pixels a side.
    """

    function: Any
    halo: int
    cost: float
    scale: int = 1
    largest: int | None = None
    multiple: int = 1

    def __call__(self, planes: list[Plane], window: Window) -> Outputs:
        """The results for the window's inner part: `[scale * height, scale * width, c]`."""
        raise NotImplementedError

    def windows(self, height: int, width: int, tile: int, row: int) -> Iterator[Window]:
        """The tiles of an image from a row on, side by side, then those below."""
        tile = min(tile, self.largest or tile)
        for vertical in spans(height, tile, self.halo, multiple=self.multiple, start=row):
            for horizontal in spans(width, tile, self.halo, multiple=self.multiple):
                yield Window(vertical, horizontal)


@dataclass(frozen=True)
class WindowPart(Part):
    """One that is given its windows alone: the memory of the device need not hold the planes.

    Its function goes from windows `[1, h, w, c]` to a dict of `[1, scale * h, scale * w, c]`.
    """

    def __call__(self, planes: list[Plane], window: Window) -> Outputs:
        windows = [tf.convert_to_tensor(plane.pixels[window.outer][None]) for plane in planes]
        results = self.function(*windows)
        inner = window.inner(self.scale)
        return {name: as_array(value)[0][inner] for name, value in results.items()}


@dataclass(frozen=True)
class PlanePart(Part):
    """One that reads the planes where they are.

    Its function takes int32 `[10]`, the size of the image and the window's corners, and the rows
    of the planes; it gives a dict of `[1, scale * height, scale * width, c]`.
    """

    def __call__(self, planes: list[Plane], window: Window) -> Outputs:
        # One small tensor: converting several takes as long as a small window.
        numbers = tf.constant([*planes[0].pixels.shape[:2], *window.corners()], tf.int32)
        results = self.function(numbers, *(plane.rows for plane in planes))
        return {name: as_array(value)[0] for name, value in results.items()}


def window_function(run: Run, channels: list[int]) -> Any:
    """The function of a `WindowPart` from one of windows."""

    def in_float32(*windows: tf.Tensor) -> dict[str, tf.Tensor]:
        return _in_float32(run(*windows))

    # Height and width stay open: one trace serves every image.
    signature = [tf.TensorSpec([1, None, None, count], tf.float32) for count in channels]
    return _traced(in_float32, signature)


def plane_function(run: Run, channels: list[int], scale: int = 1) -> Any:
    """The function of a `PlanePart` from one of windows, whose halo is cut off."""

    def of_planes(numbers: tf.Tensor, *rows: tf.Tensor) -> dict[str, tf.Tensor]:
        size, outer, inner = tf.split(numbers, [2, 4, 4])
        windows = [cut(as_image(plane, size), outer) for plane in rows]
        kept = scale * within(inner, outer)
        return {name: cut(value, kept) for name, value in _in_float32(run(*windows)).items()}

    return _of_planes(of_planes, channels)


def gathering_function(run: Run, channels: list[int]) -> Any:
    """The function of a `PlanePart` from one of rows, size and inner window."""

    def of_planes(numbers: tf.Tensor, *rows: tf.Tensor) -> dict[str, tf.Tensor]:
        size, _, inner = tf.split(numbers, [2, 4, 4])
        return _in_float32(run(*rows, size, inner))

    return _of_planes(of_planes, channels)


def _of_planes(run: Run, channels: list[int]) -> Any:
    rows = [tf.TensorSpec([None, count], tf.float32) for count in channels]
    return _traced(run, [tf.TensorSpec([10], tf.int32), *rows])


def _in_float32(results: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return {name: tf.cast(value, tf.float32) for name, value in results.items()}


def _traced(run: Run, signature: list[Any]) -> Any:
    function = tf.function(run, input_signature=signature, autograph=False)
    return function.get_concrete_function()
