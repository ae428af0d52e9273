"""The paper's tables 3, 4 and 5 filled with what was measured, its own numbers beside it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from keras_dgggan.evaluation.network_costs import (
    RULE,
    KnownNetwork,
    Numbers,
    find_known,
    giga,
    summed,
)
from keras_dgggan.evaluation.report import markdown_table, number, protocol_lines
from keras_dgggan.evaluation.run import SetResult
from keras_dgggan.recipe import load_recipe, shipped_recipes

if TYPE_CHECKING:
    from keras_dgggan.layers.properties import Count

SETS = ("Set5", "Set14", "BSD100", "Urban100")

# System: for each of SETS (PSNR in dB, SSIM, perceptual index, LPIPS).
Row = tuple[float, float, float, float]
PUBLISHED: dict[str, tuple[Row, Row, Row, Row]] = {
    "EDSR": (
        (32.46, 0.8966, 5.9819, 0.2088),
        (28.79, 0.7874, 5.2594, 0.2963),
        (27.70, 0.7417, 5.2625, 0.3249),
        (26.64, 0.8031, 4.9844, 0.2923),
    ),
    "RCAN": (
        (32.63, 0.9002, 6.3749, 0.2158),
        (28.87, 0.7889, 5.7127, 0.3106),
        (27.77, 0.7435, 5.7588, 0.3317),
        (26.81, 0.8088, 5.4181, 0.2944),
    ),
    "RDN": (
        (32.46, 0.8990, 6.0092, 0.2134),
        (28.81, 0.7871, 5.4633, 0.3039),
        (27.72, 0.7419, 5.5412, 0.3299),
        (26.61, 0.8028, 5.2502, 0.3162),
    ),
    "DBPN": (
        (32.47, 0.8980, 6.1324, 0.2108),
        (28.82, 0.7859, 5.4596, 0.2985),
        (27.73, 0.7401, 5.4915, 0.3250),
        (26.37, 0.7944, 5.1360, 0.2748),
    ),
    "ESRGAN": (
        (30.45, 0.8677, 3.7522, 0.0748),
        (26.28, 0.7783, 2.9261, 0.1329),
        (25.31, 0.6506, 2.4793, 0.1614),
        (24.36, 0.7017, 3.7704, 0.1229),
    ),
    "SRGAN": (
        (29.16, 0.8613, 3.9820, 0.0882),
        (26.17, 0.7841, 3.0851, 0.1663),
        (25.46, 0.6485, 2.5459, 0.1980),
        (24.40, 0.6988, 3.6980, 0.1551),
    ),
    "NatSR": (
        (30.99, 0.8800, 4.1648, 0.0939),
        (27.51, 0.8140, 3.1094, 0.1758),
        (26.45, 0.6831, 2.7801, 0.2114),
        (25.46, 0.7432, 3.6523, 0.1500),
    ),
    "SPSR": (
        (30.40, 0.8627, 3.2743, 0.0644),
        (26.64, 0.7930, 2.9036, 0.1318),
        (25.51, 0.6576, 2.3510, 0.1611),
        (24.80, 0.7237, 3.5511, 0.1184),
    ),
    "DGGGAN": (
        (30.48, 0.8601, 3.2559, 0.0641),
        (26.69, 0.7884, 2.7565, 0.1355),
        (25.49, 0.6573, 2.3508, 0.1645),
        (24.72, 0.7093, 3.5486, 0.1107),
    ),
}

# Table 5: parameters, and FLOPs for an image whose size is not given.
COSTS = {
    "SFTGAN": ("1.8 M", "0.8 G"),
    "NatSR": ("5.0 M", "12.5 G"),
    "ESRGAN": ("16.7 M", "89.7 G"),
    "SRGAN": ("0.7 M", "7.0 G"),
    "SPSR": ("24.8 M", "265.1 G"),
    "DGGGAN": ("14.6 M", "23.7 G"),
}


def published(set_name: str) -> dict[str, Row]:
    """The paper's rows of one benchmark set: PSNR, SSIM, perceptual index and LPIPS by system.

    Raises:
        KeyError: The paper has no such set.

    Examples:
        >>> published("Set5")["SPSR"]
        (30.4, 0.8627, 3.2743, 0.0644)
    """
    if set_name not in SETS:
        raise KeyError(set_name)
    return {system: rows[SETS.index(set_name)] for system, rows in PUBLISHED.items()}


MEASURES = ("psnr", "ssim", "lpips")
SCALE = 4

_NONE = "-"


def paper_tables(
    results: Sequence[SetResult], costs: Mapping[str, "Numbers | Count"], *, lr_size: int
) -> str:
    """All three tables, as Markdown; tables 3 and 4 are left out where no set was measured.

    A measured row stands below the paper's row of the same name, the others at the end.

    Args:
        results: Of `evaluate`, of scale 4, with the measures that there are of `MEASURES`.
        costs: By the name of the method.
        lr_size: Height and width of the LR image that the costs are for.

    Examples:
        >>> costs = {"ESRGAN": Numbers(16_697_987, macs=41_303_457_792, flops=82_748_989_440)}
        >>> print(paper_tables([], costs, lr_size=48).splitlines()[0])
        ## Table 5: parameters / FLOPs
    """
    parts = []
    if results:
        names = [*SETS, *(result.name for result in results if result.name not in SETS)]
        printed, perceptual = _printed(len(names))
        parts = [
            "## Table 3: PSNR / SSIM",
            _table(["method", *names], printed, _measured(results, names, ("psnr", "ssim"))),
            "## Table 4: perceptual index / LPIPS",
            _table(["method", *names], perceptual, _measured(results, names, ("", "lpips"))),
            "Rows marked *(paper)* are printed there, the others measured here. The perceptual "
            "index needs a program that is not part of this package.",
            *_protocols(results),
        ]
    counted = {
        name: [f"{cost.params / 1e6:.3f} M", giga(cost.flops), giga(cost.macs)]
        for name, cost in costs.items()
    }
    return "\n\n".join(
        [
            *parts,
            "## Table 5: parameters / FLOPs",
            _table(
                ["method", "parameters", "FLOPs", "MACs"],
                {name: [*cells, _NONE] for name, cells in COSTS.items()},
                counted,
            ),
            f"Counted for an LR image of {lr_size}x{lr_size}; the paper gives neither size nor "
            "rule.",
        ]
    )


def _printed(columns: int) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The paper's cells of tables 3 and 4 by system; sets that it does not have are empty."""
    fidelity, perceptual = {}, {}
    rest = [_NONE] * (columns - len(SETS))
    for system, rows in PUBLISHED.items():
        fidelity[system] = [f"{psnr:.2f} / {ssim:.4f}" for psnr, ssim, _, _ in rows] + rest
        perceptual[system] = [f"{index:.4f} / {lpips:.4f}" for *_, index, lpips in rows] + rest
    return fidelity, perceptual


def _measured(
    results: Sequence[SetResult], names: Sequence[str], measures: Sequence[str]
) -> dict[str, list[str]]:
    """Cells by method; an empty measure's name gives an empty cell."""
    by_name = {result.name: result for result in results}
    methods = dict.fromkeys(method for result in results for method in result.values)
    return {
        method: [_cell(by_name.get(name), method, measures) for name in names] for method in methods
    }


def _cell(result: SetResult | None, method: str, measures: Sequence[str]) -> str:
    if result is None:
        return _NONE
    means = result.means(method)
    return " / ".join(
        number(measure, means[measure]) if measure in means else _NONE for measure in measures
    )


def _table(
    header: Sequence[str], printed: Mapping[str, list[str]], measured: Mapping[str, list[str]]
) -> str:
    rows = []
    left = dict(measured)
    for system, cells in printed.items():
        rows.append([f"{system} *(paper)*", *cells])
        for name in [name for name in left if name.casefold() == system.casefold()]:
            rows.append([name, *left.pop(name)])
    rows += [[name, *cells] for name, cells in left.items()]
    return markdown_table(header, rows)


def _protocols(results: Sequence[SetResult]) -> list[str]:
    """Each set's images and what is missing; the same lines of several sets are one."""
    lines: dict[str, list[str]] = {}
    for result in results:
        count = len(next(iter(result.values.values())))
        for line in (f"{count} images", *protocol_lines(result), *result.notes):
            lines.setdefault(line, []).append(result.name)
    return ["\n".join(f"- {', '.join(names)}: {line}" for line, names in lines.items())]


_LR_SIZES = (32, 48, 64)
_KINDS = {
    "SFTGAN": "sftgan",
    "NatSR": "natsr",
    "ESRGAN": "esrgan",
    "SRGAN": "srresnet",
    "SPSR": "spsr",
}
_PAPER_FLOPS = 23.7e9
# ESRGAN's by the rule of `networks.complexity`: its dense blocks and body at LR size, one
# convolution at twice it, three at HR size.
ESRGAN_MACS_PER_LR_PIXEL = 17_926_848


def comparison() -> str:
    """All networks that the package knows at three LR sizes, and the paper's table 5, as Markdown.

    Examples:
        >>> print(comparison().splitlines()[2].split("|")[1:3])
        [' DGGGAN                  ', ' 14,619,478 ']
    """
    header = ["generator", "parameters"]
    header += [f"{what} at LR {size}" for size in _LR_SIZES for what in ("MACs", "FLOPs")]
    rows = []
    for name, network in _compared().items():
        counts = [summed(network.counts(size)) for size in _LR_SIZES]
        cells = [giga(number) for count in counts for number in (count.macs, count.flops)]
        rows.append([name, f"{counts[0].params:,}", *cells])
    printed = [*((name, *cells) for name, cells in COSTS.items())]
    printed.append(("DGGGAN without SE (table 2)", "", "23.6 G"))
    return "\n\n".join(
        [
            markdown_table(header, rows),
            RULE,
            "The paper's table 5, whose input size and counting rule are not given:",
            markdown_table(["generator", "parameters", "FLOPs"], printed),
            _why_not_the_papers(),
        ]
    )


def _compared() -> dict[str, KnownNetwork]:
    """Networks by name; a recipe whose network is listed already is left out."""
    networks = {
        "DGGGAN": _known("dgggan"),
        "without gradient branch": _known("dgggan", gradient_branch=False),
        "without SE": _known("dgggan", se=False),
        **{name: _known(kind) for name, kind in _KINDS.items()},
    }
    for name, path in shipped_recipes().items():
        section = load_recipe(path, check_paths=False).network
        network = _known(**{"kind": "dgggan", **section.model_dump()})
        if network not in networks.values():
            networks[f"recipe {name}"] = network
    return networks


def _known(kind: str, **arguments: object) -> KnownNetwork:
    network = find_known(kind, arguments)
    assert network is not None, "the tests see to it that the table has them all"
    return network


def _why_not_the_papers() -> str:
    full = _known("dgggan")
    size = 1
    while summed(full.counts(size)).flops < _PAPER_FLOPS:
        size += 1
    each = summed(full.counts(48)).macs / 48**2
    ratio = each / ESRGAN_MACS_PER_LR_PIXEL
    return (
        f"Its 23.7 G FLOPs cannot be matched. The full generator reaches them at an LR image of "
        f"{size}x{size}, but at no size can they stand beside ESRGAN's 89.7 G: both networks apply "
        f"nearly every parameter once to each LR pixel, so that ESRGAN costs "
        f"{ESRGAN_MACS_PER_LR_PIXEL / 1e6:.1f} M MACs for each and DGGGAN {each / 1e6:.1f} M. "
        f"Their ratio is {ratio:.2f}, and the table's is 0.26."
    )
