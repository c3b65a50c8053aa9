"""``raie snapshot``: the snapshots themselves."""

import json
from pathlib import Path
from typing import Annotated

import typer

from raie.cli.here import repository
from raie.cli.options import Json

commands = typer.Typer(no_args_is_help=True, help="List snapshots, prove them, compare them, go back to one.")


@commands.command("list")
def list_snapshots(
    refused: Annotated[bool, typer.Option("--refused", help="Show refused candidates, too.")] = False,
    as_json: Json = False,
) -> None:
    """All snapshots, oldest first: what they hold and how they rank."""
    from raie.archive.archive import open_archive
    from raie.reports.snapshotlist import list_title, snapshot_records, snapshot_rows
    from raie.reports.tables import print_rows
    from raie.snapshots.tags import resolve

    root = repository()
    table = open_archive(root).snapshots()
    if not refused:
        table = table[table["status"] != "refused"]
    if table.empty:
        resolve(root, None)  # says what to do
    if as_json:
        typer.echo(json.dumps(snapshot_records(table), indent=2))
    else:
        print_rows(snapshot_rows(table), title=list_title(table))


@commands.command("show")
def show_snapshot(
    snapshot: Annotated[
        str | None, typer.Argument(help="Its id, or candidate/<id> if it was refused; the newest by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest.")] = False,
) -> None:
    """One snapshot or candidate: parents, data, edits, metrics by region, gates, artefacts."""
    from raie.snapshots.tags import resolve, tag_of

    root = repository()
    tag = tag_of(resolve(root, snapshot))
    if as_json:
        from raie.snapshots.history import manifest_of

        typer.echo(json.dumps(manifest_of(root, tag), indent=2))
    else:
        _print_page(root, tag)


def _print_page(root: Path, tag: str) -> None:
    from raie.archive.archive import open_archive
    from raie.reports import snapshotpage as page
    from raie.reports.snapshotlist import snapshot_records
    from raie.reports.tables import print_rows
    from raie.snapshots.git import git

    archive = open_archive(root)
    manifest, table = archive.manifest(tag), archive.snapshots()
    (record,) = snapshot_records(table[table["ref"] == tag])
    parents = git(root, "rev-parse", f"{record['commit']}^@").split()
    facts = page.page_facts(record, manifest, operations=archive.operations(tag), parents=parents)
    typer.echo(page.page_title(record))
    for name, text in facts.items():
        typer.echo(f"  {name:<16} {text}")
    print_rows(page.region_rows(manifest), title=f"Regions; Recall@{record['k']} by region")
    print_rows(page.gate_rows(archive.gates(tag)), title="Gates")
    print_rows(page.artefact_rows(manifest), title="Artefacts")
