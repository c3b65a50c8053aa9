"""``raie report``: the audit page."""

from pathlib import Path
from typing import Annotated

import typer

from raie.cli.here import repository

commands = typer.Typer()


@commands.command()
def report(
    out: Annotated[Path | None, typer.Option(help="File to write; reports/audit.html by default.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Snapshot id; the newest by default.")] = None,
) -> None:
    """Write the audit page: one HTML file that opens offline and shows how every region came to be."""
    from raie.audit.write import write_page

    if out is None:
        out = repository() / "reports" / "audit.html"
        out.parent.mkdir(exist_ok=True)
    typer.echo(write_page(repository(), out, as_of=as_of))
