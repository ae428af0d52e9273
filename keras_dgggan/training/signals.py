"""Stopping a run from outside: at once before its first step, then at the end of a step."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# The exit code of a run that was told to stop. A preempted job (SIGTERM) has one of its own, by
# which a scheduler knows that starting it again goes on with it.
EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 75}


Handler = Callable[[int, FrameType | None], object] | int | None

# Signals that were to end the process. Python passes over an exception that a destructor meets.
_early: list[signal.Signals] = []


@contextmanager
def exit_on_signals() -> Iterator[None]:
    """While entered, SIGINT and SIGTERM end the process with the exit codes of `EXIT_CODES`.

    What is under way is left as an exception leaves it, so that half-written files are removed. A
    second signal does not wait for that.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        received = signal.Signals(number)
        for each in EXIT_CODES:
            signal.signal(each, lambda number, frame: os._exit(EXIT_CODES[signal.Signals(number)]))
        _early.append(received)
        print(f"stopped by {received.name}", file=sys.stderr)
        raise SystemExit(EXIT_CODES[received])

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.signal(number, leave) for number in EXIT_CODES}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        _early.clear()


class StopSignals:
    """While entered, remembers the first SIGINT or SIGTERM in `received`.

    A second one of the kind acts at once, as it would have without this.

    Examples:
        >>> with StopSignals() as signals:
        ...     signal.raise_signal(signal.SIGTERM)
        ...     signals.received.name
        'SIGTERM'
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._previous: dict[signal.Signals, Handler] = {}

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.received = signal.Signals(number)
        signal.signal(number, self._previous[self.received])

    def __enter__(self) -> "StopSignals":
        if _early:
            self.received = _early[0]
        # Only the main thread may set handlers; elsewhere the run goes without.
        if threading.current_thread() is threading.main_thread():
            for number in EXIT_CODES:
                self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
