"""Messages about recipe keys from pydantic's validation errors."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel, ValidationError

from keras_dgggan.recipe.yaml_text import shortened

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_WANTED = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "tuple_type": "a list",
    "model_type": "a section of keys",
    "model_attributes_type": "a section of keys",
    "dict_type": "a section of keys",
    "path_type": "a path",
}


def problem_lines(error: ValidationError, model: type[BaseModel]) -> list[tuple[str, str]]:
    """A (key, message) for every problem, in the recipe's order, one for each key."""
    problems: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        keys, section = _walk(detail["loc"], model)
        key = ".".join(keys)
        message = _message(detail, keys, section, model)
        if detail["type"] == "value_error" and not key:
            # Our own checks across keys name the key themselves.
            key, _, message = str(detail["ctx"]["error"]).partition(": ")
        problems.setdefault(key, message)
    return list(problems.items())


def _message(
    detail: "ErrorDetails",
    keys: Sequence[str],
    section: type[BaseModel] | None,
    root: type[BaseModel],
) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        allowed = list(section.model_fields) if section else []
        close = [
            *_places(keys[-1], root),
            *map(repr, get_close_matches(keys[-1], allowed, n=1, cutoff=0.6)),
        ]
        hint = f"did you mean {close[0]}? " if close else ""
        return f"unknown key (value {shortened(value)}); {hint}allowed are {', '.join(allowed)}"
    if kind == "missing":
        return "missing; it must be given"
    if kind == "union_tag_not_found":
        return "'source' is missing; it must be one of 'folder', 'pairs', 'tfds', 'skimage'"
    if kind == "union_tag_invalid":
        name = "kind" if "kind" in context["discriminator"] else "source"
        return f"{name} is {context['tag']!r}; it must be one of {context['expected_tags']}"
    if kind == "literal_error":
        return f"{shortened(value)}; it must be {context['expected']}"
    if kind in _WANTED:
        return f"{shortened(value)}; it must be {_WANTED[kind]}"
    if kind == "value_error":
        return f"{shortened(value)}; {context['error']}"
    if kind == "string_pattern_mismatch":
        return f"{shortened(value)}; it must match the pattern {context['pattern']}"
    reason = detail["msg"].removeprefix("Input should be ")
    return f"{shortened(value)}; it must be {reason}"


def _places(name: str, root: type[BaseModel]) -> list[str]:
    """Keys of the recipe's sections that are called like an unknown one, as `network.scale`."""
    return [
        f"{key}.{name}"
        for key, field in root.model_fields.items()
        if any(name in section.model_fields for section in _sections(field.annotation))
    ]


def _walk(
    location: Sequence[int | str], model: type[BaseModel]
) -> tuple[list[str], type[BaseModel] | None]:
    """The recipe's keys in an error's location, and the section that holds the last of them.

    Pydantic puts the branches of unions into a location, which are no keys of the recipe.
    """
    keys: list[str] = []
    here: list[type[BaseModel]] = [model]
    holder: type[BaseModel] | None = model
    for i, part in enumerate(location):
        fields = {name: field for section in here for name, field in section.model_fields.items()}
        if part in fields:
            holder = next(section for section in here if part in section.model_fields)
            keys.append(str(part))
            here = list(_sections(fields[str(part)].annotation))
        elif tagged := [s for s in here if _tag(s) == part]:
            here, holder = tagged, tagged[0]
        elif i == len(location) - 1 and isinstance(part, str) and here:
            holder = here[0]
            keys.append(part)
    return keys, holder


def _tag(section: type[BaseModel]) -> str | None:
    fields = section.model_fields
    field = fields.get("source") or fields.get("kind")
    return get_args(field.annotation)[0] if field else getattr(section, "kind", None)


def _sections(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _sections(part)
