"""The command line. Exit 0: done; 1: a check said no; 2: a usage error or a missing thing."""

import json
import logging
import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from raie.exceptions import RaieError, UsageError

App = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
data_app = typer.Typer(no_args_is_help=True, help="Prepare a source, or check a file against the gate.")
snapshot_app = typer.Typer(no_args_is_help=True, help="List snapshots, or show one.")
experiment_app = typer.Typer(no_args_is_help=True, help="Ask a question of the snapshots.")
App.add_typer(experiment_app, name="experiment")
App.add_typer(data_app, name="data")
App.add_typer(snapshot_app, name="snapshot")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Snapshot = Annotated[str | None, typer.Option(help="Snapshot id (a date); the newest by default.")]
FEW = 10
"""Users whose recommendations a printed table shows."""


@App.callback()
def _describe() -> None:
    """Region-aware incremental preference editing for sequential recommenders."""


@App.command()
def demo(
    workspace: Annotated[Path, typer.Option(help="Folder that the demo makes.")] = Path("demo"),
) -> None:
    """Genesis and seven nights of planted drift, in a clone of its own."""
    _show_progress()
    from flows.server import recording_server
    from raie.demo import run_demo

    root = _root()
    with recording_server():
        run_demo(root, workspace.resolve())


@data_app.command()
def prepare() -> None:
    """Read the source named in params into data/inbox: Set-up, then one file per later day."""
    from raie.params import load_params
    from raie.snapshots.inbox import prepare_inbox

    root = _root()
    prepared = prepare_inbox(root, load_params(root / "params.yaml"))
    last = prepared.days[-1] if prepared.days else "none"
    typer.echo(f"Set-up: {prepared.n_genesis} interactions before {prepared.cut}")
    typer.echo(f"later: {prepared.n_later} interactions on {len(prepared.days)} days, the last {last}")


@data_app.command()
def validate(file: Path, as_json: Json = False) -> None:
    """Check one file against the gate on incoming interactions; exit 1 if it would be refused."""
    from raie.reports.checks import check_file

    verdict = check_file(file, _root(), today=datetime.now(UTC).date().isoformat())
    typer.echo(json.dumps(verdict.document(), indent=2) if as_json else verdict.headline())
    raise typer.Exit(0 if verdict.clean else 1)


@App.command()
def construct() -> None:
    """Genesis: train the backbone on Set-up and build the regions."""
    _show_progress()
    from flows.construct import construct as flow
    from flows.server import recording_server

    root = _root()
    with recording_server():
        typer.echo(f"snapshot/{flow(root)}")


@App.command()
def nightly(
    date: Annotated[
        str | None, typer.Option(help="UTC date of one night; all that are due by default.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Last UTC date that is due; yesterday by default.")
    ] = None,
) -> None:
    """Every night that is due: gate, encode, edit, train the touched regions, judge, tag."""
    _show_progress()
    from flows.nightly import nightly as flow
    from flows.server import recording_server

    root = _root()
    with recording_server():
        for snapshot in flow(root, date, until):
            typer.echo(f"snapshot/{snapshot}")


@App.command()
def backfill(
    first: Annotated[str, typer.Option("--from", help="First UTC date.")],
    last: Annotated[str, typer.Option("--to", help="Last UTC date.")],
) -> None:
    """Run nights in order over a range of dates, passing over those that were made already."""
    _show_progress()
    from flows.backfill import backfill as flow
    from flows.server import recording_server

    root = _root()
    with recording_server():
        for snapshot in flow(root, first, last):
            typer.echo(f"snapshot/{snapshot}")


@App.command()
def retrain(
    date: Annotated[str | None, typer.Option(help="UTC date of the snapshot; yesterday by default.")] = None,
) -> None:
    """A new generation: backbone, regions and adapters anew, from everything accepted so far."""
    _show_progress()
    from flows.retrain import retrain as flow
    from flows.server import recording_server

    root = _root()
    with recording_server():
        typer.echo(f"snapshot/{flow(root, date)}")


@App.command()
def schedules(
    listed: Annotated[bool, typer.Option("--list", help="Say what would be served, and end.")] = False,
    as_json: Json = False,
) -> None:
    """Serve nightly, retrain and construct at the times in params, one run at a time, until stopped."""
    # nobody watches a command's exit status here: Prefect's own log is the record
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO")
    _show_progress()
    root = _root()
    if not (listed or as_json):
        from flows.schedules import serve_schedules

        serve_schedules(root)
        return
    from flows.timetable import list_schedules
    from raie.params import load_params
    from raie.reports.tables import print_rows

    found = list_schedules(load_params(root / "params.yaml").schedules, now=datetime.now(UTC))
    _print([asdict(row) for row in found], as_json, print_rows)


@snapshot_app.command("list")
def list_snapshots(as_json: Json = False) -> None:
    """All snapshots, oldest first."""
    from raie.reports.tables import print_rows, snapshot_rows

    _print(snapshot_rows(_root()), as_json, print_rows)


@snapshot_app.command("show")
def show_snapshot(snapshot: Annotated[str | None, typer.Argument()] = None) -> None:
    """The manifest of a snapshot, as JSON."""
    from raie.snapshots.history import manifest_of
    from raie.snapshots.tags import resolve

    root = _root()
    typer.echo(json.dumps(manifest_of(root, resolve(root, snapshot)), indent=2))


@experiment_app.command("standing-still")
def standing_still(as_json: Json = False) -> None:
    """Each snapshot against genesis on what arrived next, night by night, with an interval."""
    from raie.experiments.standingstill import compare
    from raie.reports.tables import print_standing_still

    result = compare(_root(), seed=0)
    if as_json:
        typer.echo(json.dumps(asdict(result), indent=2))
    else:
        print_standing_still(result)


@App.command()
def history(
    region: Annotated[str | None, typer.Option(help="Region id; all regions by default.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Snapshot id to read up to.")] = None,
    as_json: Json = False,
) -> None:
    """How regions came to be: every edit, from the hash-chained ledger."""
    from raie.reports.tables import history_rows, print_rows

    _print(history_rows(_root(), region=region, as_of=as_of), as_json, print_rows)


@App.command()
def summary(
    date: Annotated[str | None, typer.Option(help="UTC date of a run; the newest by default.")] = None,
    as_json: Json = False,
) -> None:
    """What a run took in, refused, edited and changed, and what to watch."""
    from raie.reports.summaryfiles import DOCUMENT, TEXT, find_summary

    file = find_summary(_root(), date, DOCUMENT if as_json else TEXT)
    typer.echo(file.read_text(encoding="utf-8"), nl=False)


@App.command()
def recommend(
    user: Annotated[str | None, typer.Option(help="One user's id.")] = None,
    users_file: Annotated[
        Path | None,
        typer.Option(help="Many users: a .csv or .parquet with a column user_id, else one id per line."),
    ] = None,
    snapshot: Snapshot = None,
    k: Annotated[int | None, typer.Option(help="Items per user; the snapshot's own k by default.")] = None,
    exclude_seen: Annotated[
        bool | None,
        typer.Option(
            "--exclude-seen/--include-seen",
            help="Whether to leave out all that a user ever interacted with; as the snapshot did by default.",
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(help="Add region, runner-up, angle, radius, margin, adapter and fallback to each row."),
    ] = False,
    as_json: Json = False,
    out: Annotated[
        Path | None, typer.Option(help="Write to a .parquet, .json or .jsonl file instead of printing.")
    ] = None,
) -> None:
    """Top items for one user, for the users of a file or, if neither is given, for everybody.

    What the snapshot's own run stored answers at once, every other question is computed from the snapshot.

    A table shows the first users only; --json and --out give all.

    Unknown users of a file are named on stderr and left out.
    """
    from raie.reports.recommendations import recommendations
    from raie.reports.tablefiles import check_target
    from raie.reports.userlists import asked_users

    if out is not None:
        if as_json:
            raise UsageError(f"--json prints and --out {out} writes: give one of them")
        check_target(out)
    users = asked_users(user, users_file)
    found = recommendations(_root(), users=users, snapshot=snapshot, k=k, exclude_seen=exclude_seen)
    for notice in found.notices():
        typer.echo(f"raie: {notice}", err=True)
    _hand_out(found, one=user is not None, explain=explain, as_json=as_json, out=out)


def _hand_out(found: Any, *, one: bool, explain: bool, as_json: bool, out: Path | None) -> None:
    from raie.reports.tablefiles import write_table
    from raie.reports.tables import print_rows

    if out is not None:
        table = found.table(explain=explain)
        write_table(table, out)
        typer.echo(f"{len(table)} rows for {len(found.users)} users: {out}")
        return
    if not as_json and len(found.users) > FEW:
        typer.echo(f"raie: the first {FEW} of {len(found.users)} users; --json and --out give all", err=True)
        found = found.first(FEW)
    table = found.table(explain=explain)
    # a single user's rows do not repeat whose they are
    _print(table.drop(columns="user_id" if one else []).to_dict("records"), as_json, print_rows)


def _root() -> Path:
    from raie.snapshots.git import repository_root

    return repository_root(Path.cwd())


def _print(rows: list[dict[str, Any]], as_json: bool, print_rows: Any) -> None:
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        print_rows(rows)


def _show_progress() -> None:
    # Prefect would print every error's traceback; here an error is one line, and Prefect's page has the rest.
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_HOME", str(_root() / ".prefect"))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    log = logging.getLogger("raie.flows")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def app() -> None:
    """Run the command line; errors become one line on stderr."""
    try:
        App(standalone_mode=True)
    except RaieError as error:
        typer.echo(f"raie: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    app()
