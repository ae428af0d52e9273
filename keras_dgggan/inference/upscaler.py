"""The public way from arrays to larger arrays."""

import functools
import math
import os
from collections.abc import Iterator
from typing import Any, Literal

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.errors import DggganError, UsageError
from keras_dgggan.images.blended import OVERLAP, FeatheredTiling
from keras_dgggan.images.channels import outscaled, runs_of, share_of, upscale_picture
from keras_dgggan.images.pixels import from_unit
from keras_dgggan.images.resize import imresize
from keras_dgggan.images.tiles import LEAST_TILE
from keras_dgggan.inference.ensemble import Engine, Outputs, Report, ensembled
from keras_dgggan.inference.sizes import bytes_per_pixel, widest_bytes
from keras_dgggan.inference.tiling.exact import ExactTiling
from keras_dgggan.inference.tiling.overlapping import LocalTiling
from keras_dgggan.inference.whole import WholeImage
from keras_dgggan.networks import Generator
from keras_dgggan.networks.base import check_takes_lr_alone
from keras_dgggan.pretrained.load import load_model
from keras_dgggan.pretrained.saved_model import SavedModel

_PRECISIONS = ("float32", "bfloat16")

Tile = int | Literal["auto", "off"]

# What one tile may take of the device's memory, about.
_TILE_BYTES = 512 * 2**20

# Beyond it the halo costs a few per cent only, and the features leave the CPU's caches.
_LARGEST_TILE = 256

# A SavedModel's size is unknown.
_BLENDED_TILE = 192


class Upscaler:
    """Upscales images of any channel layout, depth and size with one model.

    A composition: tiles around the model, gray and alpha around RGB. Images larger than a tile
    run in tiles whose result equals the untiled one to float rounding with a `Generator`
    (`ExactTiling`) and with another network that looks at a neighbourhood only, if that is not too
    wide (`LocalTiling`); those of a SavedModel and of all other networks are blended.

    Args:
        model: A `Generator` or another network of this package, a `DGGGAN` (its generator for
            inference is taken), a `SavedModel`, or the name of a model as `load_model` takes it.
        tile: LR pixels a side of a tile; "auto" chooses by the model's size, "off" never tiles.
        ensemble: Average over the eight flips and turns of the image, in eightfold time.
        precision: "bfloat16" computes a `Generator` in 16 bits where a CPU does: faster for light
            models on CPUs that have such instructions, and close to float32, not equal.
        outscale: Size of the result over the image's; by default the model's scale. The model's
            result is resized to it by the bicubic.

    Attributes:
        scale: The factor of `upscale`, `outscale` or the model's.

    Raises:
        UsageError: An argument is none of the above.

    Example:
        >>> upscaler = Upscaler(Generator(filters=16, blocks=2))
        >>> upscaler.upscale(np.zeros((30, 40, 4), np.uint16)).shape
        (120, 160, 4)
    """

    def __init__(
        self,
        model: Any,
        *,
        tile: Tile = "auto",
        ensemble: bool = False,
        outscale: float | None = None,
        precision: str = "float32",
    ) -> None:
        if keras.backend.backend() != "tensorflow":
            raise UsageError(
                "upscaling runs under Keras' TensorFlow backend: set KERAS_BACKEND=tensorflow. "
                f"Received: {keras.backend.backend()!r}"
            )
        if isinstance(model, str | os.PathLike):
            model = load_model(model)
        if tile not in ("auto", "off") and (not isinstance(tile, int) or tile < LEAST_TILE):
            raise UsageError(f"a tile is auto, off or at least 16 pixels. Received: {tile!r}")
        if outscale is not None and not 0 < outscale <= 64:
            raise UsageError(f"outscale must be above 0 and at most 64. Received: {outscale}")
        self.model = getattr(model, "inference_generator", model)
        if precision not in _PRECISIONS:
            known = " or ".join(_PRECISIONS)
            raise UsageError(f"a precision is {known}. Received: {precision!r}")
        if precision != "float32" and not isinstance(self.model, Generator):
            raise UsageError(f"{precision} is for this package's Generator alone")
        check_takes_lr_alone(self.model)
        self.tile = tile
        self.ensemble = ensemble
        self.scale = self.model.scale if outscale is None else outscale
        self._exact: ExactTiling | None = None
        self._local_tile = self._find_local_tile()
        self._untiled = WholeImage(self.model, precision)

    @classmethod
    def from_preset(cls, name: str, **options: Any) -> "Upscaler":
        """An upscaler with a model that comes with the package, or is named by a path.

        Args:
            name: A name as `load_model` takes it.
            options: `tile`, `ensemble`, `outscale`, `precision`.

        Raises:
            UsageError: There is no such model.

        Example:
            >>> Upscaler.from_preset("runs/quickstart", tile=128)
        """
        return cls(load_model(name), **options)

    @property
    def tiles_exactly(self) -> bool:
        """Whether tiles give what the whole image would; otherwise their overlaps are blended."""
        return isinstance(self.model, Generator) or self._local_tile is not None

    @property
    def has_gradient_map(self) -> bool:
        """Whether the model predicts the gradient map of its result."""
        return bool(self.model.gradient_branch)

    def upscale(self, image: npt.NDArray, *, report: Report | None = None) -> npt.NDArray:
        """Upscale one image.

        Args:
            image: `[height, width]` or `[height, width, channels]` of 1 (gray), 2 (gray, alpha),
                3 (RGB) or 4 (RGB, alpha) channels; uint8, uint16, or float in [0, 1].
            report: Called as work goes on with the part that is done, from 0 to 1.

        Returns:
            The image's layout and dtype, `scale` times its size.

        Raises:
            ValueError: The image is none of the above.
            DggganError: Memory does not suffice, or the model's result is not finite.

        Example:
            >>> Upscaler("runs/quickstart").upscale(np.zeros((30, 40, 3), np.uint8)).shape
            (120, 160, 3)
        """
        return self._upscale(image, report, None)

    def upscale_with_gradient_map(
        self, image: npt.NDArray, *, report: Report | None = None
    ) -> tuple[npt.NDArray, npt.NDArray]:
        """Upscale one image; also give the gradient map that the model predicts for the result.

        Returns:
            What `upscale` returns, and uint8 `[height, width, 3]`, where 255 stands for 1.

        Raises:
            UsageError: The model has no gradient branch.

        Example:
            >>> image, edges = upscaler.upscale_with_gradient_map(image)
        """
        if not self.has_gradient_map:
            raise UsageError("this model has no gradient branch, so it predicts no gradient map")
        edges: list[npt.NDArray] = []
        result = self._upscale(image, report, edges)
        whole = np.concatenate(edges)
        if whole.shape[:2] != result.shape[:2]:
            whole = imresize(whole, None, output_shape=(result.shape[0], result.shape[1]))
        return result, whole

    def _upscale(
        self, image: npt.NDArray, report: Report | None, edges: list[npt.NDArray] | None
    ) -> npt.NDArray:
        """Upscale; the bands of the gradient map are appended to `edges` where it is wanted."""
        runs = runs_of(image)

        def run(rgb: npt.NDArray, number: int, edges: list[npt.NDArray] | None) -> Iterator[Any]:
            engine: Engine = functools.partial(self._bands, gradient_map=edges is not None)
            if self.ensemble:
                engine = ensembled(engine)
            for band in engine(rgb, share_of(report, number, runs)):
                if edges is not None:
                    edges.append(from_unit(band["gradient_map"], np.uint8, 255.0))
                yield band["image"]

        colours: Any = functools.partial(run, number=0, edges=edges)
        alpha: Any = functools.partial(run, number=1, edges=None)
        if self.scale != self.model.scale:
            colours, alpha = outscaled(colours, self.scale), outscaled(alpha, self.scale)
        try:
            return upscale_picture(image, colours, self.scale, alpha_model=alpha)
        except tf.errors.OpError as error:
            height, width = image.shape[:2]
            raise DggganError(
                f"the model cannot run on {width}x{height} pixels: {_reason(error)}"
            ) from error

    def _bands(
        self, rgb: npt.NDArray, report: Report | None, *, gradient_map: bool
    ) -> Iterator[Outputs]:
        names = ("image", "gradient_map") if gradient_map else ("image",)
        height, width = rgb.shape[:2]
        least = getattr(getattr(self.model, "description", None), "minimum_size", 1)
        if min(height, width) < least:
            missing = [(0, max(0, least - size)) for size in (height, width)]
            padded = np.pad(rgb, [*missing, (0, 0)], "edge")
            bands = list(self._bands(padded, report, gradient_map=gradient_map))
            place = slice(height * self.model.scale), slice(width * self.model.scale)
            yield {name: np.concatenate([band[name] for band in bands])[place] for name in names}
            return
        tile = self._tile_for(*rgb.shape[:2])
        if tile is None:
            try:
                outputs = self._untiled(rgb[None], names)
                whole = {name: outputs[name][0].numpy() for name in names}
            except tf.errors.ResourceExhaustedError:
                if self.tile == "off":
                    raise
                tile = max(rgb.shape[:2]) // 2
            else:
                if report is not None:
                    report(1.0)
                yield whole
                return
        yield from self._tiled(max(tile, LEAST_TILE), names)(rgb, report, names=names)

    def _tile_for(self, height: int, width: int) -> int | None:
        """The tile for an image of this size; None to run it whole."""
        if self.tile == "off":
            return None
        if isinstance(self.tile, int):
            return None if max(height, width) <= self.tile else self.tile
        if isinstance(self.model, SavedModel):
            return None if max(height, width) <= _BLENDED_TILE else _BLENDED_TILE
        if not isinstance(self.model, Generator):
            if self._local_tile is not None:
                tile = self._local_tile
            else:
                tile = min(max(self._window() - 2 * OVERLAP, LEAST_TILE), _BLENDED_TILE)
            return None if max(height, width) <= tile else tile
        if height * width * bytes_per_pixel(self.model, tail_share=1) <= _TILE_BYTES:
            return None
        # Tiles of the tail are half as large a side, so a quarter of the pixels.
        tile = math.isqrt(_TILE_BYTES // bytes_per_pixel(self.model, tail_share=4))
        return min(tile // 16 * 16, _LARGEST_TILE)

    def _window(self) -> int:
        """LR pixels a side that the model can run on at once."""
        return math.isqrt(_TILE_BYTES // widest_bytes(self.model)) // 16 * 16

    def _find_local_tile(self) -> int | None:
        """The tile for exact results of a local network, None where its halo costs too much."""
        if isinstance(self.model, Generator | SavedModel):
            return None
        halo = self.model.description.halo
        if halo is None:
            return None
        # A smaller one would make more than the fourfold work.
        least = max(2 * halo, LEAST_TILE)
        if isinstance(self.tile, int):
            return self.tile if self.tile >= least else None
        window = self._window()
        tile = min((window - 2 * halo) // 16 * 16, _LARGEST_TILE)
        if tile >= least:
            return tile
        # Up to twice the memory is still better than blended tiles that are small.
        return least if least + 2 * halo <= 1.5 * window else None

    def _tiled(
        self, tile: int, names: tuple[str, ...]
    ) -> ExactTiling | FeatheredTiling | LocalTiling:
        if isinstance(self.model, SavedModel):
            return FeatheredTiling(self.model, self.model.scale, tile)
        if not isinstance(self.model, Generator):
            run = functools.partial(self._untiled, names=names)
            if self._local_tile is not None:
                halo = self.model.description.halo
                return LocalTiling(run, self.model.scale, tile, halo)
            return FeatheredTiling(run, self.model.scale, tile)
        if self._exact is None:
            self._exact = ExactTiling(self.model, tile, computation=self._untiled.computation)
        # One that memory did not suffice for stays halved.
        self._exact.tile = min(self._exact.tile, tile)
        return self._exact


def _reason(error: tf.errors.OpError) -> str:
    """The line of TensorFlow's message that says what is wrong."""
    lines = error.message.splitlines()
    return next((line for line in lines if line.startswith("assertion failed")), lines[0])[:200]
