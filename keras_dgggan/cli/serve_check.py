"""`keras-dgggan serve-check`: checks a running server against the contract of its model."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from keras_dgggan.cli.server_options import server_options

if TYPE_CHECKING:
    from keras_dgggan.serving import Client


@click.command("serve-check")
@server_options
@click.option(
    "--ready", is_flag=True, help="Only ask whether a version is available (GetModelStatus)."
)
def command(connect: "Callable[..., Client]", ready: bool) -> None:
    """Check a running server against the contract of an exported model.

    Sends good and bad requests, small ones, and prints what passed. The exit code is 1 where
    something did not.

    \b
    Examples:
      keras-dgggan serve-check --server localhost:8500
      keras-dgggan serve-check --server gpu:8500 --model dgggan --label canary --tls
      keras-dgggan serve-check --server localhost:8500 --ready
    """
    if ready:
        with connect() as client:
            states = client.status()
        click.echo(", ".join(str(state) for state in states))
        if not any(state.state == "AVAILABLE" for state in states):
            raise click.exceptions.Exit(1)
        return

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from keras_dgggan.serving.contract import run_checks

    table = Table("", "check", "seen", expand=False)
    with connect() as client:
        # Without a model that answers, no check has anything to say.
        _ = client.scale
        outcomes = []
        for outcome in run_checks(client):
            outcomes.append(outcome)
            mark = "[green]pass[/]" if outcome.passed else "[red]FAIL[/]"
            table.add_row(mark, outcome.check, escape(outcome.detail))
    Console().print(table)
    passed = sum(outcome.passed for outcome in outcomes)
    click.echo(f"{passed} passed, {len(outcomes) - passed} failed")
    if passed < len(outcomes):
        raise click.exceptions.Exit(1)
