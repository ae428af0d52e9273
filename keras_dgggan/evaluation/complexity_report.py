"""Counts as tables, and the paper's own beside them."""

from typing import Any

from keras_dgggan.evaluation.paper import COSTS
from keras_dgggan.evaluation.report import markdown_table
from keras_dgggan.networks import NETWORKS, Generator, make_network, network_of
from keras_dgggan.networks.base import WrappedNetwork
from keras_dgggan.networks.complexity import (
    Count,
    count_network,
    count_parts,
    total,
    uncounted_layers,
)
from keras_dgggan.presets import preset_names
from keras_dgggan.pretrained.load import load_generator
from keras_dgggan.recipe import load_recipe, shipped_recipes

LR_SIZES = (32, 48, 64)

_TABLE_5 = [
    *((name, *cells) for name, cells in COSTS.items()),
    ("DGGGAN without SE (table 2)", "", "23.6 G"),
]
_TABLE_5_KINDS = {
    "SFTGAN": "sftgan",
    "NatSR": "natsr",
    "ESRGAN": "esrgan",
    "SRGAN": "srresnet",
    "SPSR": "spsr",
}
_PAPER_FLOPS = 23.7e9
# ESRGAN's by the rule of `counting`: its dense blocks and body at LR size, one convolution at
# twice it, three at HR size.
ESRGAN_MACS_PER_LR_PIXEL = 17_926_848
_RULE = (
    "A multiply-accumulate (MAC) is one multiplication and addition of a convolution or dense "
    "layer. FLOPs are two for each MAC, and one for each other addition, multiplication, root or "
    "activation."
)


def parts(generator: Any, lr_size: int) -> str:
    """What one network is, and a table of its parts at one LR size, as Markdown.

    Example:
        >>> print(parts(Generator(), 48))
    """
    counts = count_parts(generator, lr_size, lr_size)
    rows = [_row(name, count) for name, count in counts.items()]
    size = lr_size * generator.scale
    return "\n\n".join(
        [
            f"x{generator.scale}, LR {lr_size}x{lr_size} to HR {size}x{size}",
            _described(generator),
            markdown_table(
                ["part", "parameters", "MACs", "FLOPs"], [*rows, _row("total", total(counts))]
            ),
            _RULE,
        ]
    )


def _described(network: Any) -> str:
    info = network.info
    if isinstance(network, WrappedNetwork):
        name = f"{type(network.model).__name__} {network.name!r}, not of this package"
    else:
        settings = ", ".join(f"{key}={value}" for key, value in network.arguments.items())
        name = f"{type(network).__name__}({settings})"
    if info.local:
        reach = (
            f"An SR pixel depends on {info.receptive_radius} LR pixels on each side: tiles that "
            "overlap so far are exact."
        )
    elif info.unknown_layers:
        reach = (
            "How far an SR pixel looks is not known, so tiles are blended: nothing is known of "
            f"{_listed(info.unknown_layers)}."
        )
    elif info.size_multiple > 1:
        reach = (
            f"The network works on a grid of {info.size_multiple} LR pixels, so tiles are blended."
        )
    else:
        reach = "An SR pixel depends on the whole image, by means of channels."
    least = info.minimum_size
    size = "" if least == 1 else f" The least LR image is {least}x{least}."
    uncounted = uncounted_layers(network)
    if uncounted:
        size += f" Of {_listed(uncounted)} the parameters alone are counted."
    return f"{name}\n\n{reach}{size}"


def _listed(layers: tuple[str, ...]) -> str:
    first = ", ".join(layers[:3])
    return f"{first} and {len(layers) - 3} more layers" if len(layers) > 3 else first


def networks(lr_size: int) -> str:
    """The networks of all systems with what they hold and cost, as Markdown.

    Example:
        >>> print(networks(48))
    """
    rows = []
    for name, entry in NETWORKS.items():
        network = entry.network()
        count = count_network(network, lr_size, lr_size)
        radius = network.info.receptive_radius
        rows.append(
            [
                name,
                "all" if radius is None else str(radius),
                entry.published,
                f"{count.params:,}",
                _giga(count.macs),
            ]
        )
    header = ["network", "looks at", "published", "parameters", "MACs"]
    size = lr_size * 4
    return "\n\n".join(
        [
            f"x4, LR {lr_size}x{lr_size} to HR {size}x{size}",
            markdown_table(header, rows),
            "What an SR pixel depends on is LR pixels on each side, or all of the image.",
            _RULE,
        ]
    )


def comparison() -> str:
    """All networks that the package knows at three LR sizes, and the paper's table 5.

    Example:
        >>> print(comparison())
    """
    header = ["generator", "parameters"]
    header += [f"{what} at LR {size}" for size in LR_SIZES for what in ("MACs", "FLOPs")]
    rows = []
    for name, generator in _networks().items():
        counts = [count_network(generator, size, size) for size in LR_SIZES]
        cells = [_giga(number) for count in counts for number in (count.macs, count.flops)]
        rows.append([name, f"{generator.count_params():,}", *cells])
    return "\n\n".join(
        [
            markdown_table(header, rows),
            _RULE,
            "The paper's table 5, whose input size and counting rule are not given:",
            markdown_table(["generator", "parameters", "FLOPs"], _TABLE_5),
            _why_not_the_papers(),
        ]
    )


def _networks() -> dict[str, Any]:
    """Generators by name; recipes and presets of a network that is there already are left out."""
    networks = {
        "DGGGAN": Generator(),
        "without gradient branch": Generator(gradient_branch=False),
        "without SE": Generator(se=False),
        **{name: make_network(kind) for name, kind in _TABLE_5_KINDS.items()},
    }
    known = [_shape(generator) for generator in networks.values()]
    for name, path in shipped_recipes().items():
        generator = network_of(load_recipe(path, check_paths=False).network)
        if _shape(generator) not in known:
            known.append(_shape(generator))
            networks[f"recipe {name}"] = generator
    for name in preset_names():
        generator = load_generator(name)
        if _shape(generator) not in known:
            known.append(_shape(generator))
            networks[f"preset {name}"] = generator
    return networks


def _shape(generator: Any) -> dict[str, Any]:
    """What decides a network's counts."""
    names = ("name", "trainable", "dtype", "negative_slope")
    return {key: value for key, value in generator.get_config().items() if key not in names}


def _why_not_the_papers() -> str:
    full = Generator()
    size = 1
    while total(count_parts(full, size, size)).flops < _PAPER_FLOPS:
        size += 1
    each = total(count_parts(full, 48, 48)).macs / 48**2
    ratio = each / ESRGAN_MACS_PER_LR_PIXEL
    return (
        f"Its 23.7 G FLOPs cannot be matched. The full generator reaches them at an LR image of "
        f"{size}x{size}, but at no size can they stand beside ESRGAN's 89.7 G: both networks apply "
        f"nearly every parameter once to each LR pixel, so that ESRGAN costs "
        f"{ESRGAN_MACS_PER_LR_PIXEL / 1e6:.1f} M MACs for each and DGGGAN {each / 1e6:.1f} M. "
        f"Their ratio is {ratio:.2f}, and the table's is 0.26."
    )


def _row(name: str, count: Count) -> list[str]:
    return [name, f"{count.params:,}", _giga(count.macs), _giga(count.flops)]


def _giga(number: int) -> str:
    return f"{number / 1e9:.3f} G"
