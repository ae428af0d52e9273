"""`keras-dgggan compare`: methods side by side on one image."""

from pathlib import Path

import click

from keras_dgggan.cli.shared_options import (
    PATH,
    crop_border_option,
    metric_weights_option,
    models_option,
)
from keras_dgggan.errors import UsageError


class Crop(click.ParamType):
    """LEFT,TOP,WIDTH,HEIGHT in HR pixels."""

    name = "left,top,width,height"

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> tuple[int, int, int, int]:
        try:
            left, top, width, height = (int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is not LEFT,TOP,WIDTH,HEIGHT, like 120,64,96,96", param, context)
        return left, top, width, height


@click.command("compare")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=PATH)
@click.option(
    "-o", "--output", required=True, type=PATH, metavar="FILE", help="The figure, a .png."
)
@models_option
@click.option(
    "--sr",
    "sr_folders",
    multiple=True,
    type=PATH,
    metavar="FOLDER",
    help="Ready SR images, named like IMAGE. Can be repeated.",
)
@click.option(
    "--lr",
    type=PATH,
    metavar="FOLDER",
    help="LR images, named like IMAGE; by default made from it by MATLAB's bicubic.",
)
@click.option(
    "--crop",
    "crops",
    multiple=True,
    type=Crop(),
    metavar="LEFT,TOP,WIDTH,HEIGHT",
    help="What to show, in HR pixels; once for each IMAGE. By default the square where the "
    "bicubic is furthest from HR.",
)
@click.option(
    "--crop-size",
    type=click.IntRange(min=8),
    default=96,
    metavar="PIXELS",
    help="Side of that square.",
)
@click.option(
    "--panel-height",
    type=click.IntRange(32, 2048),
    default=288,
    metavar="PIXELS",
    help="Height of every picture in the figure.",
)
@click.option(
    "--gradient-maps",
    is_flag=True,
    help="Also draw the gradient maps of the images, and those that the models predict.",
)
@click.option("--metrics", default="psnr,ssim,lpips", help="As in `evaluate`.")
@crop_border_option
@metric_weights_option
def command(
    images: tuple[Path, ...],
    output: Path,
    models: tuple[str, ...],
    sr_folders: tuple[Path, ...],
    lr: Path | None,
    crops: tuple[tuple[int, int, int, int], ...],
    crop_size: int,
    panel_height: int,
    gradient_maps: bool,
    metrics: str,
    crop_border: int | None,
    metric_weights: Path | None,
) -> None:
    """Draw a crop of LR, bicubic, models and HR side by side, with the metrics below each.

    IMAGE is an HR image; each gives a row. The metrics are of the whole image.

    \b
    Examples:
      keras-dgggan compare Set5/HR/baby.png --model dgggan_x4_light -o baby.png
      keras-dgggan compare a.png b.png --model runs/psnr --model runs/gan --crop 120,64,96,96 \\
        --crop 0,0,64,64 -o figure.png
      keras-dgggan compare BSD100/HR/42049.png --model runs/gan --gradient-maps -o edges.png
    """
    from keras_dgggan.evaluation.benchmark_sets import BenchmarkImage, BenchmarkSet, check_names
    from keras_dgggan.evaluation.compare import rows_of
    from keras_dgggan.evaluation.image_pairs import matching
    from keras_dgggan.evaluation.methods import (
        Method,
        ReadyImages,
        common_scale,
        load_models,
        read_sample,
    )
    from keras_dgggan.files import atomic_path
    from keras_dgggan.images.figure import Box, draw
    from keras_dgggan.metrics.measures import Protocol, measures_named, usable_measures
    from keras_dgggan.tensorflow_start import import_tensorflow

    if output.suffix.lower() != ".png":
        raise UsageError(f"the figure must be a .png. Received: '{output}'")
    if crops and len(crops) != len(images):
        raise UsageError(
            f"give --crop once for each IMAGE. Received: {len(crops)} for {len(images)}"
        )
    names = measures_named(metrics)
    import_tensorflow()
    loaded = load_models(models)
    scale = common_scale(loaded)
    protocol = Protocol(
        scale, scale if crop_border is None else crop_border, weights=metric_weights
    )
    usable, notes = usable_measures(names, protocol)
    for note in notes:
        click.echo(note, err=True)
    hr_files = {path.stem: path for path in images}
    lr_files = matching(hr_files, lr, rf"x{scale}") if lr else {}
    test_images = tuple(BenchmarkImage(path.stem, path, lr_files.get(path.stem)) for path in images)
    ready = [ReadyImages(folder) for folder in sr_folders]
    for folder in ready:
        folder.open_set(BenchmarkSet("", test_images), scale)
    methods: list[Method] = [*ready, *loaded]
    check_names(["bicubic", *(method.name for method in methods)], "methods")
    rows = []
    for i, image in enumerate(test_images):
        rows += rows_of(
            read_sample(image, scale),
            methods,
            usable,
            protocol,
            box=Box(*crops[i]) if crops else None,
            crop_size=crop_size,
            gradient_maps=gradient_maps,
        )
    with atomic_path(output) as temporary:
        draw(rows, panel_height).save(temporary, format="PNG")
    click.echo(f"wrote {output}")
