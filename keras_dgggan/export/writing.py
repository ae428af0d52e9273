"""A failure to write an output, told with the output's path."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from keras_dgggan.errors import DggganError


@contextmanager
def output_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what a full or read-only disk raises, in Python or TensorFlow, into one sentence.

    Args:
        path: The output that the message names; errors themselves name temporary files.

    Raises:
        DggganError: The output cannot be written.

    Example:
        >>> with output_errors("model.onnx"):
        ...     raise OSError(28, "No space left on device", "/tmp/.tmp-x")
        Traceback (most recent call last):
        keras_dgggan.errors.DggganError: cannot write 'model.onnx': No space left on device
    """
    try:
        yield
    except OSError as error:
        raise _failure(path, error.strerror or str(error)) from error
    except Exception as error:
        # TensorFlow's errors are known without importing it here.
        if not any(base.__name__ == "OpError" for base in type(error).__mro__):
            raise
        # The system's reason stands at the end, after the temporary file's name.
        reason = str(error).splitlines()[0].partition(" [Op:")[0].rpartition("; ")[2]
        raise _failure(path, reason) from error


def _failure(path: str | os.PathLike[str], reason: str) -> DggganError:
    return DggganError(f"cannot write {os.fspath(path)!r}: {reason}")
