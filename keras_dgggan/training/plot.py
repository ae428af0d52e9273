"""The curves of a run as one picture."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from keras_dgggan.errors import UsageError
from keras_dgggan.files import atomic_path
from keras_dgggan.training.csv_log import read_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Column prefix or name, by the panel that it belongs to; panels without a column are left out.
_TERMS = (
    "perceptual",
    "pixel",
    "gradient",
    "adversarial",
    "gradient_adversarial",
    "gradient_branch",
)
_PANELS: Sequence[tuple[str, str, Sequence[str], str]] = (
    ("Loss and its weighted terms", "log", ("loss", *(f"{t}_weighted" for t in _TERMS)), "symlog"),
    (
        "Wasserstein estimates",
        "log",
        ("image_critic_wasserstein", "gradient_critic_wasserstein"),
        "linear",
    ),
    ("Gradient penalties", "log", ("image_critic_penalty", "gradient_critic_penalty"), "log"),
    ("PSNR-Y of validation (dB)", "validation", ("psnr_y",), "linear"),
    ("SSIM-Y of validation", "validation", ("ssim_y",), "linear"),
    ("LPIPS of validation", "validation", ("lpips",), "linear"),
    ("Colour error of validation (levels)", "validation", ("color_error",), "linear"),
    ("Learning rate", "log", ("learning_rate",), "linear"),
    ("Pairs per second", "log", ("pairs_per_second",), "linear"),
)
_COLUMNS = 3

Curve = tuple[list[int], list[float]]


def read_curves(path: Path, name: str | None = None) -> dict[str, Curve]:
    """Steps and values of each column of a run's CSV file.

    Args:
        path: `log.csv` or `validation.csv`; nothing is found in a file that is not there.
        name: Take only the rows of this name, like `mean`.
    """
    curves: dict[str, Curve] = {}
    for row in read_rows(path):
        if name is not None and row.get("name") != name:
            continue
        for column, text in row.items():
            value = _number(text)
            if value is not None:
                steps, values = curves.setdefault(column, ([], []))
                steps.append(int(row["step"]))
                values.append(value)
    return curves


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def plot_run(run_dir: Path, output: Path) -> None:
    """Draw what a run has logged so far; a run under way too.

    Args:
        run_dir: A run's folder.
        output: A file that matplotlib can write, like `.png` or `.svg`.

    Raises:
        UsageError: No run, nothing logged yet, no such format, or matplotlib is missing.

    Examples:
        >>> _ = Path("log.csv").write_text("step,loss\\n1,0.5\\n2,0.25\\n")
        >>> plot_run(Path("."), Path("curves.png"))
        >>> Path("curves.png").is_file()
        True
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError(
            "drawing needs matplotlib: run `pip install 'keras-dgggan[plot]'`"
        ) from None
    curves = {
        "log": read_curves(run_dir / "log.csv"),
        "validation": read_curves(run_dir / "validation.csv", "mean"),
    }
    panels = list(_panels(curves))
    if not panels:
        raise UsageError(f"there is nothing to draw in '{run_dir}': no log.csv with a row")
    rows = -(-len(panels) // _COLUMNS)
    figure = Figure(figsize=(5.0 * _COLUMNS, 3.2 * rows), layout="constrained")
    figure.suptitle(run_dir.resolve().name)
    axes = list(figure.subplots(rows, _COLUMNS, squeeze=False).flat)
    for axis, (title, scale, lines) in zip(axes, panels, strict=False):
        _draw(axis, title, scale, lines)
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    formats = figure.canvas.get_supported_filetypes()
    if output.suffix.lower().lstrip(".") not in formats:
        raise UsageError(f"cannot draw '{output}': the name must end in one of {list(formats)}")
    with atomic_path(output) as temporary:
        figure.savefig(temporary, dpi=110)


def _panels(
    curves: dict[str, dict[str, Curve]],
) -> Iterator[tuple[str, str, dict[str, Curve]]]:
    for title, source, columns, scale in _PANELS:
        lines = {name: curves[source][name] for name in columns if name in curves[source]}
        if lines:
            yield title, scale, lines


def _draw(axis: "Axes", title: str, scale: str, lines: dict[str, Curve]) -> None:
    for name, (steps, values) in lines.items():
        marker = "o" if len(steps) < 30 else None
        axis.plot(steps, values, label=name, linewidth=1.2, marker=marker, markersize=3)
    if scale == "symlog":
        # Adversarial terms have either sign, and terms differ by orders of magnitude.
        axis.set_yscale("symlog", linthresh=1e-3)
    elif scale == "log" and all(min(values) > 0 for _, values in lines.values()):
        axis.set_yscale("log")
    axis.set_title(title, fontsize=10)
    axis.set_xlabel("step", fontsize=8)
    axis.tick_params(labelsize=8)
    axis.grid(alpha=0.3)
    if len(lines) > 1:
        axis.legend(fontsize=7)
