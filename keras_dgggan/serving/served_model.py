"""A served model: what it is, and how one picture goes through one version of it."""

from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass, field

import numpy as np
import numpy.typing as npt

from keras_dgggan._types import Report
from keras_dgggan.errors import ServingError
from keras_dgggan.images.channels import Model
from keras_dgggan.images.pixels import to_uint8
from keras_dgggan.serving.connection import Connection
from keras_dgggan.serving.signatures import (
    DESCRIBE,
    DESCRIPTION,
    FLOAT,
    SERVING_DEFAULT,
    misfit,
)
from keras_dgggan.serving.tensors import Spec

Tile = Callable[[npt.NDArray], npt.NDArray]


class VersionChanged(Exception):
    """Two tiles of one picture came from different versions of the model."""


@dataclass
class ServedModel:
    """The served model as `upscale_picture` calls it, for one picture.

    Attributes:
        connection: To the model.
        scale: Of the model.
        tiled: Runs a function of tiles over an image, and reports how far it is.
        is_8_bit: Whether the picture is 8-bit colour, which travels as such.
        report: Called as tiles arrive with the part that is done, from 0 to 1.
    """

    connection: Connection
    scale: int
    tiled: Callable[[npt.NDArray, Tile, Report | None], Iterator[npt.NDArray]]
    _: KW_ONLY
    is_8_bit: bool
    report: Report | None
    _version: int | None = field(default=None, init=False)

    def __call__(self, rgb: npt.NDArray) -> Iterator[npt.NDArray]:
        levels = to_uint8(rgb)
        # Colours under alpha 0 that were replaced lie between the levels.
        travels_as_8_bit = self.is_8_bit and np.array_equal(levels / np.float32(255), rgb)
        if travels_as_8_bit:
            return self.tiled(levels, self._upscale_8_bit, self.report)
        return self.tiled(rgb, self._upscale_float, self.report)

    def in_floats(self, report: Report | None) -> Model:
        """The same version of the model for gray images, whose mean is taken before rounding."""
        return lambda rgb: self.tiled(rgb, self._upscale_float, report)

    def _upscale_8_bit(self, tile: npt.NDArray) -> npt.NDArray:
        return self._predict(SERVING_DEFAULT, tile, "uint8").astype(np.float32) / 255

    def _upscale_float(self, tile: npt.NDArray) -> npt.NDArray:
        image = self._predict(FLOAT, tile, "float32")
        if not np.isfinite(image).all():
            raise ServingError(
                f"the server at {self.connection.target} answered pixels that are not "
                f"finite: model {self.connection.model!r} overflows, or is broken"
            )
        return image

    def _predict(self, signature: str, tile: npt.NDArray, dtype: str) -> npt.NDArray:
        height, width = (self.scale * side for side in tile.shape[:2])
        reply = self.connection.predict(
            signature,
            {"image": tile[None]},
            only=["image"],
            expect={"image": Spec(dtype, (1, height, width, 3))},
        )
        if self._version not in (None, reply.version):
            raise VersionChanged(f"{self._version} to {reply.version}")
        self._version = reply.version
        return np.asarray(reply.outputs["image"])[0]


def scale_and_limit(connection: Connection) -> tuple[int, int | None]:
    """The scale of a served model, and the most pixels that it takes in one picture.

    The endpoints are compared with those that are needed; a model of 0.1.0 states no limit.

    Raises:
        ServingError: The model was not exported by this package.
    """

    def wrong(problem: str) -> ServingError:
        return ServingError(
            f"model {connection.model!r} on the server at {connection.target} was not "
            f"exported by `keras-dgggan export`: {problem}"
        )

    signatures = connection.metadata()
    for name in (SERVING_DEFAULT, FLOAT):
        problem = misfit(name, signatures)
        if problem:
            raise wrong(problem)
    limit = None
    if signatures.get(DESCRIBE) == DESCRIPTION:
        query = {"query": np.zeros(1, np.int64)}
        expect = {"max_pixels": Spec("int64", (1,))}
        reply = connection.predict(DESCRIBE, query, only=["max_pixels"], expect=expect)
        limit = int(reply.outputs["max_pixels"][0])
    side = 8
    probe = np.full([1, side, side, 3], 128, np.uint8)
    reply = connection.predict(SERVING_DEFAULT, {"image": probe}, only=["image"])
    image = reply.outputs.get("image")
    shape = image.shape if isinstance(image, np.ndarray) else ()
    scale = shape[1] // side if len(shape) == 4 else 0
    if scale < 1 or shape != (1, scale * side, scale * side, 3):
        raise wrong(f"it answers shape {shape} to shape {probe.shape}")
    return scale, limit
