"""The command line. Exit 0: done; 1: a check said no; 2: a usage error or a missing thing.

One module per group of commands. What a command needs it imports when it runs, so that the line starts fast.
"""

import sys

import typer

from raie.cli import (
    audit,
    cards,
    comparison,
    data,
    erasure,
    experiments,
    history,
    nights,
    proofs,
    recommendations,
    reports,
    reproduction,
    retention,
    rollback,
    snapshots,
)
from raie.exceptions import RaieError

App = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
App.add_typer(nights.commands)
App.add_typer(reports.commands)
App.add_typer(recommendations.commands)
App.add_typer(experiments.commands, name="experiment")
App.add_typer(data.commands, name="data")
for group in (history, audit, erasure):
    App.add_typer(group.commands)
for group in (proofs, reproduction, comparison, rollback, cards, retention):
    snapshots.commands.add_typer(group.commands)
App.add_typer(snapshots.commands, name="snapshot")


@App.callback()
def _describe() -> None:
    """Region-aware incremental preference editing for sequential recommenders."""


def app() -> None:
    """Run the command line; errors become one line on stderr."""
    try:
        App(standalone_mode=True)
    except RaieError as error:
        typer.echo(f"raie: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        # without a name it is no file of ours
        if error.filename is None:
            raise
        reason = (error.strerror or type(error).__name__).lower()
        typer.echo(f"raie: {error.filename}: {reason}; check the path and its permissions", err=True)
        sys.exit(2)
