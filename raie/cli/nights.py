"""Commands that make snapshots, now or on schedule."""

import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from raie.cli.here import repository
from raie.cli.options import Json
from raie.cli.printing import print_rows
from raie.cli.progress import show_progress

commands = typer.Typer()


@commands.command()
def demo(
    workspace: Annotated[Path, typer.Option(help="Folder that the demo makes.")] = Path("demo"),
) -> None:
    """Genesis and four nights of planted drift, in a clone of its own."""
    show_progress()
    from flows.server import recording_server
    from raie.demo import run_demo

    root = repository()
    with recording_server():
        run_demo(root, workspace.resolve())


@commands.command()
def construct() -> None:
    """Genesis: train the backbone on Set-up and build the regions."""
    show_progress()
    from flows.construct import construct as flow
    from flows.server import recording_server

    root = repository()
    with recording_server():
        typer.echo(f"snapshot/{flow(root)}")


@commands.command()
def nightly(
    date: Annotated[
        str | None, typer.Option(help="UTC date of one night; all that are due by default.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Last UTC date that is due; yesterday by default.")
    ] = None,
) -> None:
    """Every night that is due: gate, encode, edit, train the touched regions, judge, tag."""
    show_progress()
    from flows.nightly import nightly as flow
    from flows.server import recording_server

    root = repository()
    with recording_server():
        for snapshot in flow(root, date, until):
            typer.echo(f"snapshot/{snapshot}")


@commands.command()
def backfill(
    first: Annotated[str, typer.Option("--from", help="First UTC date.")],
    last: Annotated[str, typer.Option("--to", help="Last UTC date.")],
) -> None:
    """Run nights in order over a range of dates, passing over those that were made already."""
    show_progress()
    from flows.backfill import backfill as flow
    from flows.server import recording_server

    root = repository()
    with recording_server():
        for snapshot in flow(root, first, last):
            typer.echo(f"snapshot/{snapshot}")


@commands.command()
def retrain(
    date: Annotated[str | None, typer.Option(help="UTC date of the snapshot; yesterday by default.")] = None,
) -> None:
    """A new generation: backbone, regions and adapters anew, from everything accepted so far."""
    show_progress()
    from flows.retrain import retrain as flow
    from flows.server import recording_server

    root = repository()
    with recording_server():
        typer.echo(f"snapshot/{flow(root, date)}")


@commands.command()
def schedules(
    listed: Annotated[bool, typer.Option("--list", help="Say what would be served, and end.")] = False,
    as_json: Json = False,
) -> None:
    """Serve nightly, retrain and construct at the times in params, one run at a time, until stopped."""
    # nobody watches a command's exit status here: Prefect's own log is the record
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO")
    show_progress()
    root = repository()
    if not (listed or as_json):
        from flows.schedules import serve_schedules

        serve_schedules(root)
        return
    from flows.timetable import list_schedules
    from raie.params import load_params

    found = list_schedules(load_params(root / "params.yaml").schedules, now=datetime.now(UTC))
    print_rows([asdict(row) for row in found], as_json=as_json)
