"""Commands that tell what happened: to the regions, and in a run."""

from typing import Annotated

import typer

from raie.cli.here import repository
from raie.cli.options import Json
from raie.cli.printing import print_rows

commands = typer.Typer()


@commands.command()
def history(
    region: Annotated[str | None, typer.Option(help="Region id; all regions by default.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Snapshot id to read up to.")] = None,
    as_json: Json = False,
) -> None:
    """How regions came to be: every edit, from the hash-chained ledger."""
    from raie.reports.tables import history_rows

    print_rows(history_rows(repository(), region=region, as_of=as_of), as_json=as_json)


@commands.command()
def summary(
    date: Annotated[str | None, typer.Option(help="UTC date of a run; the newest by default.")] = None,
    as_json: Json = False,
) -> None:
    """What a run took in, refused, edited and changed, and what to watch."""
    from raie.reports.summaryfiles import DOCUMENT, TEXT, find_summary

    file = find_summary(repository(), date, DOCUMENT if as_json else TEXT)
    typer.echo(file.read_text(encoding="utf-8"), nl=False)
