"""`keras-dgggan interpolate`."""

from pathlib import Path

import click

from keras_dgggan.cli.names import ModelName
from keras_dgggan.errors import UsageError
from keras_dgggan.tensorflow_start import import_tensorflow


@click.command("interpolate")
@click.argument("first", type=ModelName(), metavar="A")
@click.argument("second", type=ModelName(), metavar="B")
@click.option("--alpha", type=click.FloatRange(0, 1), default=0.8, help="0 gives A, 1 gives B.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="A .keras file."
)
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
def command(first: str, second: str, alpha: float, output: Path, overwrite: bool) -> None:
    """Blend the weights of two models: (1 - alpha) A + alpha B.

    Meant for a model trained for PSNR and the GAN that was started from it: in between, texture is
    traded for fidelity. Models are named as in `upscale --model`, but for SavedModels.

    \b
    Examples:
      keras-dgggan interpolate runs/psnr runs/gan --alpha 0.8 -o between.keras
      keras-dgggan upscale photo.jpg --model between.keras
    """
    if output.suffix != ".keras":
        raise UsageError(f"the output must end in .keras. Received: '{output}'")
    if output.exists() and not overwrite:
        raise UsageError(f"'{output}' exists already: pass --overwrite to replace it")
    import_tensorflow()
    from keras_dgggan.files import atomic_path
    from keras_dgggan.pretrained.interpolation import interpolate
    from keras_dgggan.pretrained.load import load_generator

    between = interpolate(load_generator(first), load_generator(second), alpha=alpha)
    output.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(output) as temporary:
        between.save(temporary)
    click.echo(f"{output}: {1 - alpha:g} x {first} + {alpha:g} x {second}", err=True)
