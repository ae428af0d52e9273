"""Calls on several threads, with results in order and a bounded number of them waiting."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")


class InOrder:
    """Runs calls on several threads and yields their results in order.

    At most one result waits for each thread: where results are large, a caller that is slow
    must not let them pile up.

    Args:
        threads: With one, calls run in the caller's thread, when their result is asked for.
        abandon: After a failure, or when the caller stops early, do not wait for calls that still
            run: for those that wait for others, such as servers, and hold little memory.

    Examples:
        >>> list(InOrder(2)(pow, [(2, 3), (3, 2)]))
        [8, 9]
    """

    def __init__(self, threads: int, *, abandon: bool = False) -> None:
        self._threads = threads
        self._abandon = abandon
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def __call__(self, function: Callable[..., T], arguments: Iterable[tuple]) -> Iterator[T]:
        """Yield `function(*each)` for each of the arguments; what it raises is raised here."""
        if self._pool is None:
            yield from (function(*each) for each in arguments)
            return
        pending: deque[Future[T]] = deque()
        try:
            for each in arguments:
                ready = [pending.popleft().result()] if len(pending) == self._threads else []
                pending.append(self._pool.submit(function, *each))
                yield from ready
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
            # What still runs must not take memory from the caller's next try.
            if not self._abandon:
                wait(pending)
