"""``raie snapshot``: the snapshots themselves."""

import json
from typing import Annotated

import typer

from raie.cli.here import repository
from raie.cli.options import Json
from raie.cli.printing import print_rows

commands = typer.Typer(no_args_is_help=True, help="List snapshots, or show one.")


@commands.command("list")
def list_snapshots(as_json: Json = False) -> None:
    """All snapshots, oldest first."""
    from raie.reports.tables import snapshot_rows

    print_rows(snapshot_rows(repository()), as_json=as_json)


@commands.command("show")
def show_snapshot(snapshot: Annotated[str | None, typer.Argument()] = None) -> None:
    """The manifest of a snapshot, as JSON."""
    from raie.snapshots.history import manifest_of
    from raie.snapshots.tags import resolve

    root = repository()
    typer.echo(json.dumps(manifest_of(root, resolve(root, snapshot)), indent=2))
