"""A server for the page on the loopback address, with the headers that threads need."""

import sys
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from keras_dgggan.errors import UsageError
from keras_dgggan.web.site import HEADERS

LOOPBACK = "127.0.0.1"

_TYPES = {
    ".bin": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}


class SiteServer(ThreadingHTTPServer):
    """Serves files from memory to this machine alone; `serve_forever` runs it.

    Args:
        files: Their bytes by name, as `site_files` gives them.
        port: 0 takes a free one.

    Raises:
        UsageError: The port is taken.
    """

    daemon_threads = True
    # A port that another program listens on is not shared with it.
    allow_reuse_port = False

    def __init__(self, files: Mapping[str, bytes], port: int = 0) -> None:
        self.files = files
        try:
            super().__init__((LOOPBACK, port), _Handler)
        except OSError as error:
            raise UsageError(
                f"port {port} cannot be used ({error.strerror}): give another one by --port"
            ) from error

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over visitors who leave before all has come; others are told of as usual."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/"


class _Handler(BaseHTTPRequestHandler):
    server: SiteServer

    def do_GET(self) -> None:
        content = self._head()
        if content is not None:
            self.wfile.write(content)

    def do_HEAD(self) -> None:
        self._head()

    def _head(self) -> bytes | None:
        name = unquote(urlsplit(self.path).path).removeprefix("/") or "index.html"
        content = self.server.files.get(name)
        if content is None:
            self.send_error(404)
            return None
        self.send_response(200)
        self.send_header("Content-Type", _TYPES[PurePosixPath(name).suffix])
        self.send_header("Content-Length", str(len(content)))
        # The next demo on this port may be another one.
        self.send_header("Cache-Control", "no-store")
        for header, value in HEADERS.items():
            self.send_header(header, value)
        self.end_headers()
        return content

    def log_message(self, format: str, *args: object) -> None:
        pass
