"""The networks by the names that recipes and commands know them by."""

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keras_dgggan.errors import UsageError
from keras_dgggan.networks.base import SuperResolver
from keras_dgggan.networks.compact import Compact
from keras_dgggan.networks.configured import OF_KERAS
from keras_dgggan.networks.dbpn import DBPN
from keras_dgggan.networks.edsr import EDSR
from keras_dgggan.networks.generator import Generator
from keras_dgggan.networks.msrn import MSRN
from keras_dgggan.networks.natsr import NatSR
from keras_dgggan.networks.rcan import RCAN
from keras_dgggan.networks.rdn import RDN
from keras_dgggan.networks.rrdbnet import RRDBNet
from keras_dgggan.networks.sftgan import SFTGAN
from keras_dgggan.networks.span import SPAN
from keras_dgggan.networks.spsr import SPSR
from keras_dgggan.networks.srcnn import SRCNN
from keras_dgggan.networks.srresnet import SRResNet
from keras_dgggan.networks.vdsr import VDSR

if TYPE_CHECKING:
    from keras_dgggan.recipe.networks import Network


@dataclass(frozen=True)
class Entry:
    """A network by name.

    Attributes:
        network: Its class, whose defaults are the published ones.
        published: The parameters that its paper or its authors' code states.
    """

    network: type[SuperResolver]
    published: str


NETWORKS = {
    "dgggan": Entry(Generator, "14.6 M"),
    "srcnn": Entry(SRCNN, "57,281"),
    "vdsr": Entry(VDSR, "665 K"),
    "srresnet": Entry(SRResNet, "1.52 M"),
    "edsr": Entry(EDSR, "43.1 M"),
    "rdn": Entry(RDN, "22.3 M"),
    "rcan": Entry(RCAN, "15.6 M"),
    "msrn": Entry(MSRN, "6.1 M"),
    "dbpn": Entry(DBPN, "10.4 M"),
    "esrgan": Entry(RRDBNet, "16,697,987"),
    "natsr": Entry(NatSR, "5.0 M"),
    "sftgan": Entry(SFTGAN, "1.8 M"),
    "spsr": Entry(SPSR, "24.8 M"),
    "compact": Entry(Compact, "621,424"),
    "span": Entry(SPAN, "426 K"),
}


def make_network(kind: str, **arguments: Any) -> SuperResolver:
    """A network with fresh weights.

    Args:
        kind: One of `NETWORKS`.
        arguments: Of its class.

    Raises:
        UsageError: There is no such network, or it has no such argument.

    Examples:
        >>> make_network("edsr", filters=8, blocks=1, scale=2).scale
        2
    """
    if kind not in NETWORKS:
        raise UsageError(f"no network {kind!r}: there are {', '.join(NETWORKS)}")
    network = NETWORKS[kind].network
    known = [*inspect.signature(network).parameters][:-1]
    for name in arguments:
        if name not in [*known, *OF_KERAS]:
            raise UsageError(f"{kind} has no argument {name!r}: there are {', '.join(known)}")
    return network(**arguments)


def network_of(section: "Network", **options: Any) -> SuperResolver:
    """The network that a recipe's section `network` describes, with fresh weights.

    Args:
        section: The section; without a kind it is this package's generator.
        options: `dtype`, `name`.

    Examples:
        >>> from keras_dgggan.recipe.peers import EDSRSection
        >>> network_of(EDSRSection(kind="edsr", filters=8, blocks=1)).scale
        4
    """
    return make_network(**{"kind": "dgggan", **section.model_dump(), **options})
