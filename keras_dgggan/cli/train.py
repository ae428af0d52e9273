"""`keras-dgggan train`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from keras_dgggan.cli.names import ModelName, RecipeName
from keras_dgggan.cli.shared_options import set_option
from keras_dgggan.errors import UsageError
from keras_dgggan.tensorflow_start import import_tensorflow

if TYPE_CHECKING:
    from keras_dgggan.recipe import Recipe
    from keras_dgggan.training.session import RunResult


@click.command("train")
@click.argument("recipe", type=RecipeName(), required=False)
@click.option(
    "--from",
    "start",
    type=ModelName(),
    metavar="MODEL",
    help="In place of RECIPE: train a preset or the model of a run folder further, as its own "
    "recipe says.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="With --from: a folder of your images. Some of them are set apart to measure on.",
)
@click.option("--steps", type=click.IntRange(min=1), help="With --from: how many.  [default: 2000]")
@click.option(
    "--degrade",
    is_flag=True,
    help="With --from: learn from blurred, noisy and compressed small images, as photos have them.",
)
@set_option
@click.option(
    "--run-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where everything goes.  [default: runs/NAME]",
)
@click.option("--resume", is_flag=True, help="Refuse to start anew.")
@click.option(
    "--fresh", is_flag=True, help="Start anew; an earlier run is kept under another name."
)
@click.option("--allow-changes", is_flag=True, help="Go on with a run though its recipe changed.")
@click.pass_context
def command(
    ctx: click.Context,
    recipe: str | None,
    start: str | None,
    data: Path | None,
    steps: int | None,
    degrade: bool,
    overrides: tuple[str, ...],
    run_dir: Path | None,
    resume: bool,
    fresh: bool,
    allow_changes: bool,
) -> None:
    """Train a model as RECIPE says: a YAML file, or the name of a shipped recipe.

    A run that was stopped goes on from its last checkpoint when the same command is given again.
    Ctrl-C ends the step under way, writes a checkpoint and exits with 130; so does SIGTERM, with
    75.

    \b
    Examples:
      keras-dgggan train quickstart
      keras-dgggan train my.yaml --set training.batch_size=8 --run-dir runs/small
      keras-dgggan train my.yaml --set training.init_from=runs/psnr --fresh
      keras-dgggan train --from dgggan_x4_light --data photos/ --degrade
    """
    from keras_dgggan.training.signals import EXIT_CODES, exit_on_signals

    with exit_on_signals():
        result = _train(
            _recipe(recipe, start, data, steps, degrade, overrides),
            run_dir,
            fresh=fresh,
            must_resume=resume,
            allow_changes=allow_changes,
        )
    if result.stopped_by is not None:
        click.echo(
            f"stopped by {result.stopped_by.name} at step {result.step}; the same command goes on "
            f"from there ({result.run_dir})",
            err=True,
        )
        ctx.exit(EXIT_CODES[result.stopped_by])
    _show(result)


def _recipe(
    recipe: str | None,
    start: str | None,
    data: Path | None,
    steps: int | None,
    degrade: bool,
    overrides: tuple[str, ...],
) -> "Recipe":
    from keras_dgggan.recipe import find_recipe, load_recipe

    if (recipe is None) == (start is None):
        raise UsageError("name a RECIPE, or a model by --from and your images by --data")
    if recipe is not None:
        for option, value in [("--data", data), ("--steps", steps), ("--degrade", degrade)]:
            if value:
                raise UsageError(
                    f"{option} goes with --from; in a recipe --set changes data.train.path, "
                    "training.steps and data.degradation"
                )
        return load_recipe(find_recipe(recipe), overrides)
    if data is None:
        raise UsageError("--from needs --data, a folder of images to train on")
    from keras_dgggan.training.fine_tuning import fine_tuning_recipe

    chosen = {} if steps is None else {"steps": steps}
    return fine_tuning_recipe(str(start), data, degrade=degrade, overrides=overrides, **chosen)


def _train(recipe: "Recipe", run_dir: Path | None, **options: bool) -> "RunResult":
    if options["must_resume"] and options["fresh"]:
        raise UsageError("--resume and --fresh exclude each other")
    import_tensorflow()
    from rich.console import Console

    from keras_dgggan.training.run import train

    return train(recipe, run_dir, console=Console(stderr=True), **options)


def _show(result: "RunResult") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if result.score is not None:
        table = Table(title=f"Validation images, step {result.step}", title_justify="left")
        table.add_column("")
        table.add_column("PSNR-Y (dB)", justify="right")
        table.add_column("SSIM-Y", justify="right")
        for label, score in [("bicubic", result.bicubic), ("model", result.score)]:
            assert score is not None
            table.add_row(label, f"{score.psnr_y:.2f}", f"{score.ssim_y:.4f}")
        console.print(table)
    for label, value in [
        ("run", result.run_dir),
        ("model", result.run_dir / "generator.keras"),
        ("pictures", result.pictures[0].parent if result.pictures else None),
        ("SavedModel", result.exported),
    ]:
        if value is not None:
            click.echo(f"{label + ':':<12}{value}")
    click.echo(f"try it:     keras-dgggan upscale photo.jpg --model {result.run_dir}")
