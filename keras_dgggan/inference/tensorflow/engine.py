"""TensorFlow as the engine of any network: whole images, exact tiles, blended ones."""

import functools
import math
import re

import keras
import numpy.typing as npt
import tensorflow as tf

from keras_dgggan.errors import UsageError
from keras_dgggan.images.blended import OVERLAP, BlendedTiling, Outputs
from keras_dgggan.images.tiles import LEAST_TILE
from keras_dgggan.inference.engine import (
    LARGEST_TILE,
    TILE_BYTES,
    Bands,
    Tile,
    generator_tile,
)
from keras_dgggan.inference.tensorflow.forward import WholeImage
from keras_dgggan.inference.tensorflow.stages import TensorFlowStages
from keras_dgggan.inference.tiling.exact import ExactTiling
from keras_dgggan.inference.tiling.overlapping import LocalTiling
from keras_dgggan.networks import Generator
from keras_dgggan.networks.base import as_network, check_takes_lr_alone
from keras_dgggan.networks.complexity import layers_and_shapes
from keras_dgggan.pretrained.saved_model import SavedModel

# A SavedModel's size is unknown.
_BLENDED_TILE = 192


class TensorFlowEngine:
    """Runs any network of this package, or a `SavedModel`, by TensorFlow.

    Images larger than a tile run in tiles whose result equals the untiled one to float rounding
    with a `Generator` (`ExactTiling`) and with another network that looks at a neighbourhood only,
    if that is not too wide (`LocalTiling`); those of a SavedModel and of all other networks are
    blended.

    Args:
        model: The network, or a `SavedModel`.
        tile: LR pixels a side of a tile, "auto" or "off"; see `Upscaler`.
        precision: "float32" or "bfloat16", of a `Generator` on a CPU.

    Raises:
        UsageError: Keras runs under another backend, or the model takes more than LR.
    """

    name = "tensorflow"

    def __init__(
        self, model: "keras.Model | SavedModel", *, tile: Tile = "auto", precision: str = "float32"
    ) -> None:
        if keras.backend.backend() != "tensorflow":
            raise UsageError(
                "this model runs under Keras' TensorFlow backend: set KERAS_BACKEND=tensorflow. "
                f"Received: {keras.backend.backend()!r}"
            )
        model = getattr(model, "inference_generator", model)
        self.model = model if isinstance(model, SavedModel) else as_network(model)
        if precision != "float32" and type(self.model) is not Generator:
            raise UsageError(f"{precision} is for this package's Generator alone")
        check_takes_lr_alone(self.model)
        self.scale = self.model.scale
        self.gradient_branch = bool(self.model.gradient_branch)
        info = None if isinstance(self.model, SavedModel) else self.model.info
        self.minimum_size = 1 if info is None else info.minimum_size
        # A GPU runs the layers with their own variables.
        on_gpu = bool(tf.config.get_visible_devices("GPU"))
        self.holds_weights = type(self.model) is Generator and not on_gpu
        self._tile = tile
        self._halo: int | None = None if info is None else info.receptive_radius
        self._exact: ExactTiling | None = None
        self._local_tile = self._find_local_tile()
        self.untiled = WholeImage(self.model, precision)

    @property
    def tiles_exactly(self) -> bool:
        """Whether tiles give what the whole image would."""
        return type(self.model) is Generator or self._local_tile is not None

    def whole(self, rgb: npt.NDArray, names: tuple[str, ...]) -> Outputs:
        """The outputs of these names; see `Engine`."""
        outputs = self.untiled(rgb[None], names)
        return {name: outputs[name][0].numpy() for name in names}

    def tile_for(self, height: int, width: int) -> int | None:
        """The tile for an image of this size; None to run it whole."""
        if self._tile == "off":
            return None
        if type(self.model) is Generator:
            return generator_tile(self.model, self._tile, height, width)
        if isinstance(self._tile, int):
            tile = self._tile
        elif isinstance(self.model, SavedModel):
            tile = _BLENDED_TILE
        elif self._local_tile is not None:
            tile = self._local_tile
        else:
            tile = min(max(self._window() - 2 * OVERLAP, LEAST_TILE), _BLENDED_TILE)
        return None if max(height, width) <= tile else tile

    def tiled(self, tile: int, names: tuple[str, ...]) -> Bands:
        """The function that runs images in tiles."""
        if type(self.model) is Generator:
            if self._exact is None:
                self._exact = ExactTiling(TensorFlowStages(self.untiled.computation), tile)
            # One that memory did not suffice for stays halved.
            self._exact.tile = min(self._exact.tile, tile)
            return self._exact
        run = functools.partial(self.untiled, names=names)
        if self._local_tile is not None and self._halo is not None:
            return LocalTiling(run, self.scale, tile, self._halo)
        return BlendedTiling(run, self.scale, tile)

    def _window(self) -> int:
        """LR pixels a side that the model can run on at once."""
        return math.isqrt(TILE_BYTES // _widest_bytes(self.model)) // 16 * 16

    def _find_local_tile(self) -> int | None:
        """The tile for exact results of a local network, None where its halo costs too much."""
        if type(self.model) is Generator or self._halo is None:
            return None
        # A smaller one would make more than the fourfold work.
        least = max(2 * self._halo, LEAST_TILE)
        if isinstance(self._tile, int):
            return self._tile if self._tile >= least else None
        window = self._window()
        tile = min((window - 2 * self._halo) // 16 * 16, LARGEST_TILE)
        if tile >= least:
            return tile
        # Up to twice the memory is still better than blended tiles that are small.
        return least if least + 2 * self._halo <= 1.5 * window else None


def _widest_bytes(model: keras.Model) -> int:
    """What the widest layer of any network holds for an LR pixel, about, in float32.

    That is its input and output, and one more for what the convolution works with.
    """
    side = 8
    widest = max(
        sum(math.prod(shape) for shape in inputs)
        for _, inputs in layers_and_shapes(model, (1, side, side, 3))
    )
    return 3 * 4 * widest // side**2


def use_device(name: str) -> None:
    """Make TensorFlow see the named device alone.

    Args:
        name: "auto" for all there are, "cpu", "gpu" for the first GPU, or "gpu:N".

    Raises:
        UsageError: There is no such device.

    Examples:
        >>> use_device("auto")
    """
    gpus = tf.config.list_physical_devices("GPU")
    match = re.fullmatch(r"auto|cpu|gpu(?::(\d+))?", name)
    if match is None:
        raise UsageError(f"a device is auto, cpu, gpu or gpu:N. Received: {name!r}")
    if name == "cpu":
        chosen = []
    elif name == "auto":
        chosen = gpus
    else:
        number = int(match[1] or 0)
        if number >= len(gpus):
            raise UsageError(f"there is no {name}: TensorFlow sees {len(gpus)} GPUs")
        chosen = [gpus[number]]
    if chosen != gpus:
        tf.config.set_visible_devices(chosen, "GPU")
    for gpu in chosen:
        # Otherwise TensorFlow takes all of a GPU's memory, whatever it needs.
        tf.config.experimental.set_memory_growth(gpu, True)
