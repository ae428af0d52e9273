"""One video file to a larger one, with a line that says how far it is."""

import dataclasses
import os
import time
from datetime import timedelta

import click

from keras_dgggan._types import JsonObject
from keras_dgggan.cli.jobs import Job
from keras_dgggan.cli.progress import Report, asked
from keras_dgggan.errors import UsageError
from keras_dgggan.inference.upscaler import Upscaler
from keras_dgggan.video.options import VideoOptions
from keras_dgggan.video.upscaling import VideoProgress, upscale_video

# Between two lines where no bar is drawn.
_SECONDS = 30


def upscale_video_job(
    job: Job,
    upscaler: Upscaler,
    model: str,
    precision: str,
    *,
    options: VideoOptions,
    strip_metadata: bool,
    first_frame: bool,
    overwrite: bool,
    report: Report,
) -> JsonObject:
    """Upscale the video of a job.

    Args:
        job: What to read and write.
        upscaler: The model.
        model: Its name, a preset's or a path.
        precision: What it computes in.
        options: See `upscale_video`.
        strip_metadata: See `VideoOptions`.
        first_frame: Was asked for; videos do not know it.
        overwrite: See `upscale_video`.
        report: Draws the bar, where there is one.

    Returns:
        What `upscale_video` returns.
    """
    if job.extras:
        names = " and ".join(f"--{name}" for name in job.extras)
        raise UsageError(f"'{job.name}' is a video, and {names} is for pictures: leave it out")
    if first_frame:
        raise UsageError(f"'{job.name}' is a video, and --first-frame is for animations and pages")
    assert job.source is not None and job.target is not None
    said = time.monotonic()

    def tell(progress: VideoProgress) -> None:
        nonlocal said
        part = progress.frames / progress.of if progress.of else 0.0
        report(job.name, min(part, 1.0), told(progress))
        if time.monotonic() - said >= _SECONDS and not asked("quiet") and not _watched():
            said = time.monotonic()
            click.echo(f"{job.name}: {told(progress)}", err=True)

    def note(sentence: str) -> None:
        if not asked("quiet"):
            click.echo(f"{job.name}: {sentence}", err=True)

    return upscale_video(
        job.source,
        job.target,
        upscaler,
        options=dataclasses.replace(options, strip_metadata=strip_metadata),
        model=f"{model}{_version(model)}, {precision}, {upscaler!r}",
        overwrite=overwrite,
        report=tell,
        tell=note,
    )


def told(progress: VideoProgress) -> str:
    """Frames, frames a second, time left, size so far.

    Examples:
        >>> told(VideoProgress(300, 1200, 2.5, 7_400_000))
        'frame 300 of 1200, 2.5 frames/s, 0:06:00 left, 7.4 MB'
    """
    of = f" of {progress.of}" if progress.of else ""
    left = progress.seconds_left
    remaining = "" if left is None else f", {timedelta(seconds=round(left))} left"
    size = f"{progress.size / 1e6:.1f} MB"
    return f"frame {progress.frames}{of}, {progress.rate:.2g} frames/s{remaining}, {size}"


def _watched() -> bool:
    """Whether a person sees the bar."""
    from rich.console import Console

    return Console(stderr=True).is_terminal


def _version(model: str) -> str:
    """When a model's file was written: another one may have its name."""
    if not os.path.exists(model):
        return ""
    return f" of {os.stat(model).st_mtime_ns}"
