"""`keras-dgggan export`: a trained model in the form that a server or a runtime loads."""

import csv
from pathlib import Path
from typing import Any

import click

from keras_dgggan.cli.tensorflow import import_tensorflow

FORMATS = {"savedmodel": "", "keras": ".keras", "onnx": ".onnx", "litert": ".tflite"}


@click.command("export")
@click.argument("model")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="The model's folder, which gets a new numbered version; a file for the other formats.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(FORMATS)),
    default="savedmodel",
    show_default=True,
    help="savedmodel is what TF Serving loads; keras is the network alone, in float32.",
)
@click.option(
    "--max-pixels",
    type=click.IntRange(min=2),
    help="The most pixels that one picture in a request may have (savedmodel).",
)
@click.option(
    "--side",
    type=click.IntRange(min=8),
    help="The side of the square input in pixels (litert).  [default: 128]",
)
@click.option("--overwrite", is_flag=True, help="Replace an existing file (keras, onnx, litert).")
def command(
    model: str,
    output: Path,
    format_: str,
    max_pixels: int | None,
    side: int | None,
    overwrite: bool,
) -> None:
    """Export MODEL: a run folder, a .keras file, a checkpoint or a preset.

    A SavedModel has the endpoints serving_default (8-bit pixels), float (also the gradient map)
    and encoded (PNG and JPEG files). It is checked before it gets its version number, and a
    running TF Serving that watches the folder takes it up by itself.

    \b
    Examples:
      keras-dgggan export runs/quickstart -o saved_models/dgggan
      keras-dgggan export model.keras -o model.onnx --format onnx
      keras-dgggan export model.keras -o model.tflite --format litert --side 96
    """
    from keras_dgggan.errors import UsageError

    if max_pixels is not None and format_ != "savedmodel":
        raise UsageError("--max-pixels goes with --format savedmodel alone")
    if side is not None and format_ != "litert":
        raise UsageError("--side goes with --format litert alone")
    if format_ == "savedmodel":
        if overwrite:
            raise UsageError("--overwrite goes with files: a SavedModel gets the next version")
        if output.exists() and not output.is_dir():
            raise UsageError(f"{str(output)!r} is a file: a SavedModel needs a folder")
    else:
        _check_file(output, format_, overwrite)

    import_tensorflow()
    from keras_dgggan.pretrained.load import load_generator

    generator = load_generator(model)
    if format_ == "savedmodel":
        from keras_dgggan.export import MAX_PIXELS, export_saved_model

        version = export_saved_model(
            generator,
            output,
            recipe_text=_recipe_text(Path(model)),
            training_summary=_training_summary(Path(model)),
            max_pixels=max_pixels or MAX_PIXELS,
        )
        click.echo(f"{version}: version {version.name}, checked against the model")
        return

    if format_ == "keras":
        from keras_dgggan.pretrained.load import save_network

        save_network(generator, output)
        click.echo(f"{output}: {generator.count_params():,} parameters")
        return

    from keras_dgggan.export import export_litert, export_onnx

    if format_ == "onnx":
        difference = export_onnx(generator, output)
    else:
        difference = export_litert(generator, output, side=side or 128)
    click.echo(f"{output}: differs from the model by {difference:.1e} at most")


def _check_file(output: Path, format_: str, overwrite: bool) -> None:
    from keras_dgggan.errors import UsageError

    if output.suffix != FORMATS[format_]:
        raise UsageError(
            f"--format {format_} writes a file that ends in {FORMATS[format_]}: {str(output)!r}"
        )
    if output.exists() and not overwrite:
        raise UsageError(f"{str(output)!r} exists: give another name or --overwrite")
    if not output.parent.is_dir():
        raise UsageError(f"there is no folder {str(output.parent)!r}")


def _recipe_text(model: Path) -> str | None:
    """Return the recipe of a run, named by its folder, its model or one of its checkpoints."""
    for folder in (model, model.parent, model.parent.parent):
        recipe = folder / "recipe.yaml"
        if model.exists() and recipe.is_file():
            return recipe.read_text("utf-8")
    return None


def _training_summary(run: Path) -> dict[str, Any] | None:
    """Return what a run's validations say of its model, the best of them."""
    table = run / "validation.csv"
    if not table.is_file():
        return None
    with table.open(newline="", encoding="utf-8") as file:
        means = [row for row in csv.DictReader(file) if row["name"] == "mean"]
    if not means:
        return None
    return {
        "steps": max(int(row["step"]) for row in means),
        "psnr_y": max(float(row["psnr_y"]) for row in means),
    }
