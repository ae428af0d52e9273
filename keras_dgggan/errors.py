"""Errors with a message meant for the person at the keyboard.

Every message is one clear sentence that names the file or key, the value received and what
would be right. The command line prints it without a traceback and exits with `exit_code`.
"""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The hint ` (did you mean 'x'?)` for an unknown name; empty where no known name is near.

    Examples:
        >>> did_you_mean("upscal", ["train", "upscale"])
        " (did you mean 'upscale'?)"
    """
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


def first_line(error: BaseException) -> str:
    """The first line of an error's message; its class where it has none.

    Examples:
        >>> first_line(ValueError("no such name\\nat line 3")), first_line(KeyboardInterrupt())
        ('no such name', 'KeyboardInterrupt')
    """
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def failure_of(name: str, error: Exception) -> str:
    """One sentence on what went wrong with a file, which names it.

    Examples:
        >>> failure_of("a.png", MemoryError())
        "'a.png' needs more memory than there is"
        >>> failure_of("a.png", KeyError("mode"))
        "'a.png': unexpected KeyError: 'mode'"
    """
    if isinstance(error, MemoryError):
        return f"'{name}' needs more memory than there is"
    reason = str(error)
    if not isinstance(error, DggganError | OSError):
        reason = f"unexpected {type(error).__name__}: {reason}"
    return reason if name in reason else f"'{name}': {reason}"


def quoted(paths: Iterable[object], joint: str = ", ") -> str:
    """Paths for a sentence, as they are written: `repr` would double Windows' backslashes.

    Examples:
        >>> print(quoted(["C:\\\\photos", "a b"]))
        'C:\\photos', 'a b'
    """
    return joint.join(f"'{path}'" for path in paths)


class DggganError(Exception):
    """Something failed while working (exit code 1)."""

    exit_code = 1


class UsageError(DggganError, ValueError):
    """An unknown option, key, name or value (exit code 2); to a script also a `ValueError`."""

    exit_code = 2


class RecipeError(UsageError):
    """A recipe that cannot be read; the message has a line per problem."""


class DataError(DggganError):
    """Training or evaluation images that cannot be used; the message has a line per file."""


class OutputError(DggganError, OSError):
    """An output that cannot be written: a full or read-only disk, or a path that is refused."""


class ImageFileError(DggganError):
    """An image file that cannot be read or written."""


class CheckpointError(DggganError):
    """A checkpoint that is missing, corrupt or does not fit the networks."""


class WeightsError(DggganError):
    """Pretrained weights that are missing or do not fit."""


class ServingError(DggganError):
    """A server that cannot be reached, or that answers other than it should."""
