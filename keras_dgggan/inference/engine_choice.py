"""The choice between engines: by what the model, the device and the CPU allow, and by speed."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from keras_dgggan.errors import UsageError
from keras_dgggan.inference.engine import ENGINES, PRECISIONS, Engine, Tile
from keras_dgggan.inference.instruction_sets import cores, instruction_sets
from keras_dgggan.pretrained.generator_weights import GeneratorWeights
from keras_dgggan.pretrained.load import keras_file
from keras_dgggan.tensorflow_start import import_tensorflow

# With AVX-512 Winograd's convolution in TensorFlow is faster from here on: with 32 filters it takes
# as long as ONNX Runtime's plain one, with 64 two thirds.
_WINOGRAD_FILTERS = 40

# What TensorFlow has to compute, for two cores, until it has made up for its start. Measured with
# `Generator()`, which is as fast by either from some 320x320 pixels on: 300x300 of its 16 million
# multiply-accumulates a pixel. With fewer filters TensorFlow gains less.
_WORTH_A_START = 1.4e12


def make_engine(
    model: Any,
    *,
    engine: str,
    device: str | None,
    precision: str,
    tile: Tile,
    pixels: int | None = None,
) -> Engine:
    """The engine for a model: the one that is asked for, or the fastest that there is.

    Args:
        model: A name as `load_model` takes it, or a model.
        engine: One of `ENGINES`.
        device: See `use_device`; None leaves TensorFlow's devices as they are.
        precision: "float32" or "bfloat16".
        tile: See `Upscaler`.
        pixels: How many will be enlarged in all; None where that is not known.

    Raises:
        UsageError: There is no such engine, precision or model, or the one cannot run the other.
    """
    if engine not in ENGINES:
        known = f"{', '.join(ENGINES[:-1])} or {ENGINES[-1]}"
        raise UsageError(f"an engine is {known}. Received: {engine!r}")
    if precision not in PRECISIONS:
        raise UsageError(f"a precision is {' or '.join(PRECISIONS)}. Received: {precision!r}")
    weights = None
    if engine != "tensorflow":
        refused = _refused(device, precision)
        if refused is None:
            weights = plain_weights(model)
            if weights is None:
                refused = "runs this package's Generator alone"
        if refused is not None and engine == "onnxruntime":
            raise UsageError(f"the engine onnxruntime {refused}: use the engine tensorflow")
    if weights is not None and (engine == "onnxruntime" or _is_faster(weights, device, pixels)):
        from keras_dgggan.inference.onnx.engine import OnnxEngine

        return OnnxEngine(weights, tile)
    if isinstance(model, str | os.PathLike):
        from keras_dgggan.pretrained.load import load_model

        model = load_model(model)
    import_tensorflow()
    from keras_dgggan.inference.tensorflow.engine import TensorFlowEngine, use_device

    if device is not None:
        use_device(device)
    return TensorFlowEngine(model, tile=tile, precision=precision)


def plain_weights(model: Any) -> GeneratorWeights | None:
    """The weights of a `Generator` or of a name that stands for one; None for other models."""
    if isinstance(model, str | os.PathLike):
        path = keras_file(model)
        return None if path is None else GeneratorWeights.read(path)
    networks = sys.modules.get("keras_dgggan.networks")
    if networks is not None and type(model) is networks.Generator:
        return GeneratorWeights.of(model)
    return None


def _refused(device: str | None, precision: str) -> str | None:
    """Why ONNX Runtime cannot run the model; None where it can."""
    if not is_installed("onnxruntime"):
        return "is not installed (pip install onnxruntime)"
    if precision != "float32":
        return f"computes in float32 alone, not in {precision}"
    if device is not None and device not in ("auto", "cpu"):
        return f"runs on the CPU alone, not on {device}"
    return None


def _is_faster(weights: GeneratorWeights, device: str | None, pixels: int | None) -> bool:
    """Whether ONNX Runtime is faster than TensorFlow here."""
    if device != "cpu" and _gpu_is_visible():
        return False
    return onnxruntime_is_faster(
        weights.filters,
        avx512="AVX512F" in instruction_sets(),
        macs=None if pixels is None else pixels * weights.macs_per_pixel,
        started="tensorflow" in sys.modules,
        cores=cores(),
    )


def onnxruntime_is_faster(
    filters: int, *, avx512: bool, macs: int | None, started: bool, cores: int
) -> bool:
    """Whether ONNX Runtime is done before TensorFlow on a CPU; docs/performance.md has the figures.

    Args:
        filters: The generator's.
        avx512: Whether the CPU has AVX-512.
        macs: Multiply-accumulates of all that will be computed; None where that is not known.
        started: Whether TensorFlow runs already.
        cores: How many compute.

    Examples:
        >>> choice = {"avx512": True, "started": False, "cores": 2}
        >>> onnxruntime_is_faster(16, macs=None, **choice)
        True
        >>> onnxruntime_is_faster(64, macs=10**11, **choice)
        True
        >>> onnxruntime_is_faster(64, macs=10**13, **choice)
        False
    """
    if filters < _WINOGRAD_FILTERS or not avx512:
        return True
    if macs is None or started:
        return False
    # One thread starts TensorFlow. More than two cores were not measured, and would raise this.
    return macs < _WORTH_A_START * min(cores, 2) / 2


def _gpu_is_visible() -> bool:
    """Whether TensorFlow sees a GPU; it is asked only where a driver is, or it runs already."""
    if "tensorflow" not in sys.modules and not _has_gpu_driver():
        return False
    import_tensorflow()
    import tensorflow as tf

    return bool(tf.config.get_visible_devices("GPU"))


def _has_gpu_driver() -> bool:
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1"):
        return False
    if sys.platform == "darwin":
        return importlib.util.find_spec("tensorflow-plugins") is not None
    # NVIDIA's under Linux, that of Windows' subsystem for it, and AMD's.
    devices = ("/proc/driver/nvidia/version", "/dev/dxg", "/dev/kfd")
    return any(Path(path).exists() for path in devices)


def is_installed(package: str) -> bool:
    """Whether a package can be imported; it is not imported here."""
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # None in its place among the modules
        return False
