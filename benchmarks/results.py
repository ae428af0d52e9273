"""What the models that come with the package reach on the standard test sets: docs/results.md.

    python benchmarks/results.py --data DATA --metric-weights WEIGHTS -o docs/results.md

DATA holds the folders Set5, Set14, BSD100 and Urban100, each with HR images in a subfolder HR.
WEIGHTS holds the networks of LPIPS (see `keras-dgggan metric-weights`). With `--ncnn-python PYTHON`
networks of others are measured on the compressed pictures too: see results_ncnn.py.
"""

import argparse
import dataclasses
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from results_ncnn import MODELS, NcnnMethod

from keras_dgggan.evaluation.benchmark_sets import find_benchmark_set
from keras_dgggan.evaluation.methods import Bicubic, Method, ModelMethod
from keras_dgggan.evaluation.paper import SETS, published
from keras_dgggan.evaluation.report import markdown_table, number
from keras_dgggan.evaluation.run import SetResult, evaluate
from keras_dgggan.files import atomic_write_text
from keras_dgggan.metrics.measures import MEASURES, Protocol, explanations, mean_values
from keras_dgggan.pretrained.interpolation import interpolate
from keras_dgggan.pretrained.load import load_generator

PSNR_MODEL, GAN_MODEL = "dgggan_x4_light", "dgggan_x4_light_gan"
PHOTO_MODEL = "dgggan_x4_photo"
ALPHAS = (0.5, 0.8)
# LR folders beside HR, and what was done to the images in them.
DEGRADED = {
    "LR_jpeg75_x4": "bicubic LR as JPEG of quality 75",
    "LR_jpeg50_x4": "bicubic LR as JPEG of quality 50",
    "LR_web_x4": "blur, bicubic, noise, JPEG of 75 to 92, and again of 45 to 74",
}
# Those of the table over several sets, in its headings' words.
COMMON = {"LR_jpeg75_x4": "JPEG 75", "LR_jpeg50_x4": "JPEG 50", "LR_web_x4": "web"}
# The sets of that table.
TOGETHER = ("Set14", "BSD100")
# How many images of a large set are measured so.
FIRST = {"BSD100": 12, "Urban100": 12}
NAMES = ("psnr", "ssim", "lpips", "niqe", "color")

HEAD = f"""# Results

What the models that come with the package reach: `{PSNR_MODEL}`, trained for PSNR;
`{GAN_MODEL}`, trained on from it with all terms of the paper; what lies between the two by the
interpolation of their weights (`keras-dgggan interpolate {PSNR_MODEL} {GAN_MODEL} --alpha 0.8`);
and `{PHOTO_MODEL}`, made for compressed pictures. This page is written by

    python benchmarks/results.py --data DATA --metric-weights WEIGHTS \\
      --ncnn-python PYTHON -o docs/results.md

Rows marked *(paper)* are printed in tables 3 and 4 of the paper, not measured here. Those networks
have 0.7 to 43 million parameters and were trained on GPUs for days; the light one has 0.29 million
and was trained on two CPU cores for about an hour and a half. They say how far there is to go.
"""

LR = (
    "LR by MATLAB's bicubic of uint8, if not said otherwise (for the row bicubic: in floating "
    "point, rounded to 8 bits after each resize)"
)

DEGRADED_HEAD = """## Compressed pictures

LR images that were saved as JPEG files before they are upscaled, as pictures off the web are. The
photo model was trained for these; `keras-dgggan upscale` takes it by itself for such files.
"""


def methods(folder: Path) -> list[Method]:
    """Bicubic, both models, and the interpolations, which are written into a folder."""
    first, second = load_generator(PSNR_MODEL), load_generator(GAN_MODEL)
    found: list[Method] = [Bicubic(), ModelMethod(PSNR_MODEL)]
    for alpha in ALPHAS:
        path = folder / f"{alpha:g}.keras"
        interpolate(first, second, alpha=alpha).save(path)
        found.append(ModelMethod(path, f"between, alpha {alpha:g}"))
    return [*found, ModelMethod(GAN_MODEL), ModelMethod(PHOTO_MODEL)]


def degraded_results(
    folder: Path, protocol: Protocol, measures: Sequence[str], others: Sequence[NcnnMethod]
) -> dict[str, SetResult]:
    """Bicubic, the models and those of others, by the folder of compressed LR images of a set."""
    results = {}
    for lr in DEGRADED:
        found = find_benchmark_set(folder, 4, lr=lr)
        found = dataclasses.replace(found, images=found.images[: FIRST.get(found.name)])
        models = [ModelMethod(name) for name in (PSNR_MODEL, GAN_MODEL, PHOTO_MODEL)]
        results[lr] = evaluate(found, [Bicubic(), *models, *others], measures, protocol)
        print(f"{degraded_section(results[lr], lr)}\n", flush=True)
    return results


def degraded_section(result: SetResult, lr: str) -> str:
    """The rows of a set with one kind of compressed LR images."""
    rows = [
        [method, *(number(name, result.means(method)[name]) for name in result.measures)]
        for method in result.values
    ]
    labels = [MEASURES[name].label for name in result.measures]
    count = len(next(iter(result.values.values())))
    part = f"first {count}" if result.name in FIRST else f"{count}"
    heading = f"### {result.name} ({part} images), {DEGRADED[lr]}"
    return f"{heading}\n\n{markdown_table(['method', *labels], rows)}"


def common_section(sets: Sequence[Mapping[str, SetResult]]) -> str:
    """PSNR and LPIPS over the images of several sets together, a column for each kind of LR."""
    first = sets[0]["LR_jpeg75_x4"]
    columns = [(lr, name) for name in ("psnr", "lpips") for lr in COMMON if name in first.measures]
    rows = []
    for method in first.values:
        cells = []
        for lr, name in columns:
            images = [values for found in sets for values in found[lr].values[method].values()]
            cells.append(number(name, mean_values(images)[name]))
        rows.append([method, *cells])
    counts = [
        f"{len(result.values['bicubic'])} of {result.name}"
        for result in (found["LR_jpeg75_x4"] for found in sets)
    ]
    labels = [f"{MEASURES[name].label}, {COMMON[lr]}" for lr, name in columns]
    heading = f"### Together: {' and '.join(counts)}"
    return f"{heading}\n\n{markdown_table(['method', *labels], rows)}"


def section(result: SetResult) -> str:
    """The measured rows of a set, then the paper's."""
    count = len(next(iter(result.values.values())))
    rows = []
    for method in result.values:
        means = result.means(method)
        rows.append([method, *(number(name, means[name]) for name in result.measures)])
    for system, (psnr, ssim, _, lpips) in published(result.name).items():
        printed = {"psnr": psnr, "ssim": ssim, "lpips": lpips}
        digits = {"psnr": 2, "ssim": 4, "lpips": 4}
        cells = [
            f"{printed[name]:.{digits[name]}f}" if name in printed else ""
            for name in result.measures
        ]
        rows.append([f"{system} *(paper)*", *cells])
    labels = [MEASURES[name].label for name in result.measures]
    part = "" if result.name != "Urban100" or count == 100 else f", the first {count} of 100"
    heading = f"## {result.name} ({count} images{part})"
    return f"{heading}\n\n{markdown_table(['method', *labels], rows)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the four test sets")
    parser.add_argument("--metric-weights", type=Path, required=True, help="networks of LPIPS")
    parser.add_argument("--sets", nargs="*", default=list(SETS), choices=SETS)
    parser.add_argument(
        "--degraded-sets",
        nargs="*",
        default=("Set14", "BSD100", "Urban100"),
        help="sets with folders of degraded LR; none: leave that part out",
    )
    parser.add_argument(
        "--degraded-metrics",
        nargs="+",
        default=("psnr", "ssim", "lpips", "color"),
        choices=[*MEASURES],
    )
    parser.add_argument("--ncnn-python", help="a Python that has ncnn: see results_ncnn.py")
    parser.add_argument("--ncnn-kept", type=Path, help="a folder that keeps what ncnn made")
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()

    protocol = Protocol(4, 4, weights=args.metric_weights)
    sections = []
    with tempfile.TemporaryDirectory() as folder:
        rows = methods(Path(folder))
        for name in args.sets:
            result = evaluate(find_benchmark_set(args.data / name, 4), rows, NAMES, protocol)
            sections.append(section(result))
            print(f"{sections[-1]}\n", flush=True)
    if args.degraded_sets:
        sections.append(DEGRADED_HEAD.rstrip())
    others = [
        NcnnMethod(args.ncnn_python, name, args.ncnn_kept) for name in MODELS if args.ncnn_python
    ]
    degraded = {
        name: degraded_results(args.data / name, protocol, args.degraded_metrics, others)
        for name in args.degraded_sets
    }
    for results in degraded.values():
        sections += [degraded_section(result, lr) for lr, result in results.items()]
    if set(TOGETHER) <= set(degraded):
        sections.append(common_section([degraded[name] for name in TOGETHER]))
    for other in others:
        other.close()
    rules = [
        f"- x4; HR cropped to multiples of 4; {LR}; SR in 8 bits; "
        f"{protocol.crop_border} pixels cropped on each side; mean over images"
    ]
    rules += [f"- {line}" for line in explanations(NAMES, protocol)]
    text = "\n\n".join([HEAD.rstrip(), *sections, "## How it is measured\n\n" + "\n".join(rules)])
    atomic_write_text(args.output, text + "\n")
    print(f"wrote {args.output}")


if __name__ == "__main__":
    main()
