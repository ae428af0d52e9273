import itertools
import threading

import pytest

from keras_dgggan.images.ordered import InOrder


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_results_come_in_the_order_of_the_calls(threads):
    calls = [(base, 2) for base in range(20)]
    assert list(InOrder(threads)(pow, calls)) == [base**2 for base in range(20)]


def test_results_do_not_pile_up_before_a_slow_caller():
    taken = itertools.count()
    results = InOrder(2)(lambda number: number, ((next(taken),) for _ in range(20)))
    next(results)
    assert next(taken) == 3


def test_when_a_call_fails_nothing_runs_any_more():
    running = threading.Semaphore(0)
    finished = []

    def call(number):
        if number == 0:
            running.acquire()
            raise MemoryError
        running.release()
        finished.append(number)

    with pytest.raises(MemoryError):
        list(InOrder(2)(call, [(number,) for number in range(9)]))
    assert finished == [1]
