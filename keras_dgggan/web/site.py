"""The page with its models and its runtime: as a folder for any static host, or as one file."""

import base64
import gzip
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from keras_dgggan.errors import UsageError
from keras_dgggan.files import atomic_write_bytes, temporary_folder
from keras_dgggan.presets import preset_card, preset_names
from keras_dgggan.web.automatic import rules_for
from keras_dgggan.web.model_file import pack_model, unpack_header
from keras_dgggan.web.runtime import CPU, GPU, runtime_folder

_PAGE = Path(__file__).resolve().parent / "page"
_RUNTIME = "runtime"
_GPU_MODELS = "models/gpu/"
# The browser keeps what a GPU needs once it is used, everything else from the start.
_KEPT_WHEN_USED = (_GPU_MODELS, *(f"{_RUNTIME}/{name}" for name in GPU))

# The headers that threads need, for hosts that read them from a file (Netlify, Cloudflare Pages);
# on others the page's service worker adds them.
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}


def site_files(models: Iterable[str], *, offline: bool = True) -> dict[str, bytes]:
    """The files of a site by their names: page, models and runtime.

    Args:
        models: Names as `load_model` takes them; the page offers them in this order.
        offline: Have the browser keep the site for use without a connection. The page's service
            worker does so, and sends the headers that threads need where the host does not.

    Raises:
        UsageError: There is no such model, or the runtime is not installed.
    """
    files = {
        **_page_files(),
        **_model_files(models, for_gpu=True),
        **_runtime_files(GPU),
    }
    if offline:
        files["sw.js"] = _service_worker(files)
    else:
        del files["sw.js"]
        files["index.html"] = _without_worker(files["index.html"].decode()).encode()
    return files


def write_site(
    models: Iterable[str], folder: str | os.PathLike[str], *, overwrite: bool = False
) -> dict[str, int]:
    """Write a folder that any static host serves: page, models and runtime.

    Args:
        models: Names as `load_model` takes them; the page offers them in this order.
        folder: A new or empty folder.
        overwrite: Replace an earlier site.

    Returns:
        The bytes of its files by name.

    Raises:
        UsageError: There is no such model, the folder holds something, or the runtime is not
            installed.

    Examples:
        >>> write_site(["dgggan_x4_light"], "site")["models/dgggan_x4_light.bin"]  # doctest: +SKIP
        1178624
    """
    folder = Path(folder)
    _check_folder(folder, overwrite)
    files = site_files(models)
    lines = "".join(f"  {name}: {value}\n" for name, value in HEADERS.items())
    files["_headers"] = f"/*\n{lines}".encode()
    with temporary_folder(folder.parent) as temporary:
        site = temporary / "site"
        for name, content in files.items():
            path = site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if folder.exists():
            folder.rename(temporary / "earlier")
        site.rename(folder)
    return {name: len(content) for name, content in sorted(files.items())}


def write_page(models: Iterable[str], path: str | os.PathLike[str]) -> int:
    """Write one HTML file that holds everything and opens without a server; returns its bytes.

    It computes on one thread: a browser gives threads to what a server sends alone.

    Args:
        models: As those of `site_files`.
        path: The file, which is replaced.

    Raises:
        UsageError: There is no such model, or the runtime is not installed.

    Examples:
        >>> write_page(["dgggan_x4_light"], "upscale.html")  # doctest: +SKIP
        1532893
    """
    files = _model_files(models)
    page = _page_files()
    files["worker.js"] = page["worker.js"]
    html = _without_worker(page["index.html"].decode())
    kept = "".join(
        f'<script type="text/plain" data-file="{name}">'
        f"{base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()}</script>\n"
        for name, content in files.items()
    )
    script = page["app.js"].decode().replace("</script", "<\\/script")
    style = page["app.css"].decode()
    icon = _data_address(page["icon.svg"], "image/svg+xml")
    licence = _data_address(page["onnxruntime-license.txt"], "text/plain")
    html = _replaced(
        html,
        {
            '<link rel="stylesheet" href="app.css">': f"<style>\n{style}</style>",
            '<link rel="manifest" href="app.webmanifest">\n': "",
            'href="icon.svg"': f'href="{icon}"',
            # A browser shows no page by a data address, but saves one.
            'href="onnxruntime-license.txt"': f'href="{licence}" download="license.txt"',
            '<script src="app.js" defer></script>': "",
            "script-src 'self'": "script-src 'unsafe-inline'",
            "style-src 'self'": "style-src 'unsafe-inline'",
            "</body>": f"{kept}<script>\n{script}</script>\n</body>",
        },
    )
    content = html.encode()
    atomic_write_bytes(path, content)
    return len(content)


def _data_address(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _replaced(text: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def _without_worker(html: str) -> str:
    return _replaced(html, {'<html lang="en">': '<html lang="en" data-offline="no">'})


def _check_folder(folder: Path, overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"'{folder}' is a file: --format web writes a folder")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not (folder / "models.json").is_file():
        raise UsageError(f"'{folder}' holds something other than such a page: give a new folder")
    if not overwrite:
        raise UsageError(f"'{folder}' exists: give another name or --overwrite")


def _page_files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(_PAGE.iterdir()) if path.is_file()}


def _runtime_files(names: Iterable[str]) -> dict[str, bytes]:
    folder = runtime_folder()
    return {f"{_RUNTIME}/{name}": (folder / name).read_bytes() for name in names}


def _model_files(models: Iterable[str], *, for_gpu: bool = False) -> dict[str, bytes]:
    """The models, their list, and the runtime where the page cannot compute one of them itself."""
    files: dict[str, bytes] = {}
    entries = []
    models = list(dict.fromkeys(models))
    for model in models:
        content = pack_model(model)
        header = unpack_header(content)
        scale = header["scale"]
        name = _name_of(model)
        file = f"models/{name}.bin"
        if file in files:
            raise UsageError(f"two models are named {name!r}: rename one's file or folder")
        files[file] = content
        entry = {
            "name": name,
            "line": _line_of(model, scale),
            "scale": scale,
            "file": file,
            "bytes": len(content),
            "runtime": "generator" not in header,
        }
        if for_gpu and ("stages" in header or "generator" in header):
            entry["gpu"] = f"{_GPU_MODELS}{name}.bin"
            files[entry["gpu"]] = pack_model(model, for_gpu=True)
        entries.append(entry)
    listed = {"models": entries, "automatic": rules_for(models)}
    files["models.json"] = json.dumps(listed, ensure_ascii=False).encode()
    if any(entry["runtime"] for entry in entries):
        files |= _runtime_files(CPU)
    return files


def _name_of(model: str) -> str:
    if model in preset_names():
        return model
    path = Path(os.path.abspath(model))
    name = path.name.removesuffix(".weights.h5")
    return name if path.is_dir() else name.removesuffix(path.suffix)


def _line_of(model: str, scale: int) -> str:
    if model not in preset_names():
        return f"x{scale}"
    return preset_card(model).splitlines()[0].removeprefix(f"# {model}: ")


def _service_worker(files: Mapping[str, bytes]) -> bytes:
    """The service worker, with the names of what it keeps and a version that names the content."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + hashlib.sha256(content).digest())
    others = {name for name in files if not name.startswith(_KEPT_WHEN_USED)}
    kept = sorted({*others, "./"} - {"sw.js", "index.html"})
    text = _replaced(
        files["sw.js"].decode(),
        {
            '"VERSION"': json.dumps(digest.hexdigest()[:16]),
            '["FILES"]': json.dumps(kept),
        },
    )
    return text.encode()
