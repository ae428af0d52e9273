"""Naming schemes: tables from module names in public code to layers of this package."""

import re
from dataclasses import dataclass, field

from keras_dgggan._types import Config


@dataclass(frozen=True)
class Scheme:
    """The names that one public implementation gives to its modules.

    A table goes from a pattern of the module's name there to our layer's name. In the latter `{1}`
    is the pattern's first group, `{1+}` the number after it (public code counts blocks from 0), and
    `{2/}` half of it and one (where activations are counted among the layers), `{2h}` half of it.
    `a/b` is the layer `b` of the block `a`, and `{last}` the network's `depth`.

    Attributes:
        origin: Whose it is.
        names: Patterns of module names to names of layers.
        constants: Patterns of tensors that are no weights, and are not taken.
        needs: Arguments that our network must have been made with.
        implies: Arguments that tensors do not tell, as this implementation has them.
        unbiased: Patterns of our layers whose counterparts have no bias, for a normalisation
            follows; ours is zero then.
        oldest_first: Features that our network concatenates with the newest first come the other
            way round.
        tensorflow: Kernels are laid out, and pixels shuffled, as here.
    """

    origin: str
    names: dict[str, str]
    constants: tuple[str, ...] = ()
    needs: Config = field(default_factory=dict)
    implies: Config = field(default_factory=dict)
    unbiased: tuple[str, ...] = ()
    oldest_first: bool = False
    tensorflow: bool = False

    def layer(self, module: str, depth: int = 0) -> str | None:
        """Our name for a module of a network of so many layers, None if it is unknown."""
        for pattern, template in self.names.items():
            match = re.fullmatch(pattern, module)
            if match:
                return _filled(template, match).replace("{last}", str(depth))
        return None

    def is_constant(self, tensor: str) -> bool:
        """Whether a tensor is a constant rather than a weight."""
        return any(re.fullmatch(pattern, tensor) for pattern in self.constants)

    def is_unbiased(self, layer: str) -> bool:
        """Whether the counterpart of our layer has no bias."""
        return any(re.fullmatch(pattern, layer) for pattern in self.unbiased)


def split(name: str) -> tuple[str, str]:
    """A tensor's module and its name in there: PyTorch has dots, TensorFlow has slashes.

    Examples:
        >>> split("body.0.rdb1.conv1.weight"), split("GEN/conv1/conv2d/kernel")
        (('body.0.rdb1.conv1', 'weight'), ('GEN/conv1/conv2d', 'kernel'))
    """
    match = re.fullmatch(r"(.*)[./]([^./]+)", name)
    return (match[1], match[2]) if match else ("", name)


def _filled(template: str, match: re.Match[str]) -> str:
    def number(reference: re.Match[str]) -> str:
        group, change = reference.groups()
        value = int(match[int(group)])
        return str({"": value, "+": value + 1, "/": value // 2 + 1, "h": value // 2}[change])

    return re.sub(r"\{(\d)([+/h]?)\}", number, template)


# A number in a pattern.
NUMBER = r"(\d+)"
# The fixed 1x1 convolutions that shift the colours in EDSR's family.
MEAN_SHIFT = (r"(sub|add)_mean\.(weight|bias)",)
