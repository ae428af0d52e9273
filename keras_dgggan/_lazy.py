"""Public names of a package that are loaded on first use, and seen by type checkers."""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazy_names(
    package: str,
    names: Mapping[str, str],
    *,
    submodules: tuple[str, ...] = (),
    before: Callable[[str], None] | None = None,
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` (PEP 562) and `__all__` of a package whose imports are slow.

    The package names its exports once more under `if TYPE_CHECKING:`, where a type checker reads
    them.

    Args:
        package: `__name__` of the package.
        names: The module of each public name.
        submodules: Modules and packages inside it that become attributes as well.
        before: Called with a name before it is imported.

    Examples:
        >>> get, _, names = lazy_names("keras_dgggan", {"imresize": "keras_dgggan.images.resize"})
        >>> get("imresize").__name__, names
        ('imresize', ['imresize'])
    """

    def get(name: str) -> Any:
        if before is not None and (name in submodules or name in names):
            before(name)
        if name in submodules:
            return importlib.import_module(f"{package}.{name}")
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(names[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def listed() -> list[str]:
        return sorted({*vars(sys.modules[package]), *names, *submodules})

    return get, listed, sorted(names)
