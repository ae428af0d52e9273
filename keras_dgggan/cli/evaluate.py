"""`keras-dgggan evaluate`: numbers on benchmark sets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click
from rich.console import Console
from rich.progress import Progress

from keras_dgggan.cli.shared_options import (
    PATH,
    crop_border_option,
    metric_weights_option,
    models_option,
)
from keras_dgggan.errors import UsageError
from keras_dgggan.evaluation.benchmark_sets import BenchmarkSet, check_names, find_benchmark_set
from keras_dgggan.evaluation.degraded_lr import degraded_lr
from keras_dgggan.evaluation.methods import (
    Bicubic,
    Method,
    ReadyImages,
    common_scale,
    load_models,
)
from keras_dgggan.evaluation.report import check_output, markdown, write_results
from keras_dgggan.evaluation.run import SetResult, evaluate
from keras_dgggan.metrics.measures import (
    NEEDS_WEIGHTS,
    Protocol,
    measures_named,
    usable_measures,
)
from keras_dgggan.tensorflow_start import import_tensorflow


@click.command("evaluate")
@click.option(
    "--data",
    "folders",
    multiple=True,
    required=True,
    type=PATH,
    metavar="FOLDER",
    help="A benchmark set: HR images, or the folder above them, as they are published "
    "(docs/metrics.md lists the layouts). Can be repeated.",
)
@models_option
@click.option("--bicubic", is_flag=True, help="Also measure bicubic enlargement.")
@click.option(
    "--sr",
    "sr_folders",
    multiple=True,
    type=PATH,
    metavar="FOLDER",
    help="Also measure ready SR images, named like the HR images (baby.png, baby_x4_SPSR.png); "
    "in a subfolder per set, or all in FOLDER. Can be repeated.",
)
@click.option(
    "--lr",
    metavar="FOLDER",
    help="LR images: a subfolder beside HR, or any folder. By default the one that belongs to the "
    "set's layout, like LR, LR_bicubic/X4 or LRbicx4; without one, LR is made from HR by MATLAB's "
    "bicubic.",
)
@click.option(
    "--degrade",
    metavar="STEPS",
    help="Make LR from HR by steps joined by +: blur:SIGMA (before the bicubic resize, in HR "
    "pixels), noise:LEVELS, jpeg:QUALITY, webp:QUALITY, like jpeg:75 or blur:1+noise:3+jpeg:60; or "
    "as a recipe's data.degradation (kind photo) does it.",
)
@click.option(
    "--metrics",
    default="psnr,ssim,lpips,niqe,color",
    help="There are also psnr-rgb, ssim-rgb, ssim-m (the later ssim.m, which reduces large images "
    "first) and lpips-vgg.",
)
@crop_border_option
@click.option(
    "--y-rounding",
    type=click.Choice(["float", "8bit"]),
    default="float",
    help="Whether Y is rounded to 8 bits, as MATLAB's rgb2ycbcr does.",
)
@click.option("--scale", type=click.IntRange(1, 16), help="By default the models', or 4.")
@metric_weights_option
@click.option("--per-image", is_flag=True, help="Also print a table of every image.")
@click.option(
    "--save-images", type=PATH, metavar="FOLDER", help="Save SR as FOLDER/SET/METHOD/IMAGE.png."
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    type=PATH,
    metavar="FILE",
    help="Also write everything to a .md, .csv or .json file. Can be repeated.",
)
def command(
    folders: tuple[Path, ...],
    models: tuple[str, ...],
    bicubic: bool,
    sr_folders: tuple[Path, ...],
    lr: str | None,
    degrade: str | None,
    metrics: str,
    crop_border: int | None,
    y_rounding: Literal["float", "8bit"],
    scale: int | None,
    metric_weights: Path | None,
    per_image: bool,
    save_images: Path | None,
    outputs: tuple[Path, ...],
) -> None:
    """Measure models on benchmark sets, with the protocol under every table.

    \b
    Examples:
      keras-dgggan evaluate --bicubic --data Set5
      keras-dgggan evaluate --model runs/quickstart --bicubic --data Set5 --data Set14 -o out.csv
      keras-dgggan evaluate --model dgggan_x4_photo --bicubic --data Set14 --degrade jpeg:50
      keras-dgggan evaluate --sr results/SPSR --data BSD100 --metrics psnr,ssim-m
      keras-dgggan evaluate --model runs/a --data Set5 --lr LR_bicubic_x4 --save-images pictures
    """
    if not (models or bicubic or sr_folders):
        raise UsageError("nothing to measure: give --model, --bicubic or --sr")
    degradation = None if degrade is None else degraded_lr(degrade)
    measures = measures_named(metrics)
    for output in outputs:
        check_output(output)
    if models:
        import_tensorflow()
    loaded = load_models(models)
    scale = common_scale(loaded, scale)
    methods: list[Method] = [Bicubic()] if bicubic else []
    methods += [*map(ReadyImages, sr_folders), *loaded]
    sets = [find_benchmark_set(folder, scale, lr, degradation) for folder in folders]
    check_names([benchmark_set.name for benchmark_set in sets], "benchmark sets")
    check_names([method.name for method in methods], "methods")
    protocol = Protocol(
        scale, scale if crop_border is None else crop_border, y_rounding, metric_weights
    )
    if NEEDS_WEIGHTS.keys() & set(usable_measures(measures, protocol)[0]):
        import_tensorflow()
    results = evaluate_all(sets, methods, measures, protocol, save_images)
    click.echo(markdown(results, per_image=per_image), nl=False)
    for output in outputs:
        write_results(results, output)
        click.echo(f"wrote {output}", err=True)


def evaluate_all(
    sets: Sequence[BenchmarkSet],
    methods: Sequence[Method],
    measures: Sequence[str],
    protocol: Protocol,
    save_images: Path | None = None,
) -> list[SetResult]:
    """`evaluate` on each of the sets; the bar is drawn on terminals only."""
    results = []
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        for benchmark_set in sets:
            task = progress.add_task(
                benchmark_set.name, total=len(benchmark_set.images) * len(methods)
            )
            results.append(
                evaluate(
                    benchmark_set,
                    methods,
                    measures,
                    protocol,
                    save_images=save_images,
                    report=lambda task=task: progress.advance(task),  # type: ignore[misc]
                )
            )
    return results
