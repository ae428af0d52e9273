"""Options that several commands have."""

import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from keras_dgggan._types import Config
from keras_dgggan.cli.names import ModelName
from keras_dgggan.presets import DEFAULT_PRESET, PHOTO_PRESET

PATH = click.Path(path_type=Path)

AUTO = "auto"

# Stated here: the module that has them takes time to import.
ENGINES = ["auto", "tensorflow", "onnxruntime"]

Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def bundled(options: Iterable[Option], gather: Callable[[Config], None]) -> Option:
    """A decorator that adds several options to a command.

    Args:
        options: In the order of the help.
        gather: Changes all values of the command's parameters, by name, to those that it takes.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def called(**values: Any) -> Any:
            gather(values)
            return command(**values)

        decorated: Callable[..., Any] = called
        for option in reversed([*options]):
            decorated = option(decorated)
        return decorated

    return decorate


class TileType(click.ParamType):
    """auto, off or 0, or a number of pixels."""

    name = "tile"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        if value in ("auto", "off"):
            return value
        if value == "0":
            return "off"
        if str(value).isdecimal() and int(value) >= 16:
            return int(value)
        self.fail(f"{value!r} is neither auto nor off nor a number of at least 16", param, ctx)


models_option = click.option(
    "--model",
    "models",
    multiple=True,
    type=ModelName(),
    metavar="MODEL",
    help="A preset, a run folder, a .keras or .weights.h5 file or a SavedModel. Can be repeated.",
)
lr_size_option = click.option(
    "--lr-size",
    type=click.IntRange(min=1),
    default=48,
    metavar="PIXELS",
    help="Height and width of the LR image that is counted for.",
)
crop_border_option = click.option(
    "--crop-border",
    type=click.IntRange(min=0),
    metavar="PIXELS",
    help="Left out on each side (not for LPIPS); by default the scale.",
)
metric_weights_option = click.option(
    "--metric-weights",
    type=PATH,
    metavar="FOLDER",
    help="Networks of LPIPS (see `keras-dgggan metric-weights`); by default "
    "$KERAS_DGGGAN_WEIGHTS or the user's cache.",
)
set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a value of the recipe, like optimizer.learning_rate=2e-4. Can be repeated.",
)

# === Of what makes pictures larger ===
model_option = click.option(
    "-n",
    "--model",
    type=ModelName(),
    default=AUTO,
    metavar="NAME",
    help="A preset, a run folder, a .keras or .weights.h5 file or a SavedModel folder. auto takes "
    f"{PHOTO_PRESET} for what was compressed lossily, like most JPEGs, else {DEFAULT_PRESET}.",
)
outscale_option = click.option(
    "-s",
    "--outscale",
    type=click.FloatRange(min=0, min_open=True, max=64),
    help="Any factor.  [default: the model's]",
)
tile_option = click.option(
    "-t",
    "--tile",
    type=TileType(),
    default="auto",
    metavar="auto|off|N",
    help="Pixels a side that are computed at a time. Changes memory and speed, not the result.",
)
engine_option = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="auto",
    help="What computes. onnxruntime starts within a second, and runs DGGGAN models on the CPU.",
)
ensemble_option = click.option(
    "-x", "--ensemble", is_flag=True, help="Average over 8 flips and turns: 8 times the work."
)
suffix_option = click.option("--suffix", default="_sr", help="Added to the outputs' names.")
quality_option = click.option(
    "--quality",
    type=click.IntRange(1, 100),
    default=95,
    help="Of JPEG and WebP; WebP of 100 is lossless.",
)
strip_metadata_option = click.option(
    "--strip-metadata",
    is_flag=True,
    help="Keep the colour profile alone: no EXIF, GPS, XMP, IPTC, texts or resolution.",
)
max_megapixels_option = click.option(
    "--max-megapixels",
    type=click.FloatRange(min=0, min_open=True),
    default=250,
    help="Refuse larger inputs.",
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Say nothing but what went wrong.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
