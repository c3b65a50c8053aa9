"""Rows on stdout."""

import json
from typing import Any

import typer


def print_rows(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print rows as JSON or as a table."""
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    from raie.reports.tables import print_rows as print_table

    print_table(rows)
