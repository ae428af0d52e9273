"""Parameters that take a name: of a model, a recipe or a network; shells complete them."""

import re
from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem


class _Name(click.ParamType):
    """Any text; known names and files are completed."""

    # Whether the path of a file can be given instead.
    files = True

    def known(self) -> Iterable[str]:
        """The known names."""
        return []

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """What a shell offers for the beginning of a name."""
        items = [CompletionItem(name) for name in self.known() if name.startswith(incomplete)]
        return [*items, CompletionItem(incomplete, type="file")] if self.files else items


class ModelName(_Name):
    """A preset's name or the path of a model."""

    name = "model"

    def known(self) -> Iterable[str]:
        from keras_dgggan.presets import preset_names

        return preset_names()


class RecipeName(_Name):
    """A shipped recipe's name or the path of a recipe."""

    name = "recipe"

    def known(self) -> Iterable[str]:
        from keras_dgggan.recipe import shipped_recipes

        return shipped_recipes()


class NetworkName(_Name):
    """A network's name as `keras-dgggan networks` lists it."""

    name = "network"
    files = False

    def known(self) -> Iterable[str]:
        from keras_dgggan.evaluation.network_costs import known_networks

        return [network.kind for network in known_networks() if network.published]


class Device(click.ParamType):
    """auto, cpu, gpu or gpu:N."""

    name = "device"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Check the form; whether there is such a device is known when work starts."""
        if re.fullmatch(r"auto|cpu|gpu(:\d+)?", str(value)):
            return str(value)
        self.fail(f"{value!r} is none of auto, cpu, gpu and gpu:N", param, ctx)
