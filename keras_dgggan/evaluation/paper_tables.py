"""The paper's tables 3, 4 and 5 filled with what was measured, its own numbers beside it."""

from collections.abc import Mapping, Sequence

from keras_dgggan.counting import Count
from keras_dgggan.evaluation.published import COSTS, PUBLISHED, SETS
from keras_dgggan.evaluation.report import number, protocol_lines
from keras_dgggan.evaluation.run import SetResult
from keras_dgggan.evaluation.tables import markdown_table

MEASURES = ("psnr", "ssim", "lpips")
SCALE = 4

_NONE = "-"


def paper_tables(results: Sequence[SetResult], costs: Mapping[str, Count], *, lr_size: int) -> str:
    """All three tables, as Markdown; tables 3 and 4 are left out where no set was measured.

    A measured row stands below the paper's row of the same name, the others at the end.

    Args:
        results: Of `evaluate`, of scale 4, with the measures that there are of `MEASURES`.
        costs: By the name of the method.
        lr_size: Height and width of the LR image that the costs are for.

    Example:
        >>> print(paper_tables([], {"ESRGAN": count_network(RRDBNet(), 48, 48)}, lr_size=48))
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
        name: [f"{cost.params / 1e6:.3f} M", _giga(cost.flops), _giga(cost.macs)]
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
    """Cells by method; an empty name of a measure stands for one that there is not."""
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


def _giga(value: int) -> str:
    return f"{value / 1e9:.3f} G"
