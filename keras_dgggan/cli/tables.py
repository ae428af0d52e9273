"""`keras-dgggan tables`: the paper's tables with the models at hand."""

from pathlib import Path

import click

from keras_dgggan.cli.names import ModelName
from keras_dgggan.cli.shared_options import PATH, lr_size_option, metric_weights_option
from keras_dgggan.errors import UsageError


@click.command("tables")
@click.option(
    "--model",
    "models",
    multiple=True,
    type=ModelName(),
    metavar="MODEL",
    help="A preset, a run folder, a .keras or .weights.h5 file. A file is called by its name: "
    "weights/ESRGAN.keras stands below the paper's ESRGAN. Can be repeated.",
)
@click.option(
    "--data",
    "folders",
    multiple=True,
    type=PATH,
    metavar="FOLDER",
    help="A benchmark set, as in `evaluate`; the paper's are called Set5, Set14, BSD100 and "
    "Urban100. Can be repeated; without any there is table 5 alone.",
)
@lr_size_option
@metric_weights_option
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Also write them to this .md file.")
def command(
    models: tuple[str, ...],
    folders: tuple[Path, ...],
    lr_size: int,
    metric_weights: Path | None,
    output: Path | None,
) -> None:
    """Fill tables 3, 4 and 5 of the paper for the models at hand, its numbers beside them.

    \b
    Examples:
      keras-dgggan tables --model weights/ESRGAN.keras --model weights/EDSR.weights.h5 \\
        --model runs/dgggan_x4 --data Set5 --data Set14 --data BSD100 --data Urban100 -o tables.md
      keras-dgggan tables --model weights/SPSR.keras --lr-size 64
    """
    from keras_dgggan.cli.evaluate import evaluate_all
    from keras_dgggan.evaluation.benchmark_sets import check_names, find_benchmark_set
    from keras_dgggan.evaluation.methods import Bicubic, Method, common_scale, load_models
    from keras_dgggan.files import atomic_write_text
    from keras_dgggan.metrics.measures import Protocol
    from keras_dgggan.tensorflow_start import import_tensorflow

    if not models:
        raise UsageError("nothing to fill the tables with: give --model")
    if output is not None and (output.suffix.lower() != ".md" or not output.parent.is_dir()):
        raise UsageError(f"the output is a .md file in a folder that is there: '{output}'")
    import_tensorflow()
    from keras_dgggan.evaluation.paper import MEASURES, SCALE, paper_tables
    from keras_dgggan.networks.complexity import count_network

    loaded = load_models(models)
    common_scale(loaded, SCALE)
    methods: list[Method] = [Bicubic(), *loaded]
    check_names([method.name for method in methods], "methods")
    sets = [find_benchmark_set(folder, SCALE) for folder in folders]
    check_names([benchmark_set.name for benchmark_set in sets], "benchmark sets")
    costs = {}
    for model in loaded:
        network = model.upscaler.model
        if not hasattr(network, "layers"):
            raise UsageError(
                f"{model.name!r} is a SavedModel, whose layers cannot be counted: give the preset, "
                "the run folder or the .keras file that it was exported from"
            )
        costs[model.name] = count_network(network, lr_size, lr_size)
    protocol = Protocol(SCALE, SCALE, weights=metric_weights)
    results = evaluate_all(sets, methods, MEASURES, protocol)
    text = paper_tables(results, costs, lr_size=lr_size) + "\n"
    click.echo(text, nl=False)
    if output is not None:
        atomic_write_text(output, text)
        click.echo(f"wrote {output}", err=True)
