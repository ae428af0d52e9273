"""`Upscaler`: one model applied to arrays, images and picture files."""

import functools
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from keras_dgggan._types import Outputs, Report
from keras_dgggan.errors import DggganError, UsageError
from keras_dgggan.images import DEFAULT_QUALITY
from keras_dgggan.images.channels import Model, outscaled, runs_of, share_of, upscale_picture
from keras_dgggan.images.file_upscaling import upscale_file
from keras_dgggan.images.pixels import from_unit
from keras_dgggan.images.resize import imresize
from keras_dgggan.images.sequences import each_larger
from keras_dgggan.images.tiles import LEAST_TILE
from keras_dgggan.inference.comparison import Comparison
from keras_dgggan.inference.conversion import like_the_input, pixels_of
from keras_dgggan.inference.engine import Engine, Tile
from keras_dgggan.inference.engine_choice import make_engine
from keras_dgggan.inference.ensemble import RunImage, ensembled
from keras_dgggan.inference.weights_watch import WeightsWatch

if TYPE_CHECKING:
    import keras

    from keras_dgggan.pretrained.saved_model import SavedModel

_PRECISIONS = ("float32", "bfloat16")


class Upscaler:
    """Upscales images of any channel layout, depth and size with one model.

    A composition: gray and alpha around RGB, and an engine that runs the model on RGB, in tiles
    where the image is large. ONNX Runtime runs a `Generator` on the CPU, TensorFlow runs every
    model. Tiles of a `Generator`, and of another network that looks at a neighbourhood only, if
    that is not too wide, give the result of the whole image to float rounding; those of a
    SavedModel and of all other networks are blended.

    Args:
        model: A `Generator` or another network of this package, a `DGGGAN` (its generator for
            inference is taken), a `SavedModel`, or the name of a model as `load_model` takes it.
        tile: LR pixels a side of a tile; "auto" chooses by the model's size, "off" never tiles.
        ensemble: Average over the eight flips and turns of the image, in eightfold time.
        precision: "bfloat16" computes a `Generator` in 16 bits where a CPU does: faster for light
            models on CPUs that have such instructions, and close to float32, not equal.
        outscale: Size of the result over the image's; by default the model's scale. The model's
            result is resized to it by the bicubic.
        engine: "tensorflow", "onnxruntime" (a `Generator` in float32 on the CPU; a preset or a
            file then needs neither TensorFlow nor Keras), or "auto" for the faster one.
        device: Of TensorFlow: "auto", "cpu", "gpu" or "gpu:N", which becomes the only one that
            TensorFlow sees. None leaves its devices as they are.

    Attributes:
        scale: The factor of `upscale`, `outscale` or the model's.
        engine: What runs the model; `engine.name` is "tensorflow" or "onnxruntime".

    Raises:
        UsageError: An argument is none of the above.

    Examples:
        >>> from PIL import Image
        >>> upscaler = Upscaler("dgggan_x4_light")
        >>> upscaler.upscale(np.zeros((30, 40, 4), np.uint16)).shape
        (120, 160, 4)
        >>> upscaler(Image.new("RGB", (40, 30))).size
        (160, 120)
    """

    def __init__(
        self,
        model: "str | os.PathLike[str] | keras.Model | SavedModel | None",
        *,
        tile: Tile = "auto",
        ensemble: bool = False,
        outscale: float | None = None,
        precision: str = "float32",
        engine: str = "auto",
        device: str | None = None,
    ) -> None:
        if tile not in ("auto", "off") and (
            isinstance(tile, bool) or not isinstance(tile, int) or tile < LEAST_TILE
        ):
            raise UsageError(f"a tile is auto, off or at least 16 pixels. Received: {tile!r}")
        if outscale is not None and not _is_factor(outscale):
            raise UsageError(
                f"outscale must be a number above 0 and at most 64. Received: {outscale!r}"
            )
        if precision not in _PRECISIONS:
            known = " or ".join(_PRECISIONS)
            raise UsageError(f"a precision is {known}. Received: {precision!r}")
        self.tile: Tile = tile
        self.ensemble = ensemble
        self._model: Any = getattr(model, "inference_generator", model)
        self._name = str(model) if self._is_name else type(self._model).__name__
        self._make_engine = functools.partial(
            make_engine, engine=engine, device=device, precision=precision, tile=tile
        )
        self._engine = self._make_engine(self._model)
        self._watch = None if self._is_name else self._watched()
        self.scale = self._engine.scale if outscale is None else outscale

    @classmethod
    def from_preset(cls, name: str, **options: Any) -> "Upscaler":
        """An upscaler with a model that comes with the package, or is named by a path.

        Args:
            name: A name as `load_model` takes it.
            options: The further arguments of `Upscaler`.

        Raises:
            UsageError: There is no such model.

        Examples:
            >>> Upscaler.from_preset("dgggan_x4_light", tile=128).scale
            4
        """
        return cls(name, **options)

    def __call__(self, image: Any) -> Any:
        """Upscale images of any kind; the same kind comes back.

        Args:
            image: An array or tensor as `upscale` takes it, a batch `[batch, height, width,
                channels]` of them, a Pillow image, the path of an image file, or a list of these.

        Returns:
            An array or a tensor of the same library, layout and dtype; a Pillow image for one
            and for a path (in 8 bits; `upscale_file` keeps depth and metadata); or a list.

        Raises:
            ValueError: An image is none of the above.
            ImageFileError: A file cannot be read.

        Examples:
            >>> from PIL import Image
            >>> upscaler = Upscaler("dgggan_x4_light")
            >>> small = np.zeros((2, 12, 16, 3), np.uint8)
            >>> upscaler(small).shape, [image.size for image in upscaler([Image.new("L", (5, 4))])]
            ((2, 48, 64, 3), [(20, 16)])
        """
        return like_the_input(self.upscale, image)

    def compare(self, image: Any) -> Comparison:
        """Upscale one image and show it before and after: in a notebook as a figure.

        Args:
            image: An image as `upscaler(image)` takes it, but one.

        Raises:
            ValueError: It is none.
            ImageFileError: A file cannot be read.

        Examples:
            >>> comparison = Upscaler("dgggan_x4_light").compare(np.zeros((12, 16, 3), np.uint8))
            >>> comparison
            Comparison(64x48 pixels, the bicubic before dgggan_x4_light)
            >>> comparison.figure().size
            (1192, 327)
        """
        pixels = pixels_of(image)
        return Comparison.of(pixels, self.upscale(pixels), self._name)

    def __repr__(self) -> str:
        options = f"engine={self._engine.name!r}, tile={self.tile!r}"
        if self.ensemble:
            options += ", ensemble=True"
        return f"Upscaler({self._name!r}, scale={self.scale:g}, {options})"

    @property
    def engine(self) -> Engine:
        """The engine that runs the model, with the model's current weights."""
        if self._watch is not None and self._watch.changed():
            self._engine = self._make_engine(self._model)
        return self._engine

    @property
    def model(self) -> "keras.Model | SavedModel":
        """The network; one that ONNX Runtime runs from its file is loaded by Keras here."""
        if self._is_name:
            from keras_dgggan.pretrained.load import load_model

            self._model = getattr(self._engine, "model", None) or load_model(self._model)
            self._watch = self._watched()
        return self._model

    def _watched(self) -> WeightsWatch | None:
        return WeightsWatch(self._model) if self._engine.holds_weights else None

    @property
    def _is_name(self) -> bool:
        return isinstance(self._model, str | os.PathLike)

    @property
    def tiles_exactly(self) -> bool:
        """Whether tiles give what the whole image would; otherwise their overlaps are blended."""
        return self._engine.tiles_exactly

    @property
    def has_gradient_map(self) -> bool:
        """Whether the model predicts the gradient map of its result."""
        return self._engine.gradient_branch

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

        Examples:
            >>> Upscaler("dgggan_x4_light").upscale(np.zeros((30, 40, 3), np.uint8)).shape
            (120, 160, 3)
        """
        return self._upscale(image, report, None)

    def upscale_frames(self, frames: Iterable[npt.NDArray]) -> Iterator[npt.NDArray]:
        """Upscale the frames of a moving picture one by one, in the memory of two.

        A frame that equals the one before it is not computed again.

        Args:
            frames: Arrays as `upscale` takes them; they may have different sizes.

        Yields:
            What `upscale` returns, frame by frame, as it is asked for.

        Raises:
            ValueError: A frame is none that `upscale` takes.
            DggganError: As `upscale`.

        Examples:
            >>> frames = (np.full((6, 8, 3), level, np.uint8) for level in (0, 0, 200))
            >>> [frame.shape for frame in Upscaler("dgggan_x4_light").upscale_frames(frames)]
            [(24, 32, 3), (24, 32, 3), (24, 32, 3)]
        """
        return each_larger(frames, self.upscale)

    def upscale_file(
        self,
        source: str | os.PathLike[str],
        target: str | os.PathLike[str],
        *,
        quality: int = DEFAULT_QUALITY,
        report: Report | None = None,
    ) -> None:
        """Upscale an image file into another, with depth, transparency, profile and metadata.

        Of an animation every frame is upscaled, of a TIFF file every page.

        Args:
            source: The file to read.
            target: The file to write, whole or not at all; its ending names the format, where
                it has one. An existing file is replaced.
            quality: 1 to 100 for JPEG and WebP.
            report: Called as work goes on with the part that is done, from 0 to 1.

        Raises:
            UsageError: Both are the same file.
            ImageFileError: The file cannot be read, or the result not be written.

        Examples:
            >>> import pathlib, tempfile
            >>> from PIL import Image
            >>> folder = pathlib.Path(tempfile.mkdtemp())
            >>> Image.new("RGB", (16, 12)).save(folder / "small.png")
            >>> Upscaler("dgggan_x4_light").upscale_file(folder / "small.png", folder / "large.png")
            >>> Image.open(folder / "large.png").size
            (64, 48)
        """
        upscale_file(source, target, lambda _: self, quality=quality, report=report)

    def upscale_with_gradient_map(
        self, image: npt.NDArray, *, report: Report | None = None
    ) -> tuple[npt.NDArray, npt.NDArray]:
        """Upscale one image; also give the gradient map that the model predicts for the result.

        Returns:
            What `upscale` returns, and uint8 `[height, width, 3]`, where 255 stands for 1.

        Raises:
            UsageError: The model has no gradient branch.

        Examples:
            >>> upscaler = Upscaler("dgggan_x4_light")
            >>> image, edges = upscaler.upscale_with_gradient_map(np.zeros((30, 40), np.uint8))
            >>> image.shape, edges.shape
            ((120, 160), (120, 160, 3))
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

        def model(rgb: npt.NDArray, number: int, edges: Any) -> Iterator[npt.NDArray]:
            run: RunImage = functools.partial(self._bands, gradient_map=edges is not None)
            if self.ensemble:
                run = ensembled(run)
            for band in run(rgb, share_of(report, number, runs)):
                if edges is not None:
                    edges.append(from_unit(band["gradient_map"], np.uint8, 255.0))
                yield band["image"]

        colours: Model = functools.partial(model, number=0, edges=edges)
        alpha: Model = functools.partial(model, number=1, edges=None)
        if self.scale != self._engine.scale:
            colours, alpha = outscaled(colours, self.scale), outscaled(alpha, self.scale)
        return upscale_picture(image, colours, self.scale, alpha_model=alpha)

    def _bands(
        self, rgb: npt.NDArray, report: Report | None, *, gradient_map: bool
    ) -> Iterator[Outputs]:
        names = ("image", "gradient_map") if gradient_map else ("image",)
        engine, (height, width) = self.engine, rgb.shape[:2]
        if min(height, width) < engine.minimum_size:
            missing = [(0, max(0, engine.minimum_size - size)) for size in (height, width)]
            padded = np.pad(rgb, [*missing, (0, 0)], "edge")
            bands = list(self._bands(padded, report, gradient_map=gradient_map))
            place = slice(height * engine.scale), slice(width * engine.scale)
            yield {name: np.concatenate([band[name] for band in bands])[place] for name in names}
            return
        tile = engine.tile_for(height, width)
        if tile is None:
            try:
                whole = engine.whole(rgb, names)
            except MemoryError as error:
                if self.tile == "off":
                    raise DggganError(
                        f"the model cannot run on {width}x{height} pixels: {error}"
                    ) from error
                tile = max(height, width) // 2
            else:
                if report is not None:
                    report(1.0)
                yield whole
                return
        yield from engine.tiled(max(tile, LEAST_TILE), names)(rgb, report, names=names)


def _is_factor(value: Any) -> bool:
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return is_number and bool(0 < value <= 64)
