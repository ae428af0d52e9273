"""`keras-dgggan export`: writes a trained model in the form that a server or a runtime loads."""

import csv
from pathlib import Path

import click

from keras_dgggan._types import JsonObject
from keras_dgggan.cli.names import ModelName
from keras_dgggan.errors import UsageError
from keras_dgggan.tensorflow_start import import_tensorflow

FORMATS = {"savedmodel": "", "keras": ".keras", "onnx": ".onnx", "litert": ".tflite"}
# A page for the browser: a folder, or an HTML file.
WEB = "web"
# Endings of files that no export writes; a folder of such a name would mislead.
_OTHER_FILES = {".bin", ".ckpt", ".h5", ".hdf5", ".lite", ".mlmodel", ".npz", ".ort", ".pb", ".pt",
                ".pth", ".safetensors", ".xml"}  # fmt: skip


@click.command("export")
@click.argument("model", type=ModelName())
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
    type=click.Choice([*FORMATS, WEB]),
    help="savedmodel is what TF Serving loads; keras is the network alone, in float32; web is a "
    "page that upscales in the browser.  "
    "[default: by the output's ending, else savedmodel]",
)
@click.option(
    "--max-pixels",
    type=click.IntRange(min=2),
    help="The most pixels that one picture in a request may have (savedmodel).  "
    "[default: 1048576; 262144 above 32 filters]",
)
@click.option(
    "--side",
    type=click.IntRange(min=8),
    help="The side of the square input in pixels (litert).  [default: 128]",
)
@click.option(
    "--winograd",
    is_flag=True,
    help="Faster for models of some 40 filters and more, slower for light ones (savedmodel).",
)
@click.option(
    "--single-file",
    is_flag=True,
    help="One HTML file that opens without a server, in place of a folder for one (web).",
)
@click.option(
    "--also",
    "others",
    multiple=True,
    type=ModelName(),
    metavar="MODEL",
    help="Another model that the page offers (web). Can be repeated.",
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="Replace an existing file (keras, onnx, litert) or page (web).",
)
def command(
    model: str,
    output: Path,
    format_: str | None,
    max_pixels: int | None,
    side: int | None,
    winograd: bool,
    single_file: bool,
    others: tuple[str, ...],
    overwrite: bool,
) -> None:
    """Export MODEL: a preset, a run folder, a .keras file, a checkpoint of a run, or a
    .weights.h5 file of import-weights.

    A SavedModel has the endpoints serving_default (8-bit pixels), float (also the gradient map),
    encoded (PNG and JPEG files) and describe (its limit). It is checked before it gets its version
    number, and a running TF Serving that watches the folder takes it up by itself.

    \b
    Examples:
      keras-dgggan export runs/quickstart -o saved_models/dgggan
      keras-dgggan export dgggan_x4_light -o model.onnx
      keras-dgggan export model.keras -o model.tflite --side 96
      keras-dgggan export dgggan_x4_light --format web -o site
    """
    if format_ is None and output.suffix.lower() == ".html" and not output.is_dir():
        format_, single_file = WEB, True
    format_ = _format(output, format_) if format_ != WEB else WEB
    for option, given, wanted in [
        ("--max-pixels goes", max_pixels is not None, "savedmodel"),
        ("--winograd goes", winograd, "savedmodel"),
        ("--side goes", side is not None, "litert"),
        ("--single-file and --also go", single_file or others, WEB),
    ]:
        if given and format_ != wanted:
            raise UsageError(f"{option} with --format {wanted} alone")
    if format_ == WEB:
        for each in (model, *others):
            _check_model(each)
        _write_web((model, *others), output, single_file=single_file, overwrite=overwrite)
        return
    if format_ == "savedmodel":
        if overwrite:
            raise UsageError("--overwrite goes with files: a SavedModel gets the next version")
        if output.exists() and not output.is_dir():
            raise UsageError(f"'{output}' is a file: a SavedModel needs a folder")
    else:
        _check_file(output, overwrite)
    _check_model(model)

    import_tensorflow()
    from keras_dgggan.pretrained.load import load_generator

    generator = load_generator(model)
    if format_ == "savedmodel":
        from keras_dgggan.export import export_saved_model

        version = export_saved_model(
            generator,
            output,
            recipe_text=_recipe_text(Path(model)),
            training_summary=_training_summary(Path(model)),
            max_pixels=max_pixels,
            winograd=winograd,
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


def _write_web(
    models: tuple[str, ...], output: Path, *, single_file: bool, overwrite: bool
) -> None:
    from keras_dgggan.web.site import write_page, write_site

    if single_file:
        if output.suffix.lower() != ".html":
            raise UsageError(f"--single-file writes a file that ends in .html: '{output}'")
        _check_file(output, overwrite)
        click.echo(f"{output}: {write_page(models, output) / 1e6:.1f} MB, opens in a browser")
        return
    if output.suffix.lower() == ".html":
        raise UsageError(
            f"--format web writes a folder: '{output}'; --single-file writes one HTML file"
        )
    total = sum(write_site(models, output, overwrite=overwrite).values())
    click.echo(f"{output}: {total / 1e6:.1f} MB, for any web server")


def _format(output: Path, chosen: str | None) -> str:
    """Return the format that an output's ending and `--format` agree on."""
    ending = output.suffix.lower()
    by_ending = next((name for name, suffix in FORMATS.items() if suffix == ending != ""), None)
    if chosen is None and by_ending is None:
        if ending in _OTHER_FILES and not output.is_dir():
            raise UsageError(
                f"export writes no {ending} files: '{output}'; give a folder for TF Serving, "
                f"or a file that ends in {', '.join(filter(None, FORMATS.values()))}"
            )
        return "savedmodel"
    if chosen == "savedmodel" and by_ending is not None:
        raise UsageError(
            f"--format savedmodel writes a folder, and '{output}' ends like a file of "
            f"--format {by_ending}: give a folder, or leave out --format"
        )
    chosen = chosen or str(by_ending)
    if chosen != "savedmodel" and output.suffix != FORMATS[chosen]:
        raise UsageError(
            f"--format {chosen} writes a file that ends in {FORMATS[chosen]}: '{output}'"
        )
    return chosen


def _check_model(model: str) -> None:
    from keras_dgggan.pretrained.saved_model import version_folder

    if version_folder(Path(model)) is not None:
        raise UsageError(
            f"{model!r} is an exported SavedModel, from which nothing can be exported: give the "
            "run folder, .keras file or preset that it was made from"
        )


def _check_file(output: Path, overwrite: bool) -> None:
    if output.exists() and not overwrite:
        raise UsageError(f"'{output}' exists: give another name or --overwrite")
    if not output.parent.is_dir():
        raise UsageError(f"there is no folder '{output.parent}'")


def _recipe_text(model: Path) -> str | None:
    """Return the recipe of a run, named by its folder, its model or one of its checkpoints."""
    for folder in (model, model.parent, model.parent.parent):
        recipe = folder / "recipe.yaml"
        if model.exists() and recipe.is_file():
            return recipe.read_text("utf-8")
    return None


def _training_summary(run: Path) -> JsonObject | None:
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
