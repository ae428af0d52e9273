"""The generator in a recipe: ours, or another system's by its kind."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Union

from pydantic import (
    ConfigDict,
    Discriminator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Tag,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from keras_dgggan._types import JsonObject
from keras_dgggan.recipe.fields import Bool, Count, NetworkScale, Number, Section
from keras_dgggan.recipe.peers import SECTIONS, ScaledSection, SFTGANSection


def _also_kind(schema: JsonObject) -> None:
    schema["properties"]["kind"] = {"const": NetworkSection.kind}


class NetworkSection(Section):
    """The generator; the defaults are the paper's. `kind: dgggan` may be left out."""

    model_config = ConfigDict(json_schema_extra=_also_kind)
    kind: ClassVar[str] = "dgggan"

    filters: Count = 64
    """Channels of all features."""
    blocks: Count = 10
    """Multi-scale residual blocks in each branch."""
    gradient_every: Count = 3
    """A gradient map is passed to the gradient branch after every so many blocks."""
    scale: NetworkScale = 4
    """SR size over LR size."""
    se_reduction: Count = 16
    """Reduction of squeeze-and-excitation."""
    gradient_branch: Bool = True
    """False: the image branch alone (the paper's first ablation)."""
    se: Bool = True
    """False: no squeeze-and-excitation (the paper's second ablation)."""
    upsampler: Literal["nearest", "pixel_shuffle"] = "nearest"
    """pixel_shuffle is the light tail."""
    image_skip: Bool = False
    """Add the enlarged LR image to the output."""
    negative_slope: Number = 0.2
    """Slope of LeakyReLU for negative values."""

    @model_validator(mode="before")
    @classmethod
    def _without_kind(cls, value: object) -> object:
        if isinstance(value, dict) and value.get("kind") == cls.kind:
            return {key: inner for key, inner in value.items() if key != "kind"}
        return value


class _Shorthand:
    """A kind alone stands for its section with all defaults: `network: edsr`."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(written_out, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonObject:
        sections = handler(schema)
        return {"anyOf": [{"enum": _KINDS}, *sections["oneOf"]]}


def written_out(network: object) -> object:
    """The section that a kind alone stands for.

    Examples:
        >>> written_out("edsr")
        {'kind': 'edsr'}
    """
    return {"kind": str(network)} if isinstance(network, str) else network


def _kind(value: object) -> object:
    if isinstance(value, dict):
        return value.get("kind", NetworkSection.kind)
    return getattr(value, "kind", NetworkSection.kind)


_KINDS = [NetworkSection.kind, *SECTIONS]

if TYPE_CHECKING:
    Network = NetworkSection | ScaledSection | SFTGANSection
else:
    Network = Annotated[
        Union[  # noqa: UP007
            tuple(
                Annotated[section, Tag(kind)]
                for kind, section in {NetworkSection.kind: NetworkSection, **SECTIONS}.items()
            )
        ],
        Discriminator(_kind),
        _Shorthand(),
    ]
