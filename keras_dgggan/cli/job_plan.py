"""The plan of a command over many files: where the output of each input goes."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from keras_dgggan.cli.job_formats import format_of_target, name_and_format, named_format
from keras_dgggan.cli.jobs import Job, JobResult, Plan
from keras_dgggan.errors import UsageError
from keras_dgggan.images.folders import image_files
from keras_dgggan.images.formats import READABLE_SUFFIXES
from keras_dgggan.video.formats import VIDEO_SUFFIXES, is_video

STANDARD_STREAM = "-"


def plan_jobs(
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
