"""Reading YAML of untrusted origin: values, the line of each key, and messages on errors."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

# Far above any recipe; aliases and brackets can make much of little text.
_DEPTH = 50
_VALUES = 100_000
_MERGE = "tag:yaml.org,2002:merge"
_TEXT = "tag:yaml.org,2002:str"


class _Loader(yaml.SafeLoader):
    """Safe YAML, in which 2e-4 is a number."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError, TypeError) as error:
            value = node.value if isinstance(node.value, str) else node.tag
            raise _error(f"cannot read the value {shortened(value)}", node) from error


# YAML 1.1, which PyYAML reads, wants a dot in a number with an exponent and a sign after the e.
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\d[\d_]*)(\.\d*)?[eE][-+]?\d+$|^[-+]?\.\d+[eE][-+]?\d+$"),
    list("-+.0123456789"),
)


def parse_yaml(text: str) -> tuple[Any, dict[str, int]]:
    """The value that a text holds, and the line of each key, like `training.steps`.

    Raises:
        yaml.YAMLError: It is not YAML, nests or repeats itself without end, or has a key that is
            no text or is given twice. `yaml_problem` says it in a sentence.

    Examples:
        >>> parse_yaml("a: {b: 2e-4}")
        ({'a': {'b': 0.0002}}, {'a': 1, 'a.b': 1})
    """
    _check_depth(text)
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None, {}
        _check_node(root, {}, set())
        return loader.construct_document(root), dict(_key_lines(root))
    finally:
        loader.dispose()


def yaml_problem(error: yaml.YAMLError) -> tuple[str, int | None]:
    """What is wrong, in a few words, and in which line, where that is known."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return problem, mark.line + 1 if mark else None


def shortened(value: object, length: int = 80) -> str:
    """A value as Python writes it, cut where it is long.

    Examples:
        >>> shortened("a" * 100, 12)
        "'aaaaaaaa..."
    """
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4300 digits.
        text = "a number of thousands of digits"
    return text if len(text) <= length else f"{text[: length - 3]}..."


def _error(problem: str, node: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _check_depth(text: str) -> None:
    # Of events, which are read one by one: making nodes of them recurs.
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH:
            raise _error(f"nested more than {_DEPTH} deep", event)


def _check_node(
    node: yaml.Node, known: dict[yaml.Node, tuple[int, int]], within: set[yaml.Node]
) -> tuple[int, int]:
    """Values in a node and its depth, aliases written out; refuses what no recipe can be."""
    if node in within:
        raise _error("an alias stands inside of what it repeats", node)
    if node in known or isinstance(node, yaml.ScalarNode):
        return known.get(node, (1, 0))
    parts = list(node.value)
    if isinstance(node, yaml.MappingNode):
        _check_keys(node)
        parts = [value for _, value in node.value]
    counted = [_check_node(part, known, within | {node}) for part in parts]
    size = 1 + sum(size for size, _ in counted)
    depth = 1 + max((depth for _, depth in counted), default=0)
    if size > _VALUES or depth > _DEPTH:
        raise _error(f"aliases make more than {_VALUES:,} values or {_DEPTH} levels of it", node)
    known[node] = size, depth
    return known[node]


def _check_keys(node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.tag not in (_TEXT, _MERGE):
            scalar = isinstance(key, yaml.ScalarNode)
            what = f"the key {shortened(key.value)}" if scalar else "a list or mapping as a key"
            raise _error(f"{what}: keys must be text", key)
        if key.value in seen:
            raise _error(f"the key {shortened(key.value)} is given twice", key)
        seen.add(key.value)


def _key_lines(node: yaml.Node, prefix: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            key = f"{prefix}{key_node.value}"
            yield key, key_node.start_mark.line + 1
            yield from _key_lines(value_node, f"{key}.")
