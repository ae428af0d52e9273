"""Commands over many files: planning each input's output, running the jobs, the summary.

It knows no model: `upscale` and `client` share it.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keras_dgggan.cli.job_formats import format_of_target, name_and_format, named_format
from keras_dgggan.errors import DggganError, UsageError
from keras_dgggan.files import naming_output
from keras_dgggan.images.folders import image_files
from keras_dgggan.images.formats import READABLE_SUFFIXES
from keras_dgggan.video.formats import VIDEO_SUFFIXES, is_video

STANDARD_STREAM = "-"

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
    details: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"input": self.input, "output": self.output, "status": self.status}
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


def plan(
    inputs: Iterable[str],
    output: str | None,
    *,
    suffix: str = "_sr",
    format: str | None = None,
    recursive: bool = False,
    overwrite: bool = False,
    skip_existing: bool = False,
    first_frame: bool = False,
    extras: Iterable[str] = (),
) -> Plan:
    """Decide for every input where its output goes.

    Nothing is written, and nothing read but folders and the headers of GIF files: animations stay
    GIF, single pictures become PNG.

    Args:
        inputs: Files, folders, or "-" for standard input.
        output: A file for a single input file, a folder (made when work starts), "-" for
            standard output, or None to write beside each input.
        suffix: Added to the name of every output that is not named by `output` itself.
        format: A name as `format_named` takes it; None keeps each input's format.
        recursive: Take the images of sub-folders too; their structure is kept under `output`.
        overwrite: Existing outputs may be replaced.
        skip_existing: Inputs whose outputs all exist are passed over.
        first_frame: Animations are taken for single pictures.
        extras: Names of further outputs, PNG files called after the main one: `a_sr_NAME.png`.

    Raises:
        UsageError: Two inputs would write one output, an output would replace an input, or
            exists already, or the arguments contradict each other.
    """
    inputs = list(inputs)
    extras = list(extras)
    if overwrite and skip_existing:
        raise UsageError("--overwrite and --skip-existing contradict each other: give one")
    if format is not None:
        format = named_format(format)
    if STANDARD_STREAM in inputs or output == STANDARD_STREAM:
        return Plan([_stream_job(inputs, output, format, extras)], [], [])

    videos: list[Path] = []
    sources, failed = _find_sources(inputs, output, recursive, videos)
    single = len(inputs) == 1 and not Path(inputs[0]).is_dir()
    as_file = single and output is not None and _names_a_file(output)
    if output is not None and not as_file and Path(output).is_file():
        raise UsageError(f"the output '{output}' is a file; for several inputs name a folder")
    jobs = []
    for source, inside in sources:
        if as_file and output is not None:
            target = Path(output)
            chosen = format_of_target(source, target, format)
        else:
            folder = source.parent if output is None else Path(output) / inside
            name, chosen = name_and_format(source, suffix, format, first_frame)
            target = folder / name
        named = {name: target.with_name(f"{target.stem}_{name}.png") for name in extras}
        jobs.append(Job(source, target, chosen, named))
    if skip_existing:
        jobs = _without_earlier_outputs(jobs)
    _check_targets(jobs)

    existing = {job.name: [path for path in job.targets if os.path.lexists(path)] for job in jobs}
    skipped = []
    if skip_existing:
        complete = {job.name for job in jobs if len(existing[job.name]) == len(job.targets)}
        skipped = [
            JobResult(job.name, str(job.target), "skipped") for job in jobs if job.name in complete
        ]
        jobs = [job for job in jobs if job.name not in complete]
    elif not overwrite:
        first = next((paths[0] for paths in existing.values() if paths), None)
        if first is not None:
            raise UsageError(
                f"'{first}' exists already: pass --overwrite to replace outputs or "
                "--skip-existing to keep them"
            )
    return Plan(jobs, failed, skipped, videos)


def run(plan: Plan, work: Callable[[Job], dict[str, Any]]) -> Iterator[JobResult]:
    """Do every job; a failed one is a `JobResult` that says why, and the rest goes on.

    Ctrl-C ends the job under way and leaves the others; each has its result all the same.

    Args:
        plan: What `plan` answered.
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
            result.status, result.error = "failed", _reason(job, error)
            result.exception = error
        result.seconds = time.monotonic() - start
        yield result


def _reason(job: Job, error: Exception) -> str:
    if isinstance(error, MemoryError):
        return f"'{job.name}' needs more memory than there is"
    reason = str(error)
    if not isinstance(error, DggganError | OSError):
        reason = f"unexpected {type(error).__name__}: {reason}"
    return reason if job.name in reason else f"'{job.name}': {reason}"


def summary(results: Iterable[JobResult]) -> dict[str, Any]:
    """Counts by status and every result, ready for JSON."""
    results = list(results)
    counts = {status: sum(result.status == status for result in results) for status in STATUSES}
    return {**counts, "results": [result.as_dict() for result in results]}


def _stream_job(
    inputs: list[str], output: str | None, format: str | None, extras: list[str]
) -> Job:
    if len(inputs) != 1:
        raise UsageError("'-' (standard input or output) goes with a single input")
    source = None if inputs[0] == STANDARD_STREAM else Path(inputs[0])
    if source is not None and source.is_dir():
        raise UsageError(f"the folder '{source}' cannot be written to standard output")
    to_stream = output in (None, STANDARD_STREAM)
    if to_stream and extras:
        raise UsageError("standard output holds one picture: name a file to get further outputs")
    if to_stream and is_video(source):
        raise UsageError(f"'{source}' is a video, which is not written to standard output")
    if to_stream:
        return Job(source, None, format)
    target = Path(output or "")
    if not _names_a_file(str(target)):
        raise UsageError(f"standard input needs a file name as output. Received: '{output}'")
    named = {name: target.with_name(f"{target.stem}_{name}.png") for name in extras}
    return Job(source, target, format_of_target(source, target, format), named)


def _find_sources(
    inputs: list[str], output: str | None, recursive: bool, videos: list[Path]
) -> tuple[list[tuple[Path, Path]], list[JobResult]]:
    """Every input file with the folder it has under the output, and the inputs that are none."""
    outside = None if output is None else Path(output)
    sources: dict[Path, Path] = {}
    failed: list[JobResult] = []

    def unlisted(folder: Path, error: OSError) -> None:
        reason = f"cannot list the folder '{folder}': {error.strerror or error}"
        failed.append(JobResult(str(folder), None, "failed", reason, error))

    for name in inputs:
        path = Path(name)
        try:
            mode = path.stat().st_mode
        except OSError as error:
            lost = isinstance(error, FileNotFoundError | NotADirectoryError)
            reason = "does not exist" if lost else f"cannot be read: {error.strerror or error}"
            failed.append(JobResult(name, None, "failed", f"'{name}' {reason}.", error))
            continue
        if not stat.S_ISDIR(mode):
            sources.setdefault(path, Path())
            continue
        for found in image_files(
            path,
            recursive=recursive,
            outside=outside,
            unlisted=unlisted,
            suffixes=READABLE_SUFFIXES | VIDEO_SUFFIXES,
        ):
            if is_video(found):
                videos.append(found)
            elif found.is_dir():
                reason = f"'{found}' is a folder named like an image"
                failed.append(JobResult(str(found), None, "failed", reason))
            else:
                sources.setdefault(found, found.parent.relative_to(path))
    return list(sources.items()), failed


def _names_a_file(output: str) -> bool:
    path = Path(output)
    return not path.is_dir() and not output.endswith(("/", os.sep)) and path.suffix != ""


def _without_earlier_outputs(jobs: list[Job]) -> list[Job]:
    """A second run over a folder finds the first one's outputs among its inputs."""
    outputs = {target.resolve() for job in jobs for target in job.targets}
    return [job for job in jobs if job.source is None or job.source.resolve() not in outputs]


def _check_targets(jobs: list[Job]) -> None:
    inputs = {job.source.resolve(): job.source for job in jobs if job.source is not None}
    writers: dict[Path, Job] = {}
    for job in jobs:
        for target in job.targets:
            key = target.resolve()
            if key in inputs:
                raise UsageError(
                    f"the output '{target}' would replace the input '{inputs[key]}': "
                    "give another --suffix or -o"
                )
            if key in writers:
                raise UsageError(
                    f"'{writers[key].name}' and '{job.name}' would both write '{target}': "
                    "give different names, or run them apart"
                )
            writers[key] = job
