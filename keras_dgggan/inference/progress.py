"""How much of an image's work is done."""

from collections.abc import Callable

# Told how much of the work is done, from 0 to 1.
Report = Callable[[float], None]


class Progress:
    """Counts work, and reports the part of it that is done.

    Args:
        report: Told after every advance, if given.
        total: All the work, in any unit.
    """

    def __init__(self, report: Report | None, total: float) -> None:
        self.report = report
        self.total = total
        self.done = 0.0

    def advance(self, amount: float) -> None:
        """So much more is done."""
        # What is done again after memory ran out counts twice.
        self.done = min(self.done + amount, self.total)
        if self.report is not None:
            self.report(self.done / self.total)
