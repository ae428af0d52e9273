"""`Upscaler`: one model applied to arrays, images and picture files."""

import functools
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from keras_dgggan._types import Report
from keras_dgggan.errors import UsageError
from keras_dgggan.images import DEFAULT_QUALITY
from keras_dgggan.images.file_upscaling import upscale_file
from keras_dgggan.images.sequences import each_larger
from keras_dgggan.inference.comparison import Comparison
from keras_dgggan.inference.composition import upscale_image
from keras_dgggan.inference.conversion import like_the_input, pixels_of
from keras_dgggan.inference.engine import Engine, Tile, check_tile
from keras_dgggan.inference.engine_choice import make_engine
from keras_dgggan.inference.live_engine import LiveEngine

if TYPE_CHECKING:
    import keras

    from keras_dgggan.pretrained.saved_model import SavedModel


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
        pixels: How many will be enlarged in all, where that is known: for few of them "auto" does
            not start TensorFlow, which takes seconds.

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
        pixels: int | None = None,
    ) -> None:
        check_tile(tile)
        if outscale is not None and not _is_factor(outscale):
            raise UsageError(
                f"outscale must be a number above 0 and at most 64. Received: {outscale!r}"
            )
        self.tile: Tile = tile
        self.ensemble = ensemble
        make = functools.partial(
            make_engine, engine=engine, device=device, precision=precision, tile=tile, pixels=pixels
        )
        self._live = LiveEngine(model, make)
        self.scale = self._live.latest.scale if outscale is None else outscale

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
        return Comparison.of(pixels, self.upscale(pixels), self._live.name)

    def __repr__(self) -> str:
        options = f"engine={self._live.latest.name!r}, tile={self.tile!r}"
        if self.ensemble:
            options += ", ensemble=True"
        return f"Upscaler({self._live.name!r}, scale={self.scale:g}, {options})"

    @property
    def engine(self) -> Engine:
        """The engine that runs the model, with the model's current weights."""
        return self._live.current()

    @property
    def model(self) -> "keras.Model | SavedModel":
        """The network; one that ONNX Runtime runs from its file is loaded by Keras here."""
        return self._live.network()

    @property
    def tiles_exactly(self) -> bool:
        """Whether tiles give what the whole image would; otherwise their overlaps are blended."""
        return self._live.latest.tiles_exactly

    @property
    def has_gradient_map(self) -> bool:
        """Whether the model predicts the gradient map of its result."""
        return self._live.latest.gradient_branch

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
        return self._upscale(image, report)[0]

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
        result, edges = self._upscale(image, report, gradient_map=True)
        assert edges is not None
        return result, edges

    def _upscale(
        self, image: npt.NDArray, report: Report | None, *, gradient_map: bool = False
    ) -> tuple[npt.NDArray, npt.NDArray | None]:
        return upscale_image(
            image,
            self.engine,
            self.scale,
            ensemble=self.ensemble,
            never_tiled=self.tile == "off",
            gradient_map=gradient_map,
            report=report,
        )


def _is_factor(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return False
    return bool(0 < float(value) <= 64)
