"""The options that name a server and a model on it, for `client` and `serve-check`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from keras_dgggan._types import Config
from keras_dgggan.cli.shared_options import bundled
from keras_dgggan.errors import UsageError

if TYPE_CHECKING:
    from keras_dgggan.serving import Client
    from keras_dgggan.serving.address import Tls

_FILE = click.Path(exists=True, dir_okay=False)
_OPTIONS = [
    click.option(
        "--server",
        required=True,
        metavar="HOST:PORT",
        help="The server's gRPC address; TF Serving's --port, often 8500.",
    ),
    click.option("--model", default="dgggan_x4_light", help="The model's served name."),
    click.option("--version", type=click.IntRange(min=0), help="Ask for this version."),
    click.option("--label", help="Ask for the version that has this label, like stable."),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=300.0,
        help="Seconds that one request may take.",
    ),
    click.option("--tls", is_flag=True, help="Use TLS and trust the system's authorities."),
    click.option("--tls-ca", type=_FILE, help="Use TLS and trust the authorities in a PEM file."),
    click.option("--tls-cert", type=_FILE, help="The client's certificate (PEM)."),
    click.option("--tls-key", type=_FILE, help="The client's private key (PEM)."),
]


def _gather(values: Config) -> None:
    named = {name: values.pop(name) for name in ("model", "version", "label", "timeout")}
    server = values.pop("server")
    tls = [values.pop(name) for name in ("tls", "tls_ca", "tls_cert", "tls_key")]

    def connect(**more: Any) -> "Client":
        from keras_dgggan.serving import Client

        return Client(server, **named, tls=_credentials(*tls), **more)

    values["connect"] = connect


# Adds the options, and passes them on as `connect`, which takes `Client`'s further arguments.
server_options = bundled(_OPTIONS, _gather)


def _credentials(tls: bool, ca: str | None, cert: str | None, key: str | None) -> "Tls":
    if (cert is None) != (key is None):
        raise UsageError("--tls-cert and --tls-key go together")
    if cert is None or key is None:
        return ca or tls
    import grpc

    authorities = Path(ca).read_bytes() if ca else None
    return grpc.ssl_channel_credentials(
        authorities, Path(key).read_bytes(), Path(cert).read_bytes()
    )
