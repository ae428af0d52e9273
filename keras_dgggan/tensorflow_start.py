"""How TensorFlow starts in this package: with oneDNN's kernels, and without its start-up lines."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def set_defaults() -> None:
    """Set the environment that TensorFlow reads when it is imported, where the user did not.

    On a CPU without AVX-512 TensorFlow leaves oneDNN off by default, and convolutions take about
    one and a half times as long.
    """
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def import_tensorflow() -> None:
    """Import TensorFlow; what goes wrong is raised, but its start is not narrated.

    Its libraries write to the file descriptor before they read any log level. A user who sets
    TF_CPP_MIN_LOG_LEVEL to 0 sees everything.
    """
    set_defaults()
    if "tensorflow" in sys.modules:
        return
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") == "0":
        return
    with _silenced(2):
        import tensorflow  # noqa: F401


def import_keras() -> None:
    """Import Keras, and its backend as quietly as may be."""
    if os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow":
        import_tensorflow()
    import keras  # noqa: F401


def onednn_state() -> str:
    """Whether TensorFlow computes with oneDNN in this process: "on", "off" or "unknown".

    Examples:
        >>> onednn_state() in ("on", "off", "unknown")
        True
    """
    import_tensorflow()
    try:
        from tensorflow.python.util import _pywrap_util_port
    except ImportError:
        return "unknown"
    return "on" if _pywrap_util_port.IsMklEnabled() else "off"


@contextmanager
def _silenced(descriptor: int) -> Iterator[None]:
    kept = os.dup(descriptor)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, descriptor)
        yield
    finally:
        os.dup2(kept, descriptor)
        os.close(nowhere)
        os.close(kept)
