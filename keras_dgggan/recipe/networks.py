"""The networks of other systems in a recipe; the defaults are the published ones."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, Strict, model_validator

from keras_dgggan.recipe.fields import Bool, Count, Number, Positive, Section

Scale = Literal[2, 3, 4]


class PeerSection(Section):
    """What trains any network asks of its section."""

    gradient_branch: ClassVar[bool] = False


class SRCNNSection(PeerSection):
    """Dong et al., 2014."""

    kind: Literal["srcnn"]
    """The network."""
    filters: tuple[Count, Count] = (64, 32)
    """Channels after the first and the second convolution."""
    sizes: tuple[Count, Count, Count] = (9, 5, 5)
    """Kernel sizes."""
    channels: Literal[1, 3] = 1
    """1 works on luma, 3 on RGB."""
    scale: Scale = 4
    """SR size over LR size."""


class VDSRSection(PeerSection):
    """Kim et al., 2016."""

    kind: Literal["vdsr"]
    """The network."""
    filters: Count = 64
    """Channels of all features."""
    depth: Annotated[int, Strict(), Field(ge=3)] = 20
    """Convolutions."""
    channels: Literal[1, 3] = 1
    """1 works on luma, 3 on RGB."""
    bias: Bool = True
    """Whether convolutions have biases."""
    scale: Scale = 4
    """SR size over LR size."""


class SRResNetSection(PeerSection):
    """SRGAN's generator (Ledig et al., 2017), without batch normalisation."""

    kind: Literal["srresnet"]
    """The network."""
    filters: Count = 64
    """Channels of all features."""
    blocks: Count = 16
    """Residual blocks."""
    scale: Scale = 4
    """SR size over LR size."""


class EDSRSection(PeerSection):
    """Lim et al., 2017; the baseline has 64 filters, 16 blocks and residual_scale 1."""

    kind: Literal["edsr"]
    """The network."""
    filters: Count = 256
    """Channels of all features."""
    blocks: Count = 32
    """Residual blocks."""
    residual_scale: Number = 0.1
    """Factor of every residual branch."""
    scale: Scale = 4
    """SR size over LR size."""
    rgb_range: Positive = 255.0
    """The range that the network works in."""
    mean_shift: Bool = True
    """Whether DIV2K's mean colour is subtracted inside."""


class RDNSection(PeerSection):
    """Zhang et al., CVPR 2018."""

    kind: Literal["rdn"]
    """The network."""
    filters: Count = 64
    """Channels between the blocks."""
    growth: Count = 64
    """Channels that each convolution of a block adds."""
    blocks: Count = 16
    """Residual dense blocks."""
    depth: Count = 8
    """Convolutions in each."""
    scale: Scale = 4
    """SR size over LR size."""
    rgb_range: Positive = 1.0
    """The range that the network works in."""


class RCANSection(PeerSection):
    """Zhang et al., ECCV 2018."""

    kind: Literal["rcan"]
    """The network."""
    filters: Count = 64
    """Channels of all features."""
    groups: Count = 10
    """Residual groups."""
    blocks: Count = 20
    """Blocks in each group."""
    reduction: Count = 16
    """Of the attention's hidden channels."""
    scale: Scale = 4
    """SR size over LR size."""
    rgb_range: Positive = 255.0
    """The range that the network works in."""
    mean_shift: Bool = True
    """Whether DIV2K's mean colour is subtracted inside."""


class MSRNSection(PeerSection):
    """Li et al., 2018."""

    kind: Literal["msrn"]
    """The network."""
    filters: Count = 64
    """Channels of all features."""
    blocks: Count = 8
    """Multi-scale residual blocks."""
    scale: Scale = 4
    """SR size over LR size."""
    rgb_range: Positive = 255.0
    """The range that the network works in."""
    mean_shift: Bool = True
    """Whether DIV2K's mean colour is subtracted inside."""


class DBPNSection(PeerSection):
    """Haris et al., 2018."""

    kind: Literal["dbpn"]
    """The network."""
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


class ESRGANSection(PeerSection):
    """RRDBNet (Wang et al., 2018)."""

    kind: Literal["esrgan"]
    """The network."""
    filters: Count = 64
    """Channels between the blocks."""
    blocks: Count = 23
    """Residual-in-residual dense blocks."""
    growth: Count = 32
    """Channels that each convolution of a dense block adds."""
    scale: Scale = 4
    """SR size over LR size."""


class NatSRSection(PeerSection):
    """Soh et al., 2019."""

    kind: Literal["natsr"]
    """The network."""
    filters: Count = 64
    """Channels of all features."""
    depth: Count = 5
    """3x3 convolutions of a dense block."""
    scale: Scale = 4
    """SR size over LR size."""


class SFTGANSection(PeerSection):
    """Wang et al., 2018, on background alone; its scale is 4."""

    scale: ClassVar[int] = 4

    kind: Literal["sftgan"]
    """The network."""
    filters: Count = 64
    """Channels of image features."""
    blocks: Count = 16
    """Residual blocks."""


class SPSRSection(PeerSection):
    """Ma et al., 2020."""

    gradient_branch: ClassVar[bool] = True

    kind: Literal["spsr"]
    """The network."""
    filters: Count = 64
    """Channels of each branch."""
    blocks: Count = 23
    """Blocks of the image branch, at least four times tap_every."""
    growth: Count = 32
    """Channels that each convolution of a dense block adds."""
    tap_every: Count = 5
    """Blocks between two taps of the gradient branch."""
    scale: Scale = 4
    """SR size over LR size."""

    @model_validator(mode="after")
    def _check(self) -> "SPSRSection":
        if self.blocks < 4 * self.tap_every:
            raise ValueError(f"blocks must be at least 4 x tap_every, {4 * self.tap_every}")
        return self
