"""Parameters and operations of the known networks: the shipped table, and Markdown tables.

Counting needs built networks, which take TensorFlow a minute. `network_costs.json` holds the
counts of the networks by name and of the shipped recipes, so that commands answer at once. It is
written by

    python -m keras_dgggan.evaluation.complexity_report

and the tests compare it with the networks. Imports no Keras.
"""

import functools
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from keras_dgggan._types import Config
from keras_dgggan.evaluation.report import markdown_table

if TYPE_CHECKING:
    from keras_dgggan.layers.properties import Count

TABLE = importlib.resources.files("keras_dgggan.evaluation") / "network_costs.json"
RULE = (
    "A multiply-accumulate (MAC) is one multiplication and addition of a convolution or dense "
    "layer. FLOPs are two for each MAC, and one for each other addition, multiplication, root or "
    "activation."
)


class Numbers(NamedTuple):
    """Parameters, and MACs and FLOPs for one LR image."""

    params: int
    macs: int
    flops: int


class Growth(NamedTuple):
    """Parameters, and MACs and FLOPs for each LR pixel and for each image.

    Convolutions cost the same for each pixel; gates of channels cost something for each image.
    """

    params: int
    macs_of_pixel: int
    macs_of_image: int
    flops_of_pixel: int
    flops_of_image: int

    def at(self, lr_size: int) -> Numbers:
        """The numbers for a square LR image.

        Examples:
            >>> Growth(3, 10, 1, 20, 2).at(4)
            Numbers(params=3, macs=161, flops=322)
        """
        pixels = lr_size**2
        return Numbers(
            self.params,
            self.macs_of_pixel * pixels + self.macs_of_image,
            self.flops_of_pixel * pixels + self.flops_of_image,
        )


@dataclass(frozen=True)
class KnownNetwork:
    """A network of the table.

    Attributes:
        kind: Its name in recipes.
        arguments: All arguments of its class.
        published: The parameters that its paper or its authors' code states; None for a network of
            a recipe that is not the published one.
        scale: HR size over LR size.
        receptive_radius: The LR pixels on each side that an SR pixel depends on; None for all.
        description: What it is, in sentences.
        parts: By the name of the part.
    """

    kind: str
    arguments: Config
    published: str | None
    scale: int
    receptive_radius: int | None
    description: str
    parts: dict[str, Growth]

    def counts(self, lr_size: int) -> dict[str, Numbers]:
        """The numbers of each part for a square LR image."""
        return {name: growth.at(lr_size) for name, growth in self.parts.items()}


@functools.cache
def known_networks() -> tuple[KnownNetwork, ...]:
    """The table: the published networks by name, then those of recipes.

    Examples:
        >>> known_networks()[1].kind, known_networks()[1].scale
        ('srcnn', 4)
    """
    return tuple(
        KnownNetwork(**{**entry, "parts": {k: Growth(*v) for k, v in entry["parts"].items()}})
        for entry in json.loads(TABLE.read_text("utf-8"))
    )


def find_known(kind: str, arguments: Config) -> KnownNetwork | None:
    """The network of a kind with these arguments, all others at their defaults; None if unknown.

    Examples:
        >>> find_known("edsr", {"scale": 4}).published, find_known("edsr", {"scale": 3})
        ('43.1 M', None)
    """
    of_kind = [network for network in known_networks() if network.kind == kind]
    if not of_kind:
        return None
    wanted = {**of_kind[0].arguments, **json.loads(json.dumps(dict(arguments)))}
    return next((network for network in of_kind if network.arguments == wanted), None)


def networks_table(lr_size: int) -> str:
    """Parameters and operations of the published networks, as a Markdown table.

    Examples:
        >>> print(networks_table(48).splitlines()[0])
        x4, LR 48x48 to HR 192x192
    """
    rows = []
    for network in known_networks():
        if network.published is None:
            continue
        counts = summed(network.counts(lr_size))
        radius = network.receptive_radius
        rows.append(
            [
                network.kind,
                "all" if radius is None else str(radius),
                network.published,
                f"{counts.params:,}",
                giga(counts.macs),
            ]
        )
    return "\n\n".join(
        [
            f"x4, {_sizes(lr_size, 4)}",
            markdown_table(["network", "looks at", "published", "parameters", "MACs"], rows),
            "A network looks at so many LR pixels on each side of an SR pixel, or at all of them.",
            RULE,
        ]
    )


def parts_table(
    scale: int, description: str, counts: Mapping[str, "Numbers | Count"], lr_size: int
) -> str:
    """What one network is, and a table of its parts at one LR size, as Markdown.

    Args:
        counts: `Numbers`, or anything else with their attributes, by the name of the part.

    Examples:
        >>> network = find_known("srcnn", {})
        >>> table = parts_table(4, network.description, network.counts(48), 48)
        >>> "| total " in table
        True
    """
    rows = [_row(name, count) for name, count in counts.items()]
    rows.append(_row("total", summed(counts)))
    return "\n\n".join(
        [
            f"x{scale}, {_sizes(lr_size, scale)}",
            description,
            markdown_table(["part", "parameters", "MACs", "FLOPs"], rows),
            RULE,
        ]
    )


def summed(counts: Mapping[str, "Numbers | Count"]) -> Numbers:
    """The sum over parts."""
    each = [(count.params, count.macs, count.flops) for count in counts.values()]
    return Numbers(*map(sum, zip(*each, strict=True)))


def giga(number: int) -> str:
    """A count as tables print it.

    Examples:
        >>> giga(37_091_234_567)
        '37.091 G'
    """
    return f"{number / 1e9:.3f} G"


def _sizes(lr_size: int, scale: int) -> str:
    size = lr_size * scale
    return f"LR {lr_size}x{lr_size} to HR {size}x{size}"


def _row(name: str, count: "Numbers | Count") -> list[str]:
    return [name, f"{count.params:,}", giga(count.macs), giga(count.flops)]
