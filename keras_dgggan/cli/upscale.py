"""`keras-dgggan upscale`."""

from typing import Any

import click

from keras_dgggan.cli.file_options import FileOptions, file_options
from keras_dgggan.cli.progress import finish, show_progress
from keras_dgggan.presets import DEFAULT_PRESET

# Stated here: the module that has them takes time to import.
ENGINES = ["auto", "tensorflow", "onnxruntime"]


class TileType(click.ParamType):
    """auto, off, or a number of pixels."""

    name = "tile"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if value in ("auto", "off"):
            return value
        if str(value).isdecimal() and int(value) >= 16:
            return int(value)
        self.fail(f"{value!r} is neither auto nor off nor a number of at least 16", param, ctx)


@click.command("upscale")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@file_options
@click.option(
    "--model",
    metavar="NAME",
    help="A preset, a run folder, a .keras or .weights.h5 file or a SavedModel folder.  "
    f"[default: {DEFAULT_PRESET}]",
)
@click.option("--outscale", type=float, help="Any factor.  [default: the model's]")
@click.option(
    "--tile",
    type=TileType(),
    default="auto",
    show_default=True,
    metavar="auto|off|N",
    help="Pixels a side that are computed at a time. Changes memory and speed, not the result.",
)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, gpu or gpu:N.")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="auto",
    show_default=True,
    help="What computes. onnxruntime starts within a second, and runs DGGGAN models on the CPU.",
)
@click.option("--ensemble", is_flag=True, help="Average over 8 flips and turns: 8 times the work.")
@click.option(
    "--precision",
    type=click.Choice(["float32", "bfloat16"]),
    default="float32",
    show_default=True,
    help="bfloat16: faster with light models on CPUs that compute in it; off by a level at times.",
)
@click.option("--gradient-map", is_flag=True, help="Also write the predicted gradient map.")
@click.option("--compare", is_flag=True, help="Also write bicubic and result side by side.")
def command(
    inputs: tuple[str, ...],
    files: FileOptions,
    model: str | None,
    outscale: float | None,
    tile: Any,
    device: str,
    engine: str,
    ensemble: bool,
    precision: str,
    gradient_map: bool,
    compare: bool,
) -> None:
    """Upscale image files, the images of folders, or - for standard input.

    Bit depth, transparency, colour profile, EXIF data and resolution are kept. A file that cannot
    be read or written is reported, the rest goes on, and the exit code is 1.

    \b
    Examples:
      keras-dgggan upscale photo.jpg
      keras-dgggan upscale photo.jpg -o large.png --outscale 3
      keras-dgggan upscale holidays -r -o larger --format webp --skip-existing
      keras-dgggan upscale - -o - --format png <small.png >large.png
    """
    from keras_dgggan.cli import jobs
    from keras_dgggan.errors import UsageError

    extras = [name for name, wanted in [("gradient", gradient_map), ("compare", compare)] if wanted]
    plan = files.plan(inputs, extras)
    results = files.told_only(plan)
    if results is None:
        from keras_dgggan.inference.files import upscale_file
        from keras_dgggan.inference.upscaler import Upscaler

        upscaler = Upscaler(
            model or DEFAULT_PRESET,
            tile=tile,
            engine=engine,
            device=device,
            ensemble=ensemble,
            outscale=outscale,
            precision=precision,
        )
        if tile != "off" and not upscaler.tiles_exactly:
            click.echo(
                "this model's tiles are blended: large images come near the untiled result, but do "
                "not equal it",
                err=True,
            )
        if gradient_map and not upscaler.has_gradient_map:
            raise UsageError("this model has no gradient branch: leave out --gradient-map")
        with show_progress(len(plan.jobs)) as (say, report):
            results = []

            def work(job: jobs.Job) -> dict[str, Any]:
                return upscale_file(
                    job,
                    upscaler,
                    quality=files.quality,
                    max_megapixels=files.max_megapixels,
                    report=lambda part: report(job.name, part),
                )

            for result in jobs.run(plan, work):
                say(result)
                results.append(result)
    finish(results, as_json=files.as_json)
