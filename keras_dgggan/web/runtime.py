"""ONNX Runtime Web, which computes in the page: where it is, and how it gets there.

Wheels of this package carry it. Elsewhere (a checkout, a wheel built without a network) it comes
from the npm registry, once, into the user's cache. `hatch_build.py` runs this file too, without the
package's dependencies.
"""

import base64
import hashlib
import http.client
import os
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request
from pathlib import Path

from keras_dgggan.errors import UsageError, WeightsError
from keras_dgggan.files import atomic_write_bytes, cache_folder

VERSION = "1.30.0"
REGISTRY = "https://registry.npmjs.org"
# Of the archive, as the registry states it.
_INTEGRITY = (
    "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
)

# Script and WebAssembly by what computes: the CPU, or a GPU by WebGPU.
CPU = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")
GPU = ("ort.jspi.bundle.min.mjs", "ort-wasm-simd-threaded.jspi.wasm")
# Their SHA-256.
FILES = {
    CPU[0]: "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    CPU[1]: "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
    GPU[0]: "07ec090355e11b342c95436db54da2d0c2bd5b1d319745bfd3337e6bdcf170ac",
    GPU[1]: "a54c76f86b0f0d9572380cf1c6292a7b3903716ffcbcd6b0e5c7050bf430eb93",
}

_VARIABLE = "KERAS_DGGGAN_WEB_RUNTIME"
PACKAGED = Path(__file__).resolve().parent / "runtime"
_TIMEOUT = 60  # seconds without an answer


def runtime_folder() -> Path:
    """The folder that holds the runtime's files.

    That is `$KERAS_DGGGAN_WEB_RUNTIME` where it is set, else the package's own, else the cache.

    Raises:
        UsageError: The files are not there, or are of another version.
    """
    folder = installed_folder()
    if folder is not None:
        return folder
    chosen = os.environ.get(_VARIABLE)
    where = f"'{chosen}' ({_VARIABLE})" if chosen else "this installation"
    raise UsageError(
        f"{where} has no ONNX Runtime Web {VERSION}, which computes in the page: get it once by "
        "`keras-dgggan web-runtime`"
    )


def installed_folder() -> Path | None:
    """As `runtime_folder`; None where the files are not there."""
    chosen = os.environ.get(_VARIABLE)
    for folder in [Path(chosen)] if chosen else [PACKAGED, _cached()]:
        if all((folder / name).is_file() for name in FILES):
            for name in FILES:
                _check((folder / name).read_bytes(), name, str(folder / name))
            return folder
    return None


def fetch_runtime(
    folder: str | os.PathLike[str] | None = None,
    *,
    archive: str | os.PathLike[str] | None = None,
    registry: str | None = None,
) -> Path:
    """Get the runtime's files from the npm registry, unless they are there.

    npm itself downloads where it is installed, with its own settings; else Python does.

    Args:
        folder: Where to write; by default the user's cache, where `runtime_folder` looks.
        archive: The package's archive (`onnxruntime-web-VERSION.tgz`), to take in place of a
            download.
        registry: The registry's address; by default `$npm_config_registry`, or npm's.

    Returns:
        The folder.

    Raises:
        WeightsError: The archive cannot be had, or is another one.

    Examples:
        >>> fetch_runtime()  # doctest: +SKIP
        PosixPath('/home/me/.cache/keras-dgggan/onnxruntime-web-1.30.0')
    """
    folder = Path(folder) if folder is not None else _cached()
    if all((folder / name).is_file() for name in FILES) and archive is None:
        return folder
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(archive) if archive is not None else _downloaded(Path(temporary), registry)
        digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
        if digest != _INTEGRITY:
            raise WeightsError(f"'{path.name}' is not the archive of onnxruntime-web {VERSION}")
        with tarfile.open(path) as opened:
            for name in FILES:
                member = opened.extractfile(f"package/dist/{name}")
                assert member is not None, "the archive's hash was right"
                content = member.read()
                _check(content, name, path.name)
                folder.mkdir(parents=True, exist_ok=True)
                atomic_write_bytes(folder / name, content)
    return folder


def _cached() -> Path:
    return cache_folder() / f"onnxruntime-web-{VERSION}"


def _check(content: bytes, name: str, where: str) -> None:
    if hashlib.sha256(content).hexdigest() != FILES[name]:
        raise WeightsError(f"{name} in '{where}' is not that of onnxruntime-web {VERSION}")


def _downloaded(folder: Path, registry: str | None) -> Path:
    npm = shutil.which("npm")
    path = folder / f"onnxruntime-web-{VERSION}.tgz"
    if npm is not None:
        command = [npm, "pack", f"onnxruntime-web@{VERSION}", "--pack-destination", str(folder)]
        command += [] if registry is None else ["--registry", registry]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        if done.returncode == 0 and path.is_file():
            return path
    # npm reads this name in small letters.
    setting = os.environ.get("npm_config_registry")  # noqa: SIM112
    root = (registry or setting or REGISTRY).rstrip("/")
    url = f"{root}/onnxruntime-web/-/onnxruntime-web-{VERSION}.tgz"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer, path.open("wb") as file:
            shutil.copyfileobj(answer, file)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise WeightsError(
            f"cannot download {url} ({getattr(error, 'reason', None) or error}): get the file by "
            "other means and give it to `keras-dgggan web-runtime --from FILE`"
        ) from error
    return path
