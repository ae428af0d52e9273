"""Where the pretrained feature networks of LPIPS are found.

They are too large to ship: `keras-dgggan metric-weights` downloads and builds them, once. The small
parameters (LPIPS' linear layers, NIQE's pristine model) are package data.
"""

import importlib.resources
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from keras_dgggan.errors import WeightsError
from keras_dgggan.files import cache_folder

VARIABLE = "KERAS_DGGGAN_WEIGHTS"
# network: (folder below the weights folder, its convolutions in order)
NETWORKS = {
    "alex": ("lpips_alexnet", tuple(f"conv{i}" for i in range(1, 6))),
    "vgg": (
        "vgg16_imagenet",
        tuple(
            f"conv{block}_{i}"
            for block, count in enumerate((2, 2, 3, 3, 3), 1)
            for i in range(1, count + 1)
        ),
    ),
}
_TITLES = {"alex": "AlexNet", "vgg": "VGG16"}

Arrays = dict[str, npt.NDArray[np.float32]]


def weights_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """The folder of pretrained networks.

    Args:
        folder: The folder itself; by default `$KERAS_DGGGAN_WEIGHTS`, or `weights` in the cache
            (`keras_dgggan.files.cache_folder`).

    Examples:
        >>> weights_folder("my/weights").as_posix()
        'my/weights'
    """
    if folder:
        return Path(folder)
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    return cache_folder() / "weights"


def load_convolutions(network: str, folder: str | os.PathLike[str] | None = None) -> Arrays:
    """The convolutions of a feature network, as float32.

    Args:
        network: "alex" or "vgg".
        folder: See `weights_folder`; it holds `lpips_alexnet/*.npz` and `vgg16_imagenet/*.npz`.

    Returns:
        `{"conv1/kernel": [height, width, in, out], "conv1/bias": [out], ...}`.

    Raises:
        WeightsError: No such file, or one that holds something else.
    """
    below, names = NETWORKS[network]
    root = weights_folder(folder)
    paths = sorted((root / below).glob("*.npz"))
    if not paths:
        raise WeightsError(
            f"no {_TITLES[network]} weights in {str(root / below)!r}: run "
            f"`keras-dgggan metric-weights{'' if network == 'alex' else f' --network {network}'}` "
            f"once, which downloads them, or name their folder by --metric-weights or {VARIABLE}"
        )
    with np.load(paths[0], allow_pickle=False) as arrays:
        keys = [f"{name}/{part}" for name in names for part in ("kernel", "bias")]
        missing = [key for key in keys if key not in arrays]
        if missing:
            raise WeightsError(
                f"{str(paths[0])!r} has no {missing[0]!r}: not {_TITLES[network]} weights"
            )
        return {key: arrays[key].astype(np.float32) for key in keys}


def load_linear_layers(network: str) -> list[npt.NDArray[np.float32]]:
    """LPIPS' v0.1 weights of the channels of each of the five feature maps."""
    source = importlib.resources.files("keras_dgggan.metrics") / "data" / "lpips_lin_v01.npz"
    with source.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return [arrays[f"{network}/lin{i}"] for i in range(5)]
