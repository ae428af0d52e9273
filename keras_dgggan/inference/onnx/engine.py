"""ONNX Runtime as the engine of a generator: whole images, and exact tiles."""

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnxruntime

from keras_dgggan.errors import DggganError, first_line
from keras_dgggan.images.blended import Outputs
from keras_dgggan.images.tiles import Window
from keras_dgggan.inference.engine import LARGEST_TILE, Bands, Tile, generator_tile
from keras_dgggan.inference.instruction_sets import cores
from keras_dgggan.inference.kernels import gate_of
from keras_dgggan.inference.onnx.graph import StageGraphs, whole_generator
from keras_dgggan.inference.tiling.exact import ExactTiling
from keras_dgggan.inference.tiling.stage import (
    HEAD_COST,
    LARGEST_TAIL,
    PASS_COST,
    Stage,
    Stages,
    tail_cost,
)
from keras_dgggan.pretrained.generator_weights import GeneratorWeights

# Windows or whole images that are computed at a time, each by its share of the cores: the copying
# of one goes on during the convolutions of the other.
_AT_A_TIME = 2

# LR pixels that are run whole: beyond, tiles take as long and half the memory.
_LARGEST_WHOLE = 512 * 512

# Equal windows are run together, up to the pixels of one of so large a tile.
_BATCH_TILE = 128

_Run = Callable[..., Outputs]


class OnnxEngine:
    """Runs a `Generator` by ONNX Runtime, on the CPU.

    Whole images that several threads give it at a time share the cores.

    Args:
        weights: The generator.
        tile: LR pixels a side of a tile, "auto" or "off"; see `Upscaler`.

    Examples:
        >>> from keras_dgggan.presets import preset_file
        >>> engine = OnnxEngine(GeneratorWeights.read(preset_file("dgggan_x4_light")))
        >>> engine.whole(np.zeros((8, 6, 3), np.float32), ("image",))["image"].shape
        (32, 24, 3)
    """

    name = "onnxruntime"
    tiles_exactly = True
    minimum_size = 1
    holds_weights = True

    def __init__(self, weights: GeneratorWeights, tile: Tile = "auto") -> None:
        self.weights = weights
        self.scale = weights.scale
        self.gradient_branch = weights.gradient_branch
        self._tile = tile
        self._whole: dict[tuple[tuple[str, ...], int], _Run] = {}
        self._turns = _Turns()
        self._tiling: ExactTiling | None = None

    def tile_for(self, height: int, width: int) -> int | None:
        """The tile for an image of this size; None to run it whole."""
        tile = generator_tile(self.weights, self._tile, height, width)
        if tile is None and self._tile == "auto" and height * width > _LARGEST_WHOLE:
            return LARGEST_TILE
        return tile

    def whole(self, rgb: npt.NDArray, names: tuple[str, ...]) -> Outputs:
        """The outputs of these names for float32 `[height, width, 3]` in [0, 1].

        Raises:
            MemoryError: Memory does not suffice.
            DggganError: It cannot run for another reason.
        """
        with self._turns.taken() as threads:
            if (names, threads) not in self._whole:
                made = session(whole_generator(self.weights, names), threads)
                self._whole[names, threads] = made
            results = self._whole[names, threads](lr=rgb[None])
        return {name: results[name][0] for name in names}

    def tiled(self, tile: int, names: tuple[str, ...]) -> Bands:
        """The function that runs images in exact tiles."""
        if self._tiling is None:
            self._tiling = ExactTiling(OnnxStages(self.weights), tile)
        # One that memory did not suffice for stays halved.
        self._tiling.tile = min(self._tiling.tile, tile)
        return self._tiling


class _Turns:
    """Lets few threads compute at a time, and divides the cores among them."""

    def __init__(self) -> None:
        self._most = min(_AT_A_TIME, cores())
        self._room = threading.Semaphore(self._most)
        self._lock = threading.Lock()
        self._taken = 0

    @contextmanager
    def taken(self) -> Iterator[int]:
        """Wait for a turn; yields with how many threads to compute in it."""
        with self._room:
            with self._lock:
                self._taken += 1
                alone = self._taken == 1
            try:
                # Whoever began alone still has all of them, but in its next turn.
                yield cores() if alone else max(1, cores() // self._most)
            finally:
                with self._lock:
                    self._taken -= 1


class OnnxStages(Stages):
    """The stages of a `Generator`, each an ONNX graph of its own.

    Features of a whole image lie in memory as ONNX's convolutions read them.

    Args:
        weights: The generator.
    """

    def __init__(self, weights: GeneratorWeights) -> None:
        self.weights = weights
        self._graphs = StageGraphs(weights)
        super().__init__(weights, at_a_time=min(_AT_A_TIME, cores()))

    def feature_map(self, height: int, width: int, channels: int) -> "OnnxFeatureMap":
        return OnnxFeatureMap(height, width, channels)

    def gate(self, branch: str, i: int, means: npt.NDArray) -> npt.NDArray | None:
        if not self.weights.se:
            return None
        excitation = f"{branch}_block_{i}/squeeze_excitation"
        layers = self.weights.layers
        return gate_of(means, layers[f"{excitation}/squeeze"], layers[f"{excitation}/excite"])

    def make_heads(self) -> Stage:
        return self._stage(self._graphs.heads(), self.halos.head, HEAD_COST)

    def make_block(self, branch: str, i: int) -> Stage:
        return self._stage(self._graphs.features(branch, i), self.halos.block, 1.0)

    def make_pass(self, i: int) -> Stage:
        return self._stage(self._graphs.passed(i), self.halos.gradient_map, PASS_COST)

    def make_tail(self, names: tuple[str, ...]) -> Stage:
        return self._stage(
            self._graphs.tail(names),
            self.halos.tail,
            tail_cost(self.weights),
            scale=self.weights.scale,
            largest=LARGEST_TAIL,
        )

    def _stage(
        self,
        model: bytes,
        halo: int,
        cost: float,
        *,
        scale: int = 1,
        largest: int | None = None,
    ) -> Stage:
        return OnnxStage(
            session(model, max(1, cores() // self.at_a_time), shared_memory=True),
            halo,
            cost,
            scale,
            largest,
            batch_tile=_BATCH_TILE,
        )


@dataclass(frozen=True)
class OnnxStage(Stage):
    """A stage that is given windows cut from the image, those of one size in one call.

    Its function goes from windows `[batch, c, height, width]` to a dict of
    `[batch, c, scale * height, scale * width]`.
    """

    def __call__(self, maps: list["OnnxFeatureMap"], windows: list[Window]) -> list[Outputs]:
        given = [np.stack([each.channels[:, *window.outer] for window in windows]) for each in maps]
        results = self.function(*given)
        return [
            {
                name: values[k].transpose(1, 2, 0)[window.inner(self.scale)]
                for name, values in results.items()
            }
            for k, window in enumerate(windows)
        ]


class OnnxFeatureMap:
    """Features of a whole image, channel by channel.

    Attributes:
        channels: `[channels, height, width]`.
        pixels: The same memory as `[height, width, channels]`.
    """

    def __init__(self, height: int, width: int, channels: int) -> None:
        self.channels = np.empty((channels, height, width), np.float32)
        self.pixels = self.channels.transpose(1, 2, 0)


def session(model: bytes, threads: int, *, shared_memory: bool = False) -> _Run:
    """A function of a model's inputs, by name or in order, to its outputs by name.

    Args:
        model: An ONNX model.
        threads: How many compute.
        shared_memory: Work in one pool of memory with other sessions, which would else keep for
            themselves what they needed once.
    """
    options = onnxruntime.SessionOptions()
    # By itself it takes all cores of the machine, and binds its threads to them.
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    if shared_memory:
        _share_memory()
        options.add_session_config_entry("session.use_env_allocators", "1")
    inference = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    inputs = [entry.name for entry in inference.get_inputs()]
    outputs = [entry.name for entry in inference.get_outputs()]

    def run(*arrays: npt.NDArray, **named: npt.NDArray) -> Outputs:
        given = {**dict(zip(inputs, arrays, strict=False)), **named}
        with _plain_errors():
            return dict(zip(outputs, inference.run(outputs, given), strict=True))

    return run


@functools.cache
def _share_memory() -> None:
    """Make one pool of memory for all sessions of this process."""
    where = onnxruntime.OrtMemoryInfo(
        "Cpu",
        onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR,
        0,
        onnxruntime.OrtMemType.DEFAULT,
    )
    # As much as is asked for, not the next power of two.
    settings = onnxruntime.OrtArenaCfg({"arena_extend_strategy": 1})
    onnxruntime.create_and_register_allocator(where, settings)


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        reason = first_line(error)[:200]
        if "alloc" in reason.lower():
            raise MemoryError(reason) from error
        raise DggganError(f"ONNX Runtime cannot run the model: {reason}") from error
