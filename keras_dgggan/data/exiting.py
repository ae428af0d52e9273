"""Calls of TensorFlow's threads into Python, brought to an end before the interpreter goes.

An input pipeline runs ahead of its reader. When the interpreter shuts down while one of its
threads is inside Python, or about to enter, that thread never comes back, TensorFlow waits for it
to take the pipeline down, and the process hangs instead of ending.
"""

import atexit
import threading
import time
from types import TracebackType

_QUIET_S = 0.05
_AT_MOST_S = 30.0


class ExitGate:
    """Counts the calls that are under way; when the interpreter ends, makes the rest short.

    Example:
        >>> gate = ExitGate()
        >>> def called_by_tensorflow():
        ...     with gate:
        ...         return 0 if gate.closing else expensive()
    """

    def __init__(self) -> None:
        self.closing = False
        self._started = self._ended = 0
        self._lock = threading.Lock()
        atexit.register(self.close)

    def __enter__(self) -> None:
        with self._lock:
            self._started += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._ended += 1

    def close(self) -> None:
        """Wait until no call is under way and, the pipelines' buffers being full, none begins."""
        self.closing = True
        deadline = time.monotonic() + _AT_MOST_S
        before = -1
        while (self._started, self._ended) != (before, before) and time.monotonic() < deadline:
            before = self._started
            time.sleep(_QUIET_S)


GATE = ExitGate()
