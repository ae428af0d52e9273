"""Commands over many files: their jobs, the run of these, the summary.

It knows no model: `upscale` and `client` share it.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from keras_dgggan._types import JsonObject
from keras_dgggan.errors import failure_of
from keras_dgggan.files import naming_output
from keras_dgggan.video.formats import is_video

STATUSES = ("planned", "done", "skipped", "failed", "stopped", "not started")


@dataclass(frozen=True)
class Job:
    """One picture, animation or video to make.

    Attributes:
        source: The input file; None is standard input.
        target: The output file; None is standard output.
        format: Name of the output format, or None for the input's own.
        extras: Further outputs by name, e.g. `{"gradient": Path("a_sr_gradient.png")}`.
    """

    source: Path | None
    target: Path | None
    format: str | None = None
    extras: dict[str, Path] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return "standard input" if self.source is None else str(self.source)

    @property
    def is_video(self) -> bool:
        return is_video(self.source)

    @property
    def targets(self) -> list[Path]:
        return [path for path in (self.target, *self.extras.values()) if path is not None]


@dataclass
class JobResult:
    """The result of one input; `status` is one of `STATUSES`."""

    input: str
    output: str | None
    status: str
    error: str | None = None
    exception: BaseException | None = field(default=None, repr=False)
    seconds: float | None = None
    details: JsonObject = field(default_factory=dict)

    def as_dict(self) -> JsonObject:
        entry: JsonObject = {"input": self.input, "output": self.output, "status": self.status}
        if self.error is not None:
            entry["error"] = self.error
        if self.seconds is not None:
            entry["seconds"] = round(self.seconds, 3)
        return {**entry, **self.details}


@dataclass(frozen=True)
class Plan:
    """What there is to do.

    Attributes:
        jobs: In order.
        failed: Inputs that cannot be one.
        skipped: Those that are done already.
        videos: Those in folders, which take too long to be taken by the way.
    """

    jobs: list[Job]
    failed: list[JobResult]
    skipped: list[JobResult]
    videos: list[Path] = field(default_factory=list)


def run(plan: Plan, work: Callable[[Job], JsonObject]) -> Iterator[JobResult]:
    """Do every job; a failed one is a `JobResult` that says why, and the rest goes on.

    Ctrl-C ends the job under way and leaves the others; each has its result all the same.

    Args:
        plan: What `plan_jobs` answered.
        work: Does one job and returns details for its result.

    Yields:
        The failed and skipped of the plan, then a result as each job ends.
    """
    yield from plan.failed
    yield from plan.skipped
    stopped = False
    for job in plan.jobs:
        start = time.monotonic()
        target = "-" if job.target is None else str(job.target)
        if stopped:
            yield JobResult(job.name, target, "not started")
            continue
        result = JobResult(job.name, target, "done")
        try:
            for path in job.targets:
                with naming_output(path):
                    path.parent.mkdir(parents=True, exist_ok=True)
            result.details = work(job)
        except KeyboardInterrupt:
            stopped = True
            result.status = "stopped"
        # Whatever is wrong with one file, or with us: a night's other files are not lost to it.
        except Exception as error:
            result.status, result.error = "failed", failure_of(job.name, error)
            result.exception = error
        result.seconds = time.monotonic() - start
        yield result


def summary(results: Iterable[JobResult]) -> JsonObject:
    """Counts by status and every result, ready for JSON."""
    results = list(results)
    counts = {status: sum(result.status == status for result in results) for status in STATUSES}
    return {**counts, "results": [result.as_dict() for result in results]}
