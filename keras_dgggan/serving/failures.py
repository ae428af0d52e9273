"""What a failed gRPC call means: a sentence for the user, and whether to repeat the call."""

import grpc

# A server that stops cancels what is under way; the client itself cancels nothing.
_PASSING = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
    }
)
# What a server that batches says when pictures of two sizes met in one batch.
_MIXED_BATCH = "padding is turned off"

_NOT_TRUSTED = "CERTIFICATE_VERIFY_FAILED: "
_NO_TLS = "WRONG_VERSION_NUMBER"
_UNUSABLE = "security handshaker"
_OTHER_HOST = ("Hostname Verification", "Peer name", "does not match SSL server name")
_TLS_FAULTS = (_NOT_TRUSTED, _NO_TLS, _UNUSABLE, *_OTHER_HOST)


def passes(error: grpc.RpcError) -> bool:
    """Return whether the same request may succeed a little later."""
    details = error.details() or ""
    if any(fault in details for fault in _TLS_FAULTS):
        return False
    return error.code() in _PASSING or _MIXED_BATCH in details


def sentence(error: grpc.RpcError, target: str, *, timeout: float, tls: bool) -> str:
    """Return one sentence that says what went wrong."""
    code, details = error.code(), first_line(error.details() or "")
    server = f"the server at {target}"
    if any(fault in details for fault in _TLS_FAULTS):
        return _tls_fault(details, target)
    match code:
        case grpc.StatusCode.UNAVAILABLE if "queue" in details:
            return f"{server} has more requests than it takes: {details}"
        case grpc.StatusCode.UNAVAILABLE:
            return _unreachable(details, target, tls)
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return f"{server} did not answer within {timeout:g} s"
        case grpc.StatusCode.CANCELLED:
            return f"{server} stopped while it was at work"
        case grpc.StatusCode.UNIMPLEMENTED:
            return f"{server} does not speak TF Serving's gRPC protocol"
        case grpc.StatusCode.RESOURCE_EXHAUSTED if "larger than max" in details:
            return (
                f"a message is larger than {server} or a proxy before it takes: ask for smaller "
                f"tiles (gRPC says: {details})"
            )
        case grpc.StatusCode.INTERNAL if "deserializing response" in details:
            return f"{server} answered with what is no reply of TF Serving"
        case grpc.StatusCode.INVALID_ARGUMENT:
            return f"{server} refuses the request: {details}"
        case _:
            return f"{server} failed with {code.name}: {details}"


def _tls_fault(details: str, target: str) -> str:
    if _NOT_TRUSTED in details:
        reason = details.partition(_NOT_TRUSTED)[2].partition(": ")[0]
        return (
            f"the certificate of the server at {target} is not trusted ({reason}): give the "
            "authority that signed it (--tls-ca)"
        )
    if _NO_TLS in details:
        return f"the server at {target} does not use TLS: leave it out (--tls, --tls-ca)"
    if _UNUSABLE in details:
        return f"no TLS with the server at {target}: the certificates or the key given are no PEM"
    return (
        f"the certificate of the server at {target} is for another host name: use the name that "
        f"it was made for (gRPC says: {details})"
    )


def _unreachable(details: str, target: str, tls: bool) -> str:
    hint = ""
    if "HTTP/2" in details:
        hint = "; that is no gRPC port: TF Serving's is 8500, and 8501 is REST"
    elif "Socket closed" in details:
        needed = "a client certificate (--tls-cert)" if tls else "TLS (--tls)"
        hint = f"; a server that requires {needed} does so"
    elif target.endswith(":8501"):
        hint = "; 8501 is TF Serving's REST port, gRPC is 8500"
    return f"no TF Serving can be reached at {target} (gRPC says: {details}{hint})"


def first_line(details: str) -> str:
    """Return the line of an error that tells most: an assertion's text, else the first.

    Examples:
        >>> first_line("2 root error(s) found.\\n assertion failed: [Too large:] [9]\\n")
        'Too large: 9'
    """
    lines = [line.strip() for line in details.splitlines() if line.strip()]
    for line in lines:
        if "assertion failed:" in line:
            return line.partition("assertion failed:")[2].replace("] [", " ").strip(" []")
    return lines[0] if lines else "nothing more"
