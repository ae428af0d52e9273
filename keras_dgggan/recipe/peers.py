"""The networks of other systems in a recipe; the defaults are the published ones.

A section has the arguments of its network's class (tests compare them): reading a recipe loads no
Keras. To add one, write its class here.
"""

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, Strict, model_validator

from keras_dgggan.recipe.fields import Bool, Count, NetworkScale, Number, Positive, Section


class PeerSection(Section):
    """Base of the networks' sections."""

    gradient_branch: ClassVar[bool] = False

    kind: str
    """The network; of all keys the only one that has no default."""


class ScaledSection(PeerSection):
    """A network of several scales."""

    scale: NetworkScale = 4
    """SR size over LR size."""


class ShiftedSection(ScaledSection):
    """A network of EDSR's family, which does not work on [0, 1]."""

    rgb_range: Positive = 255.0
    """The range that the network works in."""
    mean_shift: Bool = True
    """Whether DIV2K's mean colour is subtracted inside."""


class SRCNNSection(ScaledSection):
    """Dong et al., 2014."""

    kind: Literal["srcnn"]
    filters: tuple[Count, Count] = (64, 32)
    """Channels after the first and the second convolution."""
    sizes: tuple[Count, Count, Count] = (9, 5, 5)
    """Kernel sizes."""
    channels: Literal[1, 3] = 1
    """1 works on luma, 3 on RGB."""


class VDSRSection(ScaledSection):
    """Kim et al., 2016."""

    kind: Literal["vdsr"]
    filters: Count = 64
    """Channels of all features."""
    depth: Annotated[int, Strict(), Field(ge=3)] = 20
    """Convolutions."""
    channels: Literal[1, 3] = 1
    """1 works on luma, 3 on RGB."""
    bias: Bool = True
    """Whether convolutions have biases."""


class SRResNetSection(ScaledSection):
    """SRGAN's generator (Ledig et al., 2017), without batch normalisation."""

    kind: Literal["srresnet"]
    filters: Count = 64
    """Channels of all features."""
    blocks: Count = 16
    """Residual blocks."""


class EDSRSection(ShiftedSection):
    """Lim et al., 2017; the baseline has 64 filters, 16 blocks and residual_scale 1."""

    kind: Literal["edsr"]
    filters: Count = 256
    """Channels of all features."""
    blocks: Count = 32
    """Residual blocks."""
    residual_scale: Number = 0.1
    """Factor of every residual branch."""


class RDNSection(ScaledSection):
    """Zhang et al., CVPR 2018."""

    kind: Literal["rdn"]
    filters: Count = 64
    """Channels between the blocks."""
    growth: Count = 64
    """Channels that each convolution of a block adds."""
    blocks: Count = 16
    """Residual dense blocks."""
    depth: Count = 8
    """Convolutions in each."""
    rgb_range: Positive = 1.0
    """The range that the network works in."""


class RCANSection(ShiftedSection):
    """Zhang et al., ECCV 2018."""

    kind: Literal["rcan"]
    filters: Count = 64
    """Channels of all features."""
    groups: Count = 10
    """Residual groups."""
    blocks: Count = 20
    """Blocks in each group."""
    reduction: Count = 16
    """Of the attention's hidden channels."""


class MSRNSection(ShiftedSection):
    """Li et al., 2018."""

    kind: Literal["msrn"]
    filters: Count = 64
    """Channels of all features."""
    blocks: Count = 8
    """Multi-scale residual blocks."""


class DBPNSection(ScaledSection):
    """Haris et al., 2018."""

    kind: Literal["dbpn"]
    filters: Count = 64
    """Channels of LR and HR features."""
    head_filters: Count = 256
    """Channels of the first convolution."""
    stages: Annotated[int, Strict(), Field(ge=2)] = 7
    """Units that go up."""
    shared_slopes: Bool = True
    """One PReLU slope for all channels."""
    scale: Literal[2, 4] = 4
    """SR size over LR size."""


class ESRGANSection(ScaledSection):
    """RRDBNet (Wang et al., 2018)."""

    kind: Literal["esrgan"]
    filters: Count = 64
    """Channels between the blocks."""
    blocks: Count = 23
    """Residual-in-residual dense blocks."""
    growth: Count = 32
    """Channels that each convolution of a dense block adds."""


class NatSRSection(ScaledSection):
    """Soh et al., 2019."""

    kind: Literal["natsr"]
    filters: Count = 64
    """Channels of all features."""
    depth: Count = 5
    """3x3 convolutions of a dense block."""


class SFTGANSection(PeerSection):
    """Wang et al., 2018, on background alone; its scale is 4."""

    scale: ClassVar[int] = 4

    kind: Literal["sftgan"]
    filters: Count = 64
    """Channels of image features."""
    blocks: Count = 16
    """Residual blocks."""


class SPSRSection(ScaledSection):
    """Ma et al., 2020."""

    gradient_branch: ClassVar[bool] = True

    kind: Literal["spsr"]
    filters: Count = 64
    """Channels of each branch."""
    blocks: Count = 23
    """Blocks of the image branch, at least four times tap_every."""
    growth: Count = 32
    """Channels that each convolution of a dense block adds."""
    tap_every: Count = 5
    """Blocks between two taps of the gradient branch."""

    @model_validator(mode="after")
    def _check(self) -> "SPSRSection":
        if self.blocks < 4 * self.tap_every:
            raise ValueError(f"blocks must be at least 4 x tap_every, {4 * self.tap_every}")
        return self


class CompactSection(ScaledSection):
    """Real-ESRGAN's small network (Wang et al., 2021)."""

    kind: Literal["compact"]
    filters: Count = 64
    """Channels of all features."""
    depth: Count = 16
    """Convolutions between the first and the last."""
    activation: Literal["prelu", "leaky_relu", "relu"] = "prelu"
    """prelu has a slope for each channel."""


class SPANSection(ScaledSection):
    """Wan et al., 2024."""

    kind: Literal["span"]
    filters: Count = 48
    """Channels of all features."""
    norm: Bool = True
    """Whether LR is shifted by DIV2K's mean colour and multiplied by 255."""


# By the network's name, in the order of their definition.
SECTIONS: dict[str, type[PeerSection]] = {
    get_args(section.__annotations__["kind"])[0]: section
    for section in [*globals().values()]
    if isinstance(section, type)
    and issubclass(section, PeerSection)
    and get_args(section.__annotations__.get("kind"))
}
