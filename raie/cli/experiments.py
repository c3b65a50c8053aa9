"""``raie experiment``: questions that snapshots answer."""

import json
from dataclasses import asdict

import typer

from raie.cli.here import repository
from raie.cli.options import Json

commands = typer.Typer(no_args_is_help=True, help="Ask a question of the snapshots.")


@commands.command("standing-still")
def standing_still(as_json: Json = False) -> None:
    """Each snapshot against genesis on what arrived next, night by night, with an interval."""
    from raie.experiments.standingstill import compare
    from raie.reports.tables import print_standing_still

    result = compare(repository(), seed=0)
    if as_json:
        typer.echo(json.dumps(asdict(result), indent=2))
    else:
        print_standing_still(result)
