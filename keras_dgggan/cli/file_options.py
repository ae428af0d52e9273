"""The options of commands that turn picture files into larger ones: `upscale` and `client`."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import click

from keras_dgggan._types import Config
from keras_dgggan.cli.progress import say_result
from keras_dgggan.cli.shared_options import (
    bundled,
    json_option,
    max_megapixels_option,
    quality_option,
    quiet_option,
    strip_metadata_option,
    suffix_option,
)
from keras_dgggan.errors import UsageError

if TYPE_CHECKING:
    from keras_dgggan.cli.jobs import JobResult, Plan

_OPTIONS = [
    click.option(
        "-o",
        "--output",
        metavar="OUT",
        help="A file for a single input, a folder, or - for standard output.  "
        "[default: beside each input]",
    ),
    suffix_option,
    click.option(
        "-f",
        "--format",
        "--ext",
        "format",
        help="png, jpg, webp, tiff or bmp; gif, png or webp of animations; mp4, mkv, mov or webm "
        "of videos.  [default: the input's]",
    ),
    quality_option,
    strip_metadata_option,
    click.option(
        "--first-frame",
        is_flag=True,
        help="Take the first frame of animations, and the first page of TIFF files, alone.",
    ),
    click.option("-r", "--recursive", is_flag=True, help="Take sub-folders too."),
    click.option("--overwrite", is_flag=True, help="Replace existing outputs."),
    click.option("--skip-existing", is_flag=True, help="Pass over inputs whose outputs exist."),
    click.option("--dry-run", is_flag=True, help="Only say what would be written."),
    quiet_option,
    json_option,
    max_megapixels_option,
]


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """The values of these options."""

    output: str | None
    suffix: str
    format: str | None
    quality: int
    strip_metadata: bool
    first_frame: bool
    recursive: bool
    overwrite: bool
    skip_existing: bool
    dry_run: bool
    as_json: bool
    max_megapixels: float

    def plan(self, inputs: Sequence[str], extras: Sequence[str] = ()) -> "Plan":
        """Plan the output of every input; what can be checked before work starts is checked.

        Raises:
            UsageError: There is nothing to do, or the outputs cannot be written as asked.
        """
        from keras_dgggan.cli.job_plan import plan_jobs

        plan = plan_jobs(
            inputs,
            self.output,
            suffix=self.suffix,
            format=self.format,
            recursive=self.recursive,
            overwrite=self.overwrite,
            skip_existing=self.skip_existing,
            first_frame=self.first_frame,
            extras=extras,
        )
        told = f"{len(plan.videos)} in folders passed over: videos are taken when they are named"
        if not (plan.jobs or plan.failed or plan.skipped):
            videos = f" ({told})" if plan.videos else ""
            raise UsageError(f"no images in {', '.join(map(repr, inputs))}{videos}")
        if plan.videos:
            click.echo(told, err=True)
        if self.as_json and any(job.target is None for job in plan.jobs):
            raise UsageError("--json and the picture cannot both go to standard output")
        return plan

    def told_only(self, plan: "Plan") -> "list[JobResult] | None":
        """The results of a dry run or an empty plan, printed; None where there is work to do."""
        if plan.jobs and not self.dry_run:
            return None
        from keras_dgggan.cli.jobs import JobResult

        planned = [JobResult(job.name, str(job.target or "-"), "planned") for job in plan.jobs]
        results = [*plan.failed, *plan.skipped, *planned]
        for result in results:
            say_result(result)
        return results


def _gather(values: Config) -> None:
    # A damaged file is told of in one sentence; Pillow would add a line for each of its tags.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    # Read where lines are written; click's context has the command's life.
    click.get_current_context().meta["quiet"] = values.pop("quiet")
    chosen = {field.name: values.pop(field.name) for field in fields(FileOptions)}
    values["files"] = FileOptions(**chosen)


# Adds the options, and passes them on as `files`, a `FileOptions`.
file_options = bundled(_OPTIONS, _gather)
