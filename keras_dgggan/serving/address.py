"""A server's gRPC address, and the channel to it."""

import os
import re
from pathlib import Path
from typing import TypeAlias

import grpc

from keras_dgggan.errors import UsageError

Tls: TypeAlias = bool | str | os.PathLike[str] | grpc.ChannelCredentials

_OPTIONS = [
    # Replies to whole pictures pass gRPC's 4 MB; the server's own limit is far above (2 GB).
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # By default gRPC waits up to two minutes between its tries to connect anew.
    ("grpc.max_reconnect_backoff_ms", 2000),
]
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^\s:/\[\]]+):(\d{1,5})")
# Names that gRPC resolves by other means than host and port.
_RESOLVERS = ("dns:", "ipv4:", "ipv6:", "unix:", "unix-abstract:", "vsock:", "xds:")


def check_target(target: str) -> str:
    """Return a gRPC address as it is, once it has the form of one.

    Args:
        target: `"host:port"`, or another name that gRPC resolves, such as `"unix:/run/tfs"`.

    Raises:
        UsageError: It is a web address, or lacks the port.

    Examples:
        >>> check_target("localhost:8500")
        'localhost:8500'
        >>> check_target("http://localhost:8501")
        Traceback (most recent call last):
        keras_dgggan.errors.UsageError: a server is named by its gRPC address HOST:PORT without \
http://, like localhost:8500 (8501 is TF Serving's REST port). Received: 'http://localhost:8501'
    """
    if target.startswith(_RESOLVERS):
        return target
    match = _HOST_AND_PORT.fullmatch(target)
    if match and 0 < int(match[2]) < 65536:
        return target
    scheme, has_scheme, rest = target.rpartition("://")
    host, _, port = rest.partition("/")[0].partition(":")
    without = f" without {scheme}{has_scheme}" if has_scheme else ""
    rest_port = " (8501 is TF Serving's REST port)" if port == "8501" else ""
    kept = port if port.isdecimal() and 0 < int(port) < 65536 and port != "8501" else "8500"
    raise UsageError(
        f"a server is named by its gRPC address HOST:PORT{without}, like "
        f"{host or 'localhost'}:{kept}{rest_port}. Received: {target!r}"
    )


def open_channel(target: str, tls: Tls) -> grpc.Channel:
    """Return a channel to a server; nothing is sent before the first call.

    Args:
        target: The gRPC address.
        tls: True for TLS by the system's authorities, a PEM file of authorities, or channel
            credentials of gRPC; False for no TLS.
    """
    if tls is False:
        return grpc.insecure_channel(target, options=_OPTIONS)
    if tls is True:
        credentials = grpc.ssl_channel_credentials()
    elif isinstance(tls, grpc.ChannelCredentials):
        credentials = tls
    else:
        credentials = grpc.ssl_channel_credentials(Path(tls).read_bytes())
    return grpc.secure_channel(target, credentials, options=_OPTIONS)
