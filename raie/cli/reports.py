"""``raie summary``: what happened in a run."""

from typing import Annotated

import typer

from raie.cli.here import repository
from raie.cli.options import Json

commands = typer.Typer()


@commands.command()
def summary(
    date: Annotated[str | None, typer.Option(help="UTC date of a run; the newest by default.")] = None,
    as_json: Json = False,
) -> None:
    """What a run took in, refused, edited and changed, and what to watch."""
    from raie.reports.summaryfiles import DOCUMENT, TEXT, find_summary

    file = find_summary(repository(), date, DOCUMENT if as_json else TEXT)
    typer.echo(file.read_text(encoding="utf-8"), nl=False)
