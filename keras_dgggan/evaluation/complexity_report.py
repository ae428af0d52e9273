"""Counts of built networks: a table of their parts, and the entries of the shipped table.

    python -m keras_dgggan.evaluation.complexity_report

counts the networks by name and those of the shipped recipes anew, and writes `network_costs.json`.
"""

import json
from pathlib import Path

from keras_dgggan._types import JsonObject
from keras_dgggan.evaluation.network_costs import TABLE, Growth, parts_table
from keras_dgggan.files import atomic_write_text
from keras_dgggan.networks import NETWORKS, make_network, network_of
from keras_dgggan.networks.base import SuperResolver, WrappedNetwork
from keras_dgggan.networks.complexity import count_parts, uncounted_layers
from keras_dgggan.recipe import load_recipe, shipped_recipes


def parts(generator: SuperResolver, lr_size: int) -> str:
    """What a built network is, and a table of its parts at one LR size, as Markdown.

    Examples:
        >>> from keras_dgggan.networks import SRCNN
        >>> print(parts(SRCNN(), 48).splitlines()[0])
        x4, LR 48x48 to HR 192x192
    """
    counts = count_parts(generator, lr_size, lr_size)
    return parts_table(generator.scale, described(generator), counts, lr_size)


def known_network(kind: str, network: SuperResolver, published: str | None) -> JsonObject:
    """A network's entry in `network_costs.json`.

    Raises:
        ValueError: Its cost does not grow with the number of LR pixels alone.
    """
    small, large, larger = (count_parts(network, size, size) for size in (8, 16, 24))
    parts = {}
    for name, count in small.items():
        numbers = [count.params]
        for what in ("macs", "flops"):
            first, second, third = (getattr(c[name], what) for c in (small, large, larger))
            of_pixel = (second - first) // (16**2 - 8**2)
            of_image = first - of_pixel * 8**2
            if of_pixel * 16**2 + of_image != second or of_pixel * 24**2 + of_image != third:
                raise ValueError(f"the {what} of {kind}'s {name} do not grow with the LR pixels")
            numbers += [of_pixel, of_image]
        parts[name] = Growth(*numbers)
    return {
        "kind": kind,
        "arguments": network.arguments,
        "published": published,
        "scale": network.scale,
        "receptive_radius": network.info.receptive_radius,
        "description": described(network),
        "parts": parts,
    }


def all_known_networks() -> list[JsonObject]:
    """The entries of `network_costs.json`, counted from the networks by name and of recipes."""
    entries = [
        known_network(kind, make_network(kind), entry.published) for kind, entry in NETWORKS.items()
    ]
    for path in shipped_recipes().values():
        section = load_recipe(path, check_paths=False).network
        kind = {"kind": "dgggan", **section.model_dump()}["kind"]
        entry = known_network(kind, network_of(section), None)
        if all((kind, entry["arguments"]) != (e["kind"], e["arguments"]) for e in entries):
            entries.append(entry)
    return json.loads(json.dumps(entries))


def described(network: SuperResolver) -> str:
    """A network's description, receptive field and smallest input, in sentences."""
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


if __name__ == "__main__":
    written = json.dumps(all_known_networks(), indent=1) + "\n"
    atomic_write_text(Path(str(TABLE)), written)
