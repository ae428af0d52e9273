"""`keras-dgggan upscale`."""

import functools
from typing import TYPE_CHECKING, Any

import click

from keras_dgggan.cli.file_options import FileOptions, file_options
from keras_dgggan.cli.progress import finish, show_progress
from keras_dgggan.presets import DEFAULT_PRESET, PHOTO_PRESET, preset_for

if TYPE_CHECKING:
    from keras_dgggan.images.compression import Compression
    from keras_dgggan.inference.upscaler import Upscaler

AUTO = "auto"

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
    default=AUTO,
    show_default=True,
    metavar="NAME",
    help="A preset, a run folder, a .keras or .weights.h5 file or a SavedModel folder. auto takes "
    f"{PHOTO_PRESET} for files that were compressed lossily, like most JPEGs, and {DEFAULT_PRESET} "
    "for all others.",
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
    model: str,
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

    Bit depth, transparency, colour profile, metadata and resolution are kept. A file that cannot
    be read or written is reported, the rest goes on, and the exit code is 1.

    \b
    Examples:
      keras-dgggan upscale photo.jpg
      keras-dgggan upscale photo.jpg --model dgggan_x4_light
      keras-dgggan upscale photo.jpg -o large.png --outscale 3
      keras-dgggan upscale holidays -r -o larger --format webp --skip-existing
      keras-dgggan upscale - -o - --format png <small.png >large.png
    """
    from keras_dgggan.cli import jobs

    extras = [name for name, wanted in [("gradient", gradient_map), ("compare", compare)] if wanted]
    plan = files.plan(inputs, extras)
    results = files.told_only(plan)
    if results is None:
        from keras_dgggan.cli.upscale_file import upscale_file
        from keras_dgggan.inference.upscaler import Upscaler

        @functools.cache
        def upscaler_of(name: str) -> "Upscaler":
            return Upscaler(
                name,
                tile=tile,
                engine=engine,
                device=device,
                ensemble=ensemble,
                outscale=outscale,
                precision=precision,
            )

        if model != AUTO:
            _check(upscaler_of(model), tile, gradient_map)
        with show_progress(len(plan.jobs)) as (say, report):
            results = []

            def work(job: jobs.Job) -> dict[str, Any]:
                choice: dict[str, Any] = {"model": model}

                def chosen(compression: "Compression | None") -> "Upscaler":
                    if model == AUTO:
                        choice["model"] = preset_for(compression)
                        choice["chosen_for"] = str(compression or "no known lossy compression")
                    return upscaler_of(choice["model"])

                size = upscale_file(
                    job,
                    chosen,
                    quality=files.quality,
                    strip_metadata=files.strip_metadata,
                    max_megapixels=files.max_megapixels,
                    report=lambda part: report(job.name, part),
                )
                return {**size, **choice}

            for result in jobs.run(plan, work):
                say(result)
                results.append(result)
    finish(results, as_json=files.as_json)


def _check(upscaler: "Upscaler", tile: Any, gradient_map: bool) -> None:
    """Say what a model that was named cannot do of what was asked."""
    from keras_dgggan.errors import UsageError

    if tile != "off" and not upscaler.tiles_exactly:
        click.echo(
            "this model's tiles are blended: large images come near the untiled result, but do "
            "not equal it",
            err=True,
        )
    if gradient_map and not upscaler.has_gradient_map:
        raise UsageError("this model has no gradient branch: leave out --gradient-map")
