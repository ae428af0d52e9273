"""`keras-dgggan upscale`."""

import threading
from typing import TYPE_CHECKING

import click

from keras_dgggan._types import JsonObject
from keras_dgggan.cli.file_options import FileOptions, file_options
from keras_dgggan.cli.names import Device
from keras_dgggan.cli.progress import finish, show_progress
from keras_dgggan.cli.shared_options import (
    AUTO,
    engine_option,
    ensemble_option,
    model_option,
    outscale_option,
    tile_option,
)
from keras_dgggan.cli.video_options import video_options
from keras_dgggan.presets import VIDEO_PRESET, preset_for

if TYPE_CHECKING:
    from keras_dgggan.cli import jobs
    from keras_dgggan.images.compression import Compression
    from keras_dgggan.inference.engine import Tile
    from keras_dgggan.inference.upscaler import Upscaler
    from keras_dgggan.video.options import VideoOptions

# Options of other upscalers that have no counterpart of one value, and what is there instead.
_FOREIGN = {
    "--tile_pad": "tiles give what the whole image gives, without padding: leave it out",
    "--pre_pad": "the image's border needs no padding: leave it out",
    "--fp32": "float32 is the default; --precision chooses",
    "--face_enhance": "there is no model for faces alone",
    "--denoise_strength": "the models have no strength; `keras-dgggan interpolate` blends two",
    "--alpha_upsampler": "alpha is upscaled by the model",
    "--model_path": "--model takes paths too",
    "--gpu-id": "--device gpu:N",
    "-g": "--device gpu:N, or --device cpu",
    "-j": "threads are chosen by themselves; OMP_NUM_THREADS limits them",
    "-m": "--model takes paths too",
}


class UpscaleCommand(click.Command):
    """A command that answers options of other upscalers with its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse; an option of another program is answered with this command's counterpart."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name in _FOREIGN:
                advice = _FOREIGN[error.option_name]
                raise click.UsageError(f"no option {error.option_name}: {advice}", ctx) from None
            raise


@click.command("upscale", cls=UpscaleCommand)
@click.argument("inputs", nargs=-1, metavar="INPUT...")
@click.option("-i", "--input", "more_inputs", multiple=True, metavar="INPUT", help="As INPUT.")
@file_options
@model_option
@outscale_option
@tile_option
@click.option(
    "--device",
    type=Device(),
    default="auto",
    show_default=True,
    help="auto, cpu, gpu or gpu:N.",
)
@engine_option
@ensemble_option
@click.option(
    "--precision",
    type=click.Choice(["float32", "bfloat16"]),
    default="float32",
    show_default=True,
    help="bfloat16: faster with light models on CPUs that compute in it; off by a level at times.",
)
@click.option("--gradient-map", is_flag=True, help="Also write the predicted gradient map.")
@click.option("--compare", is_flag=True, help="Also write bicubic and result side by side.")
@video_options
def command(
    inputs: tuple[str, ...],
    more_inputs: tuple[str, ...],
    files: FileOptions,
    model: str,
    outscale: float | None,
    tile: "Tile",
    device: str,
    engine: str,
    ensemble: bool,
    precision: str,
    gradient_map: bool,
    compare: bool,
    video: "VideoOptions",
    video_asked: list[str],
) -> None:
    """Upscale image files, animations, videos, the images of folders, or - for standard input.

    Bit depth, transparency, colour profile, metadata and resolution are kept, of moving pictures
    every frame's time, and the sound. A file that cannot be read or written is reported, the rest
    goes on, and the exit code is 1. A video that was stopped goes on where it was.

    \b
    Examples:
      keras-dgggan upscale photo.jpg
      keras-dgggan upscale photo.jpg --model dgggan_x4_light
      keras-dgggan upscale photo.jpg -o large.png --outscale 3
      keras-dgggan upscale holidays -r -o larger --format webp --skip-existing
      keras-dgggan upscale - -o - --format png <small.png >large.png
      keras-dgggan upscale clip.mp4 -o large.mp4 --crf 16
    """
    from keras_dgggan.cli import jobs

    extras = [name for name, wanted in [("gradient", gradient_map), ("compare", compare)] if wanted]
    inputs += more_inputs
    if not inputs:
        raise click.UsageError("no INPUT: name files or folders, or - for standard input")
    plan = files.plan(inputs, extras)
    _check_video(plan, video_asked)
    results = files.told_only(plan)
    if results is None:
        from keras_dgggan.cli.upscale_file import upscale_job
        from keras_dgggan.cli.upscale_models import Upscalers, is_small, pixels_of_plan

        count = engine == AUTO and model != AUTO
        upscaler_of = Upscalers(
            tile=tile,
            engine=engine,
            device=device,
            ensemble=ensemble,
            outscale=outscale,
            precision=precision,
            pixels=pixels_of_plan(plan, ensemble=ensemble) if count else None,
        )
        # What the options ask for in vain is told once, before the first file.
        named = preset_for(None) if model == AUTO else model
        _check(upscaler_of(named), tile, gradient_map)
        with show_progress(len(plan.jobs)) as (say, report):
            results = []

            def work_on_video(job: jobs.Job) -> JsonObject:
                from keras_dgggan.cli.upscale_video import upscale_video_job

                name = VIDEO_PRESET if model == AUTO else model
                made = upscale_video_job(
                    job,
                    upscaler_of(name),
                    name,
                    precision,
                    options=video,
                    strip_metadata=files.strip_metadata,
                    first_frame=files.first_frame,
                    overwrite=files.overwrite,
                    report=report,
                )
                why = {"chosen_for": "video"} if model == AUTO else {}
                return {**made, "model": name, **why}

            def work(job: jobs.Job) -> JsonObject:
                if job.is_video:
                    return work_on_video(job)
                choice: JsonObject = {"model": model}

                def chosen(compression: "Compression | None") -> "Upscaler":
                    if model == AUTO:
                        choice["model"] = preset_for(compression)
                        choice["chosen_for"] = str(compression or "no known lossy compression")
                    return upscaler_of(choice["model"])

                size = upscale_job(
                    job,
                    chosen,
                    quality=files.quality,
                    strip_metadata=files.strip_metadata,
                    max_megapixels=files.max_megapixels,
                    first_frame=files.first_frame,
                    report=(lambda part: report(job.name, part)) if _alone() else None,
                )
                return {**size, **choice}

            def beside(job: jobs.Job) -> bool:
                return len(plan.jobs) > 1 and is_small(job, upscaler_of(named))

            for result in jobs.run(plan, work, beside=beside):
                say(result)
                results.append(result)
    finish(results, as_json=files.as_json)


def _alone() -> bool:
    """Whether no job runs beside this one: only then can the bar show its tiles."""
    return threading.current_thread() is threading.main_thread()


def _check_video(plan: "jobs.Plan", asked: list[str]) -> None:
    """Say at once what of videos cannot be done."""
    from keras_dgggan.errors import UsageError

    if any(job.is_video for job in plan.jobs):
        from keras_dgggan.video.pyav import pyav

        pyav()
    elif asked and not plan.failed:
        raise UsageError(f"--{asked[0].replace('_', '-')} is for videos: no input is one")


def _check(upscaler: "Upscaler", tile: "Tile", gradient_map: bool) -> None:
    """Warn of blended tiles; refuse a gradient map that the model does not predict."""
    from keras_dgggan.errors import UsageError

    if tile != "off" and not upscaler.tiles_exactly:
        click.echo(
            "this model's tiles are blended: large images come near the untiled result, but do "
            "not equal it",
            err=True,
        )
    if gradient_map and not upscaler.has_gradient_map:
        raise UsageError("this model has no gradient branch: leave out --gradient-map")
