"""Options that several commands have."""

from pathlib import Path

import click

from keras_dgggan.cli.names import ModelName

PATH = click.Path(path_type=Path)

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
    show_default=True,
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
