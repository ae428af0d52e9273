"""Identification of the network that tensors are of, from their names and shapes."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from keras_dgggan._types import Config
from keras_dgggan.errors import UsageError, WeightsError
from keras_dgggan.importing.names_gan import GAN_SCHEMES
from keras_dgggan.importing.names_psnr import PSNR_SCHEMES
from keras_dgggan.importing.names_small import SMALL_SCHEMES, canonical
from keras_dgggan.importing.reading import State
from keras_dgggan.importing.scheme import Scheme, split
from keras_dgggan.importing.sizes import READERS, Shape, Sizes
from keras_dgggan.networks.builder import DIV2K_MEAN

SCHEMES = PSNR_SCHEMES | GAN_SCHEMES | SMALL_SCHEMES

# What training code writes before the names of the generator's tensors, or of all.
_PREFIXES = re.compile(
    r"(module|_orig_mod|model|net|network|netG|net_g|generator|gen|G|g|g_ema|model_ema|"
    r"ema_model|params_ema|backbone|student)\."
)
_COUNTS_BATCHES = ".num_batches_tracked"
# Below, the tensors are of something else.
_LEAST_KNOWN = 0.5


@dataclass(frozen=True)
class Match:
    """Tensors with the network and the naming scheme that fit them.

    Attributes:
        kind: The name of our network's class.
        scheme: The naming scheme.
        state: The tensors; prefixes of training code are removed from their names.
        known: The share of tensors whose names are known.
    """

    kind: str
    scheme: Scheme
    state: State = field(repr=False)
    known: float

    @property
    def depth(self) -> int:
        """The number of convolutions: the `depth` of a network that is a row of them."""
        return len({split(name)[0] for name, value in self.state.items() if value.ndim == 4})

    def layer(self, tensor: str) -> str | None:
        """Our name for the layer of a tensor."""
        return self.scheme.layer(split(tensor)[0], self.depth)

    def arguments(self) -> Config:
        """The arguments of our network's class, as far as the tensors tell them.

        Raises:
            WeightsError: The tensors are of a variant that is not known here.
        """
        shapes: dict[str, Shape] = {}
        slopes: set[str] = set()
        for name, value in self.state.items():
            layer = self.layer(name)
            if layer is None:
                continue
            if value.ndim == 4:
                # [out, in, height, width], as PyTorch has it.
                order = (3, 2, 0, 1) if self.scheme.tensorflow else (0, 1, 2, 3)
                shapes[layer] = tuple(value.shape[axis] for axis in order)
            elif layer.endswith(("_prelu", "_prelu_shared")):
                slopes.add(layer)
        sizes = Sizes(shapes)
        try:
            found = READERS[self.kind](sizes)
        except (KeyError, ZeroDivisionError) as error:
            raise WeightsError(
                f"the sizes of the {self.kind} cannot be read from its tensors: there is none for "
                f"the layer {error}"
            ) from error
        if self.kind == "Compact":
            found["activation"] = "prelu" if slopes else "leaky_relu"
        if self.kind == "SPAN":
            found["norm"] = "no_norm" not in self.state
        if self.kind == "VDSR":
            found["bias"] = any(name.endswith("bias") for name in self.state)
        return {**found, **self.scheme.implies, **self.scheme.needs, **self._colour_shift()}

    def _colour_shift(self) -> Config:
        """`rgb_range` and `mean_shift`, where the file has the shift of colours."""
        bias = self.state.get("sub_mean.bias")
        if bias is None or self.kind == "VDSR":
            return {}
        mean = np.array(DIV2K_MEAN)
        rgb_range = float(np.median(-np.asarray(bias, np.float64) / mean)) if bias.size == 3 else 0
        for whole in (1.0, 255.0):
            if math.isclose(rgb_range, whole, rel_tol=1e-2):
                return {"rgb_range": whole, "mean_shift": True}
        return {"mean_shift": True}


def best_match(state: State, kind: str | None = None) -> Match:
    """The network and naming scheme that know most of the tensors' names.

    Args:
        state: Tensors by name, of `read_state`.
        kind: A class of `keras_dgggan.networks` by name, if it is known; None for any.

    Raises:
        UsageError: There is no code for this network whose names are known.
        WeightsError: Too few names are known.
    """
    if kind is not None and kind not in SCHEMES:
        raise UsageError(
            f"no names of other code's weights are known for {kind}; they are for "
            f"{', '.join(SCHEMES)}"
        )
    kinds = SCHEMES if kind is None else {kind: SCHEMES[kind]}
    state = {name: value for name, value in state.items() if not name.endswith(_COUNTS_BATCHES)}
    matches = [
        Match(name, scheme, variant, _known(scheme, variant))
        for variant in _without_prefixes(canonical(state))
        for name, schemes in kinds.items()
        for scheme in schemes
    ]
    best = max(matches, key=lambda match: (match.known, _explained(match)))
    if best.known < _LEAST_KNOWN and kind is None:
        names = ", ".join(repr(name) for name in list(state)[:3])
        raise WeightsError(
            f"the tensors are of no network that is known here; their names are like {names}"
        )
    return best


def _known(scheme: Scheme, state: State) -> float:
    known = sum(
        scheme.layer(split(name)[0]) is not None or scheme.is_constant(name) for name in state
    )
    return known / len(state) if state else 0.0


def _explained(match: Match) -> int:
    """How many different layers the names match: of equal schemes the one with most wins."""
    return len({match.layer(name) for name in match.state})


def _without_prefixes(state: State) -> Iterator[State]:
    """The tensors as they are, and those under each prefix with it removed."""
    yield state
    prefixes = {match[0] for name in state if (match := _PREFIXES.match(name))}
    for prefix in sorted(prefixes):
        inner = {
            name.removeprefix(prefix): value
            for name, value in state.items()
            if name.startswith(prefix)
        }
        if len(inner) > 1:
            yield from _without_prefixes(inner)
