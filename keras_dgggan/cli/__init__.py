"""The `keras-dgggan` command. Each command lives in a module of its own, imported when it runs."""

import importlib
import os
from typing import Any

import click

from keras_dgggan._version import __version__
from keras_dgggan.errors import DggganError, did_you_mean

# name: the one line that `keras-dgggan --help` shows; the module is called alike
COMMANDS = {
    "train": "Train a model from a recipe.",
    "plot": "Draw the curves of a training run.",
    "upscale": "Upscale image files.",
    "bulk": "Upscale very many pictures, on one or many machines.",
    "evaluate": "Measure models on benchmark sets.",
    "metric-weights": "Download the network that LPIPS needs.",
    "compare": "Draw models side by side on one image.",
    "prepare": "Cut training images into sub-images.",
    "info": "Count parameters and multiply-accumulates.",
    "presets": "Describe the models that come with the package.",
    "recipes": "List, check and describe recipes.",
    "interpolate": "Blend the weights of two models.",
    "networks": "List the networks of all systems.",
    "tables": "Fill the paper's tables for the models at hand.",
    "import-weights": "Convert weights of other systems.",
    "export": "Export a SavedModel, an ONNX file, a web page ...",
    "demo": "Upscale in the browser, on this machine.",
    "web-runtime": "Download ONNX Runtime Web, for `demo`.",
    "client": "Upscale image files through a TF Serving server.",
    "serve-check": "Check a running server against the contract.",
}


# What a shell says of a program that SIGINT ended.
INTERRUPTED = 130


class CommandFailure(click.ClickException):
    """A failure whose message the user reads in place of a traceback."""

    exit_code: int  # type: ignore[misc]  # click has one for each class

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class LazyGroup(click.Group):
    """Imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        return importlib.import_module(f"{__name__}.{name.replace('-', '_')}").command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            ctx.fail(
                f"no command {name!r}{did_you_mean(name, COMMANDS)}: there are "
                f"{', '.join(COMMANDS)}"
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            raise _as_failure(error) from error


def _as_failure(error: Exception) -> CommandFailure:
    if isinstance(error, DggganError):
        return CommandFailure(str(error), error.exit_code)
    if isinstance(error, OSError):
        name = f": {error.filename!r}" if error.filename else ""
        return CommandFailure(f"{error.strerror or error}{name}", 1)
    return CommandFailure(
        f"unexpected {type(error).__name__}: {error} "
        "(run `keras-dgggan --debug ...` for the traceback)",
        1,
    )


@click.group(
    cls=LazyGroup,
    # All commands show the defaults of their options.
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(__version__, prog_name="keras-dgggan")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Deep gradient-guided GAN super-resolution (x4).

    \b
    Examples:
      keras-dgggan train quickstart
      keras-dgggan upscale photo.jpg -o photo_x4.png
      keras-dgggan COMMAND --help
    """
    # TensorFlow greets with pages of notes on the machine, which are no concern of a user's.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
