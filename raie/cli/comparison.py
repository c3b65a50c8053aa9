"""``raie snapshot diff``."""

import json
from typing import Annotated

import typer

from raie.cli.here import repository
from raie.cli.options import Json

commands = typer.Typer()


@commands.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="Snapshot id, or a candidate's tag.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The same, usually the later one.")],
    as_json: Json = False,
) -> None:
    """What became of the regions, their adapters, the routing and the metrics from A to B."""
    from raie.comparison.comparison import compare

    comparison = compare(repository(), before, after)
    if as_json:
        typer.echo(json.dumps(comparison.document(), indent=2))
        return
    from raie.comparison.listing import notes, tables
    from raie.reports.tables import print_rows

    typer.echo(f"{comparison.before} -> {comparison.after}: {comparison.headline()}")
    for title, rows in tables(comparison):
        print_rows(rows, title=title)
    for line in notes(comparison):
        typer.echo(line)
