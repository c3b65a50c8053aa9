"""``raie snapshot card``."""

from pathlib import Path
from typing import Annotated

import typer

from raie.cli.here import repository

commands = typer.Typer()


@commands.command("card")
def print_card(
    snapshot: Annotated[
        str | None, typer.Argument(help="Snapshot id, or a candidate's tag; the newest by default.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write it to.")] = None,
) -> None:
    """The model card of a snapshot: what it is, how good, how sure that is, and where it fails."""
    from raie.cards.kept import card_of
    from raie.snapshots.tags import resolve

    root = repository()
    text = card_of(root, snapshot or resolve(root, None))
    if out is None:
        typer.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    typer.echo(str(out))
