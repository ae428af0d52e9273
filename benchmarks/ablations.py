"""The paper's two ablations at small scale: what the gradient branch and SE bring.

    python benchmarks/ablations.py --train CID22-512/train --data Set5 --data Set14 -o ablations.md

Trains the network of a recipe, the same without its gradient branch, that with twice the blocks (so
that it has about the parameters of the whole), and the whole without SE, for each seed alike: the
same images, crops and steps. Writes the means of every variant over the seeds with their spread,
and the differences seed by seed. A run that was interrupted goes on.
"""

import argparse
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from keras_dgggan.evaluation.benchmark_sets import find_benchmark_set
from keras_dgggan.evaluation.methods import Bicubic, Method, ModelMethod
from keras_dgggan.evaluation.report import markdown_table, number
from keras_dgggan.evaluation.run import evaluate
from keras_dgggan.files import atomic_write_text
from keras_dgggan.metrics.measures import Protocol, measures_named, usable_measures
from keras_dgggan.pretrained.load import load_generator
from keras_dgggan.recipe import find_recipe, load_recipe

VARIANTS = ("with both", "without gradient branch", "image branch twice as deep", "without SE")
MEASURES = ("psnr", "ssim", "lpips")


def changes_of(variant: str, recipe: str) -> list[str]:
    """What makes a recipe one of the variants."""
    alone = ["network.gradient_branch=false", "loss.gradient_branch=0"]
    network: Any = load_recipe(find_recipe(recipe), check_paths=False).network
    return {
        "with both": [],
        "without gradient branch": alone,
        "image branch twice as deep": [*alone, f"network.blocks={2 * network.blocks}"],
        "without SE": ["network.se=false"],
    }[variant]


def train(args: argparse.Namespace, variant: str, seed: int) -> Path:
    """Train one variant with one seed, or find it trained."""
    folder = args.runs / f"{variant.replace(' ', '_')}-{seed}"
    changes = [
        *changes_of(variant, args.recipe),
        f"data.train.path={args.train}",
        f"data.valid.path={args.valid or args.train}",
        f"training.seed={seed}",
        f"training.steps={args.steps}",
        f"validation.every={args.steps}",
        "training.ema_decay=0.99",
        "schedule.warmup_steps=50",
        "export=false",
        *args.changes,
    ]
    command = [sys.executable, "-m", "keras_dgggan", "train", args.recipe, "--run-dir", folder]
    for change in changes:
        command += ["--set", change]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def table(results: dict[str, dict[int, dict]], measures: tuple[str, ...]) -> str:
    """Means over seeds, each with the standard deviation of the seeds behind it."""
    rows = []
    for variant, seeds in results.items():
        cells = []
        for measure in measures:
            values = [means[measure] for means in seeds.values()]
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            cells.append(f"{number(measure, statistics.mean(values))} ± {spread:.4f}")
        rows.append([variant, *cells])
    return markdown_table(["variant", *(name.upper() for name in measures)], rows)


def differences(results: dict[str, dict[int, dict]], measures: tuple[str, ...]) -> str:
    """What each variant loses against the whole network, seed by seed."""
    whole, *others = VARIANTS
    rows = []
    for variant in others:
        for seed, means in results[variant].items():
            change = {name: means[name] - results[whole][seed][name] for name in measures}
            rows.append([variant, str(seed), *(f"{change[name]:+.4f}" for name in measures)])
    header = ["variant less the whole", "seed", *(name.upper() for name in measures)]
    return markdown_table(header, rows, text_columns=2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, required=True, help="folder of HR images")
    parser.add_argument("--valid", type=Path, help="folder of HR images for the runs' validation")
    parser.add_argument("--data", type=Path, action="append", required=True, help="a test set")
    parser.add_argument("--recipe", default="dgggan_x4_light")
    parser.add_argument("--set", dest="changes", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--runs", type=Path, default=Path("runs/ablations"))
    parser.add_argument("--metric-weights", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()

    folders = {
        variant: {seed: train(args, variant, seed) for seed in range(args.seeds)}
        for variant in VARIANTS
    }
    counts = {
        variant: load_generator(seeds[0]).count_params() for variant, seeds in folders.items()
    }
    protocol = Protocol(4, 4, weights=args.metric_weights)
    measures, notes = usable_measures(measures_named(",".join(MEASURES)), protocol)
    sections = []
    for folder in args.data:
        methods: list[Method] = [
            ModelMethod(path, f"{variant}/{seed}")
            for variant, seeds in folders.items()
            for seed, path in seeds.items()
        ]
        found = evaluate(find_benchmark_set(folder, 4), [Bicubic(), *methods], measures, protocol)
        means = {
            variant: {seed: found.means(f"{variant}/{seed}") for seed in seeds}
            for variant, seeds in folders.items()
        }
        bicubic = ", ".join(
            f"{name.upper()} {number(name, found.means('bicubic')[name])}" for name in measures
        )
        sections.append(
            f"## {found.name}\n\n{table(means, measures)}\n\nBicubic: {bicubic}.\n\n"
            f"{differences(means, measures)}"
        )
    parameters = ", ".join(f"{variant} {count:,}" for variant, count in counts.items())
    head = (
        f"Recipe `{args.recipe}`{', '.join(['', *args.changes])}, {args.steps} steps, seeds 0 to "
        f"{args.seeds - 1}. "
        f"Parameters: {parameters}."
    )
    atomic_write_text(args.output, "\n\n".join([head, *notes, *sections]) + "\n")
    print(f"wrote {args.output}")


if __name__ == "__main__":
    main()
