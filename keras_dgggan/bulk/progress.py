"""How far a bulk run is."""

import time
from dataclasses import dataclass, field

from keras_dgggan.bulk.manifest import Row

# Seconds after which a worker that was not heard of no longer counts.
_RECENT = 120.0

_FAILURES_KEPT = 1000


@dataclass
class Progress:
    """How far a bulk run is; afterwards, what became of it.

    Attributes:
        total: Inputs, those that were done before included.
        skipped: Inputs whose outputs were there.
        done: Pictures that were made.
        failed: Pictures that could not be made.
        pixels: Of the pictures that were made.
        startup_seconds: From the first call for workers until one began a picture.
        seconds: Of work, after that.
        failures: What went wrong, by input; the first thousand.
        manifest: Where the manifest is.
        seen: When each worker was heard of last.

    Examples:
        >>> progress = Progress(total=3, skipped=1, manifest="larger/manifest.parquet")
        >>> progress.add([{"worker": "a:1", "error": None, "width": 64, "height": 48}], now=0.0)
        >>> progress.done, progress.left
        (1, 1)
    """

    total: int
    skipped: int
    manifest: str
    done: int = 0
    failed: int = 0
    pixels: int = 0
    startup_seconds: float = 0.0
    seconds: float = 0.0
    failures: dict[str, str] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict, repr=False)

    @property
    def left(self) -> int:
        """Inputs that nothing was heard of yet."""
        return self.total - self.skipped - self.done - self.failed

    @property
    def workers(self) -> int:
        """Those that were heard of within the last two minutes."""
        return sum(time.monotonic() - heard < _RECENT for heard in self.seen.values())

    def add(self, rows: list[Row], now: float) -> None:
        """Count new rows of the manifest."""
        for row in rows:
            if row["worker"]:
                self.seen[row["worker"]] = now
            if row["error"] is None:
                self.done += 1
                self.pixels += row["width"] * row["height"]
                continue
            self.failed += 1
            if len(self.failures) < _FAILURES_KEPT:
                self.failures[row["input"]] = row["error"]
