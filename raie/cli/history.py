"""``raie history``: the life of regions and users."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from raie.cli.here import repository
from raie.cli.options import Json
from raie.cli.printing import print_rows
from raie.exceptions import MissingError, UsageError

commands = typer.Typer()
FEW = 40
"""Decisions on a user that a printed table shows."""


@commands.command()
def history(
    region: Annotated[
        str | None, typer.Option(help="One region's whole life; all regions by default.")
    ] = None,
    user: Annotated[str | None, typer.Option(help="Which regions a user was routed to, and why.")] = None,
    edits: Annotated[bool, typer.Option("--edits", help="Ledger entries instead, one per line.")] = False,
    as_of: Annotated[
        str | None, typer.Option(help="Snapshot id to read up to; the newest by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """The lives of all regions, of one region or of one user, up to any snapshot.

    Numbers come from the hash-chained ledger and the snapshots' own records. What regions were about and
    whom they served needs the snapshots' data; where that is not at hand, stderr says so.
    """
    if user is not None and (region is not None or edits):
        raise UsageError("--user tells of a user, --region and --edits of regions: give one of them")
    from raie.archive.archive import open_archive
    from raie.lives.asof import resolved

    root = repository()
    until = resolved(root, as_of)
    archive = open_archive(root)
    if edits:
        _tell_entries(archive, region, until, as_json)
    elif region is not None:
        _tell_region(root, archive, region, until, as_json)
    elif user is not None:
        _tell_user(root, archive, user, until, as_json)
    else:
        _tell_all(root, archive, until, as_json)


def _tell_all(root: Path, archive: Any, until: str, as_json: bool) -> None:
    from raie.lives.overview import region_rows
    from raie.lives.remembered import describe_at_hand
    from raie.lives.tables import overview_table
    from raie.snapshots.remedy import how_to_fetch

    described = describe_at_hand(root, until, _items(root))
    if described is None:
        remedy = how_to_fetch(root)
        _notice(f"no descriptions: the regions of {until} are not in the cache: {remedy}")
    rows = region_rows(archive, as_of=until, described=described)
    print_rows(rows if as_json else overview_table(rows), as_json=as_json)


def _tell_entries(archive: Any, region: str | None, until: str, as_json: bool) -> None:
    from raie.lives.entries import entry_rows

    rows = entry_rows(archive, region=region, as_of=until)
    if region is not None and not rows:
        raise MissingError(f"no region {region} up to {until}: see raie history for all of them")
    print_rows(rows, as_json=as_json)


def _tell_region(root: Path, archive: Any, region: str, until: str, as_json: bool) -> None:
    from raie.lives.region import region_document
    from raie.lives.tables import region_lines, region_tables

    document = region_document(root, archive, region, as_of=until, items=_items(root))
    _tell(document, region_lines(document), region_tables(document), as_json)


def _tell_user(root: Path, archive: Any, user: str, until: str, as_json: bool) -> None:
    from raie.lives.user import user_document
    from raie.lives.usertables import user_lines, user_tables

    document = user_document(root, archive, user, as_of=until, items=_items(root))
    _tell(document, user_lines(document), user_tables(document, newest=FEW), as_json)


def _tell(document: dict[str, Any], lines: list[str], tables: list[Any], as_json: bool) -> None:
    for notice in document["notices"]:
        _notice(notice)
    if as_json:
        typer.echo(json.dumps(document, indent=2))
        return
    from raie.reports.tables import print_rows as print_table

    for line in lines:
        typer.echo(line)
    for title, rows in tables:
        # not as the table's own title, which would be broken to the table's width
        typer.echo(f"\n{title}")
        print_table(rows)


def _items(root: Path) -> Any:
    from raie.lives.itemtable import read_items
    from raie.params import PARAMS_FILE, load_params

    return read_items(root, load_params(root / PARAMS_FILE).items)


def _notice(text: str) -> None:
    typer.echo(f"raie: {text}", err=True)
