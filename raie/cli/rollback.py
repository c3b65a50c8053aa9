"""``raie snapshot rollback``: back to an earlier state, as a new snapshot."""

from typing import Annotated

import typer

from raie.cli.here import repository
from raie.cli.progress import show_progress

commands = typer.Typer()


@commands.command()
def rollback(
    snapshot: Annotated[str, typer.Argument(metavar="ID", help="Snapshot to go back to.")],
    region: Annotated[
        str | None, typer.Option(help="The one region to bring back; all others stay as they are.")
    ] = None,
) -> None:
    """Bring regions and adapters back as they were, as a new snapshot; what was accepted since stays."""
    show_progress()
    from flows.rollback import rollback as flow
    from flows.server import recording_server

    root = repository()
    with recording_server():
        typer.echo(f"snapshot/{flow(root, snapshot, region)}")
