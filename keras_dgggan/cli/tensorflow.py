"""Importing TensorFlow without the lines that its libraries write at their start."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


def import_tensorflow() -> None:
    """Import TensorFlow; whatever goes wrong is raised, but its start is not narrated.

    Its libraries write to the file descriptor before they read any log level. A user who sets
    TF_CPP_MIN_LOG_LEVEL to 0 sees everything.
    """
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") == "0":
        return
    with _silenced(2):
        import tensorflow  # noqa: F401


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
