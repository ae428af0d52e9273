"""The types that recipe fields are made of."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, ValidationInfo

from keras_dgggan.presets import preset_names


class Section(BaseModel):
    """A section of a recipe: frozen, and no key beyond those it names."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class CommandLineText(str):
    """Text that came from the command line: its relative paths start at the working folder."""


def _absolute(value: object, info: ValidationInfo) -> Path:
    """Relative paths in a recipe start at the recipe's folder."""
    if not isinstance(value, str | Path):
        raise ValueError("a path is wanted")
    if isinstance(value, CommandLineText) or not info.context:
        path = Path(value).expanduser().absolute()
    else:
        path = Path(info.context["folder"]) / Path(value).expanduser()
    return Path(os.path.normpath(path))


def _preset_or_path(value: object, info: ValidationInfo) -> str | Path:
    return str(value) if str(value) in preset_names() else _absolute(value, info)


# Without `Strict`, pydantic would read true as 1 and "5" as 5.
Bool = Annotated[bool, Strict()]
Count = Annotated[int, Strict(), Field(ge=1, le=10**12)]
Whole = Annotated[int, Strict(), Field(ge=0, le=10**12)]
Seed = Annotated[int, Strict(), Field(ge=0, lt=2**31)]
# float32 goes to 3e38.
Number = Annotated[float, Strict(), Field(ge=0, le=1e30, allow_inf_nan=False)]
Positive = Annotated[float, Strict(), Field(gt=0, le=1e30, allow_inf_nan=False)]
Share = Annotated[float, Strict(), Field(ge=0, lt=1)]
FilePath = Annotated[Path, BeforeValidator(_absolute)]
# A preset's name, or the path of a model.
Model = Annotated[str | Path, BeforeValidator(_preset_or_path)]
NetworkScale = Literal[2, 3, 4]
